//! `dmt health`: asks the server of this configuration for `/ready`; what a container's health check runs.
//!
//! One request by hand over one connection, because nothing more is needed. Over HTTPS the server has to show the
//! very certificate of `DMT_TLS_CERT`, whatever names are in it: it is this machine that is asked.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
};

use super::{Failure, Outcome, say};
use crate::config::{Config, TlsFiles};
use crate::{server, tls};

const PATIENCE: Duration = Duration::from_secs(4);
const REQUEST: &[u8] = b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

pub(super) async fn run(config: &Config) -> Outcome {
    let address = server::addresses(&config.bind)?
        .into_iter()
        .next()
        .ok_or(Failure::new("DMT_BIND is empty"))?;
    let address = reachable(address);
    let files = config.tls.clone();
    let asked = tokio::task::spawn_blocking(move || ask(address, files.as_ref()));
    let status = asked
        .await
        .map_err(|error| Failure::new(error.to_string()))?
        .map_err(|error| Failure::new(format!("no answer from {address}: {error}")))?;
    if status == "200" {
        say("ready");
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(format!(
        "the server at {address} is not ready: status {status}"
    )))
}

/// A server that listens everywhere is asked on the loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// The status of the answer.
fn ask(address: SocketAddr, files: Option<&TlsFiles>) -> Result<String, String> {
    let tcp = connect(address).map_err(|error| error.to_string())?;
    let head = match files {
        None => talk(tcp),
        Some(files) => {
            let client = secure(files)?;
            talk(StreamOwned::new(client, tcp))
        }
    };
    let head = head.map_err(|error| error.to_string())?;
    head.split(' ')
        .nth(1)
        .map(str::to_owned)
        .ok_or_else(|| "the answer is not HTTP".to_owned())
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let tcp = TcpStream::connect_timeout(&address, PATIENCE)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    tcp.set_write_timeout(Some(PATIENCE))?;
    Ok(tcp)
}

fn talk(mut stream: impl Read + Write) -> std::io::Result<String> {
    stream.write_all(REQUEST)?;
    let mut head = [0; 64];
    let mut length = 0;
    // The status line is all that is wanted; it may come in pieces.
    while length < head.len() && !head[..length].contains(&b'\n') {
        match stream.read(&mut head[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(String::from_utf8_lossy(&head[..length]).into_owned())
}

fn secure(files: &TlsFiles) -> Result<ClientConnection, String> {
    let own = tls::certificates(&files.cert)?
        .into_iter()
        .next()
        .ok_or("no certificate")?;
    let provider = tls::provider();
    let verifier = Pinned {
        own,
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())
}

/// Takes one certificate and no other.
#[derive(Debug)]
struct Pinned {
    own: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *shown == self.own {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General(
                "the server shows another certificate than DMT_TLS_CERT".to_owned(),
            ))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
