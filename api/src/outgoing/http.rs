//! One request over one connection, without redirections, proxies or a pool: what webhooks and translators have in common.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use service::outbox::Trouble;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use url::Url;

/// The longest head of an answer that is read, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// Sends a request to one of the addresses of a URL's host. Of the body of the answer as many bytes are read as `most`
/// says, or none of it; a longer one is refused.
pub(super) async fn send(
    tls: &Arc<ClientConfig>,
    url: &Url,
    addresses: &[SocketAddr],
    request: Request<Full<Bytes>>,
    most: Option<usize>,
) -> Result<(StatusCode, Bytes), Trouble> {
    let stream = TcpStream::connect(addresses).await;
    let stream = stream.map_err(|error| unreached(&error))?;
    if url.scheme() != "https" {
        return exchange(TokioIo::new(stream), request, most).await;
    }
    let host = url.host_str().unwrap_or_default();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
    let name = name.map_err(|error| unreached(&error))?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
    let stream = stream.await.map_err(|error| unreached(&error))?;
    exchange(TokioIo::new(stream), request, most).await
}

/// Sends the request and takes its answer; what follows goes down with the connection.
async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    most: Option<usize>,
) -> Result<(StatusCode, Bytes), Trouble>
where
    S: Read + Write + Send + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    let opened = builder.max_buf_size(LONGEST_HEAD).handshake(stream).await;
    let (mut sender, connection) = opened.map_err(|error| unreached(&error))?;
    // Ends with this set, whatever the other side does.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(|error| unreached(&error))?;
    let status = answer.status();
    let Some(most) = most else {
        return Ok((status, Bytes::new()));
    };
    match Limited::new(answer.into_body(), most).collect().await {
        Ok(body) => Ok((status, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => {
            let what = format!("its answer has more than {} KiB", most / 1024);
            Err(trouble(what))
        }
        Err(error) => Err(unreached(error.as_ref())),
    }
}

/// What may be better another time.
pub(super) fn trouble(what: String) -> Trouble {
    Trouble {
        what,
        answer: None,
        is_final: false,
    }
}

/// The reason at the bottom, such as a refused connection or a certificate that is not known.
pub(super) fn unreached(error: &dyn std::error::Error) -> Trouble {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    trouble(format!("it could not be reached: {cause}"))
}
