//! HTTP over connections that are kept open, as the pools of real clients keep them: none is looked at before it is
//! used, so that a server which is leaving closes some of them just when a request is on its way.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way of one client to one server.
pub(crate) struct Wire {
    address: SocketAddr,
    kept: Option<TcpStream>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// Nobody listens.
    Refused,
    /// The connection ended without an answer; whether anything was done is not known.
    Broken,
}

impl Wire {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self {
            address,
            kept: None,
        }
    }

    pub(crate) async fn send(&mut self, request: &str) -> Result<Reply, Failed> {
        let mut stream = match self.kept.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address)
                .await
                .map_err(|_| Failed::Refused)?,
        };
        let answer = tokio::time::timeout(PATIENCE, exchange(&mut stream, request)).await;
        let (reply, stays_open) = answer.ok().flatten().ok_or(Failed::Broken)?;
        self.kept = stays_open.then_some(stream);
        Ok(reply)
    }
}

/// The answer, and whether the connection stays open; none where it ended before.
async fn exchange(stream: &mut TcpStream, request: &str) -> Option<(Reply, bool)> {
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut read = Vec::new();
    let head = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8(read.drain(..end + 4).collect()).ok()?;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = head.to_ascii_lowercase();
    let length: usize = header(&head, "content-length")?.parse().ok()?;
    while read.len() < length {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    let reply = Reply {
        status: head.get(9..12)?.parse().ok()?,
        body: String::from_utf8(read).ok()?,
    };
    Some((reply, header(&head, "connection") != Some("close")))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines
        .find(|(sent, _)| *sent == name)
        .map(|(_, value)| value.trim())
}
