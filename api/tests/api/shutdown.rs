//! How the server leaves: it says so first, finishes what is running, and exits with 0.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command};
use std::time::Duration;

use crate::command_line::dmt;

/// A server that ends with its test.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts an empty system on a free port; what it prints tells the port, and the token for its set-up.
    fn start(folder: &Path) -> (Self, String) {
        let mut child = dmt(
            folder,
            &[("DMT_BIND", "127.0.0.1:0"), ("RUST_LOG", "warn")],
            &["serve"],
        )
        .spawn()
        .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut address, mut token) = (None, None);
        while address.is_none() || token.is_none() {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the server ended");
            if let Some(place) = line.trim().strip_prefix("http://") {
                address = place.split('/').next().and_then(|place| place.parse().ok());
            }
            if let Some((_, found)) = line.trim().split_once("/set-up?token=") {
                token = Some(found.to_owned());
            }
        }
        (
            Self {
                child,
                stdout,
                address: address.unwrap(),
            },
            token.unwrap(),
        )
    }

    fn connect(&self) -> TcpStream {
        // It listens before it answers.
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        read(&mut stream)
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

fn read(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Asks again and again, on a crowded machine for a while.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(15), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_running_request_is_finished_before_the_server_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, token) = Server::start(folder.path());
    assert!(server.get("/ready").starts_with("HTTP/1.1 200"));
    let body = format!(
        r#"{{"token": "{token}", "username": "ada", "display_name": "Ada Lovelace", "password": "analytical engine"}}"#
    );
    // Half a request is on its way when the server is asked to stop.
    let mut stream = server.connect();
    let head = format!(
        "POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (first, second) = body.split_at(20);
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    server.terminate();
    until("it says that it leaves, while it still listens", || {
        server.get("/ready").starts_with("HTTP/1.1 503")
    });
    until("it listens no more", || {
        TcpStream::connect(server.address).is_err()
    });
    stream.write_all(second.as_bytes()).unwrap();
    let answer = read(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    server.stdout.read_to_string(&mut rest).unwrap();
}

#[test]
fn an_idle_connection_does_not_hold_the_server_up() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, _) = Server::start(folder.path());
    let mut stream = server.connect();
    write!(stream, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    let began = std::time::Instant::now();
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}
