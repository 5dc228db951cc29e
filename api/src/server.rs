//! The server: bind, run, and leave without breaking a request off.
//!
//! On the way out `/ready` says so first, while requests are still answered, so that load balancers turn away in
//! time; then listeners close, running requests finish, and idle connections are closed.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::web::Data;
use tokio::net::TcpSocket;

use crate::app::app;
use crate::config::TlsFiles;
use crate::state::State;

/// How long the server still listens after `/ready` has turned 503.
pub const LINGER: Duration = Duration::from_secs(1);

/// How long running requests may take to finish then.
pub const DRAIN: Duration = Duration::from_secs(20);

/// How long a client may take to send a request's head, and its TLS handshake.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an unused connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long a client may take to close a connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that wait to be accepted, at most.
const BACKLOG: u32 = 1024;

/// A server that listens, and does not answer yet.
pub struct Server {
    listeners: Vec<TcpListener>,
    tls: Option<rustls::ServerConfig>,
}

/// Resolves the places where to listen.
pub fn addresses(places: &[String]) -> Result<Vec<SocketAddr>, String> {
    let mut all = Vec::new();
    for place in places {
        let found = place
            .to_socket_addrs()
            .map_err(|error| format!("DMT_BIND: {place} is no address: {error}"))?;
        all.extend(found);
    }
    all.dedup();
    Ok(all)
}

impl Server {
    /// Listens on all addresses.
    pub fn bind(addresses: &[SocketAddr], tls: Option<&TlsFiles>) -> Result<Self, String> {
        let tls = tls.map(crate::tls::server).transpose()?;
        let listeners = addresses
            .iter()
            .map(|address| listen(*address).map_err(|error| cannot_listen(*address, &error)))
            .collect::<Result<_, _>>()?;
        Ok(Self { listeners, tls })
    }

    /// Where it listens, ports chosen by the system included.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }

    /// Answers requests until `shutdown` is over, then drains.
    pub async fn run(
        self,
        state: Data<State>,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let shared = state.clone();
        let mut http = HttpServer::new(move || app(shared.clone()))
            .workers(thread::available_parallelism().map_or(2, usize::from))
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(CLOSE_TIMEOUT)
            .tls_handshake_timeout(HEAD_TIMEOUT)
            .shutdown_timeout(DRAIN.as_secs())
            .disable_signals();
        for listener in self.listeners {
            http = match &self.tls {
                Some(tls) => http.listen_rustls_0_23(listener, tls.clone())?,
                None => http.listen(listener)?,
            };
        }
        let mut server = http.run();
        let handle = server.handle();
        tokio::select! {
            ended = &mut server => return ended,
            () = shutdown => {}
        }
        state.drain();
        let leave = async {
            tokio::time::sleep(LINGER).await;
            handle.stop(true).await;
        };
        tokio::join!(server, leave).0
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A restart may take the port over at once, as long as nobody listens there. On Windows the same option
    // would let two servers listen on one port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; stop it or set DMT_BIND",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; set DMT_BIND",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address; set DMT_BIND",
        _ => "set DMT_BIND",
    };
    format!("cannot listen on {address}: {advice} ({error})")
}

/// Ends when the process is asked to stop: SIGTERM, SIGINT, Ctrl-C.
pub async fn asked_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
