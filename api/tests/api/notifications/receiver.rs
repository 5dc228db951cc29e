//! A program that webhooks call, on a real port: what it was sent, and an answer of whatever kind.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How it answers.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    /// With this status line and these headers.
    Says(String),
    /// As what it was sent has it: with this status line, and this body.
    Answers(fn(&Request) -> (&'static str, String)),
    /// With this status line and this body.
    Fixed(&'static str, &'static str),
    /// Not at all.
    Silent,
    /// One byte of its head after the other, without end.
    Drips,
    /// With a good head, and a body without end.
    Floods,
    /// With a head without end.
    FloodsHead,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .next()
            .unwrap_or_else(|| panic!("no {name}: {}", self.head))
            .1
    }
}

pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    received: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(super) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, manner.clone(), Arc::clone(&kept)));
            }
        });
        Self {
            address,
            received,
            task,
        }
    }

    pub(super) async fn polite() -> Self {
        Self::start(Manner::Says("200 OK".to_owned())).await
    }

    pub(super) fn received(&self) -> Vec<Request> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}

async fn serve(mut stream: TcpStream, manner: Manner, received: Arc<Mutex<Vec<Request>>>) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    received.lock().unwrap().push(request.clone());
    // Whoever called may have gone away.
    let _ = answer(&mut stream, manner, &request).await;
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
            if body.len() >= length {
                let (head, body) = (head.to_owned(), body.to_owned());
                return Some(Request { head, body });
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
        // The beginning of TLS, which it does not speak.
        if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
    }
}

async fn answer(stream: &mut TcpStream, manner: Manner, request: &Request) -> std::io::Result<()> {
    let chunk = vec![b'x'; 16_384];
    match manner {
        Manner::Says(line) => {
            let text = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(text.as_bytes()).await
        }
        Manner::Answers(of) => {
            let (line, body) = of(request);
            stream.write_all(with_body(line, &body).as_bytes()).await
        }
        Manner::Fixed(line, body) => stream.write_all(with_body(line, body).as_bytes()).await,
        Manner::Silent => std::future::pending().await,
        Manner::Drips => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ").await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Manner::Floods => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&chunk).await?;
            }
        }
        Manner::FloodsHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ").await?;
            loop {
                stream.write_all(&chunk).await?;
            }
        }
    }
}

fn with_body(line: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {line}\r\nContent-Length: {length}\r\n\r\n{body}")
}
