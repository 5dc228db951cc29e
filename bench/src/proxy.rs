//! A TCP proxy between `dmt` and its database that can fail in every way a network can.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use crate::Failure;
use crate::database::free_port;

/// What the proxy does with what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Passes it on.
    Pass,
    /// Passes it on late.
    Delay(Duration),
    /// Passes so many bytes on, in each direction of each connection, and cuts it then.
    Cut(u64),
    /// Lets nobody in, and cuts what there is.
    Refuse,
    /// Accepts, and never answers; the connections of this time stay dead for ever.
    Silence,
}

/// A running proxy.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) port: u16,
    mode: watch::Sender<Mode>,
}

impl Proxy {
    /// A proxy to a port of this machine.
    pub(crate) async fn to(target: u16) -> Result<Self, Failure> {
        let port = free_port()?;
        let (mode, modes) = watch::channel(Mode::Pass);
        let listener = listen(port)?;
        tokio::spawn(async move {
            if let Err(error) = run(listener, port, target, modes).await {
                eprintln!("bench: the proxy ended: {error}");
            }
        });
        Ok(Self { port, mode })
    }

    /// From now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port)))?;
    socket.listen(256)
}

async fn run(
    mut listener: TcpListener,
    port: u16,
    target: u16,
    mut modes: watch::Receiver<Mode>,
) -> std::io::Result<()> {
    loop {
        let mode = *modes.borrow_and_update();
        if mode == Mode::Refuse {
            drop(listener);
            let ended = modes.wait_for(|mode| *mode != Mode::Refuse).await.is_err();
            listener = listen(port)?;
            if ended {
                return Ok(());
            }
            continue;
        }
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted?;
                tokio::spawn(pass(client, target, modes.clone()));
            }
            changed = modes.changed() => if changed.is_err() {
                return Ok(());
            },
        }
    }
}

/// One connection, until either side or the mode ends it.
async fn pass(client: TcpStream, target: u16, mut modes: watch::Receiver<Mode>) {
    if *modes.borrow_and_update() == Mode::Silence {
        return hold(client, modes).await;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else {
        return;
    };
    let nodelay = [client.set_nodelay(true), server.set_nodelay(true)];
    if nodelay.iter().any(Result::is_err) {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, modes.clone()) => {}
        () = pump(from_server, to_client, modes) => {}
    }
}

/// Keeps a connection open until the proxy ends.
async fn hold<T>(connection: T, mut modes: watch::Receiver<Mode>) {
    while modes.changed().await.is_ok() {}
    drop(connection);
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut modes: watch::Receiver<Mode>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut passed = 0_u64;
    loop {
        let mode = *modes.borrow_and_update();
        match mode {
            Mode::Refuse => return,
            Mode::Silence => return hold((from, to), modes).await,
            Mode::Pass | Mode::Delay(_) => passed = 0,
            Mode::Cut(_) => {}
        }
        let count = tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(count) if count > 0 => count,
                _ => return,
            },
            changed = modes.changed() => if changed.is_ok() { continue } else { return },
        };
        let mode = *modes.borrow();
        match mode {
            Mode::Delay(time) => tokio::time::sleep(time).await,
            Mode::Cut(most) if passed + count as u64 > most => return,
            Mode::Cut(_) => passed += count as u64,
            _ => {}
        }
        if to
            .write_all(buffer.get(..count).unwrap_or_default())
            .await
            .is_err()
        {
            return;
        }
    }
}
