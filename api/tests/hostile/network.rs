//! What comes over the network: no HTTP, half of it, too much of it, very slowly, ten thousand times at once.

mod oddities;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Server, start};
use oddities::oddities;

/// A server with demo data on SQLite.
pub(crate) fn serve(settings: &[(&str, &str)]) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [&[("DATABASE_URL", "sqlite:dmt.db")], settings].concat();
    let (server, _) = start(folder.path(), "server", &settings, &["--demo"]).listening();
    (folder, server)
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).unwrap();
    stream.set_write_timeout(patience).unwrap();
    stream
}

/// Everything that is answered; a connection that is cut off is an answer, too.
pub(crate) fn exchange(server: &Server, sent: &[u8]) -> String {
    let mut stream = connect(server);
    let mut answer = Vec::new();
    // The server may refuse, and close, before it has read it all.
    let _ = stream.write_all(sent);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn statuses(answer: &str) -> Vec<u16> {
    let heads = answer.match_indices("HTTP/1.").map(|(at, _)| &answer[at..]);
    heads
        .filter_map(|head| head.get(9..12)?.parse().ok())
        .collect()
}

#[track_caller]
fn is_well(server: &Server) {
    let began = Instant::now();
    let answer = exchange(
        server,
        b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

pub(crate) fn token(server: &Server, name: &str) -> String {
    let form = format!("grant_type=password&username={name}&password={name}-demo");
    let answer = exchange(
        server,
        format!(
            "POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .as_bytes(),
    );
    let from = answer.find("dmt_").unwrap_or_else(|| panic!("{answer}"));
    answer[from..].split('"').next().unwrap().to_owned()
}

#[test]
fn what_is_no_request_is_refused_and_leaves_no_trace() {
    let (_folder, server) = serve(&[]);
    let before = server.memory();
    for _ in 0..5 {
        for sent in oddities() {
            let answer = exchange(&server, &sent);
            let shown = String::from_utf8_lossy(&sent[..sent.len().min(120)]).into_owned();
            let statuses = statuses(&answer);
            assert!(
                statuses
                    .iter()
                    .all(|status| (200..500).contains(status) || *status == 505),
                "{shown:?}: {answer}"
            );
            let evil = answer
                .lines()
                .any(|line| line.to_ascii_lowercase().starts_with("x-evil"));
            assert!(!evil, "{shown:?}: {answer}");
        }
        is_well(&server);
    }
    let grown = server.memory().saturating_sub(before);
    println!(
        "{} oddities, five times: {grown} KiB more",
        oddities().len()
    );
    assert!(grown < 50_000, "{grown} KiB more");
    let log = server.log();
    let faults: Vec<_> = log
        .lines()
        .filter(|line| line.contains(" ERROR "))
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn bodies_beyond_the_limit_are_refused_before_they_are_read() {
    let (_folder, server) = serve(&[("DMT_MAX_BODY_KB", "64")]);
    let token = token(&server, "inspector");
    let head = format!(
        "POST /api/v1/defects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
    );
    let before = server.memory();
    let declared = format!("{head}Content-Length: 10000000000\r\n\r\n{{");
    assert_eq!(statuses(&exchange(&server, declared.as_bytes())), [413]);
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..2000 {
        chunked.extend(format!("8000\r\n{}\r\n", "x".repeat(0x8000)).as_bytes());
    }
    let answered = statuses(&exchange(&server, &chunked));
    // Where the server closes while we still send, its answer may be lost on the way.
    assert!(answered.is_empty() || answered == [413], "{answered:?}");
    is_well(&server);
    let grown = server.memory().saturating_sub(before);
    println!("64 MB of chunks against a limit of 64 KiB: {grown} KiB more");
    assert!(grown < 20_000, "{grown} KiB more");
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let (_folder, server) = serve(&[]);
    let mut sent = String::new();
    for n in 0..200 {
        sent += &format!("GET /nowhere HTTP/1.1\r\nHost: x\r\nX-Request-Id: id-{n}\r\n\r\n");
    }
    sent += "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut stream = connect(&server);
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let ids: Vec<_> = answer
        .lines()
        .filter_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("x-request-id: id-")
                .map(str::to_owned)
        })
        .filter_map(|id| id.parse::<usize>().ok())
        .collect();
    assert_eq!(ids, (0..200).collect::<Vec<_>>());
    assert_eq!(statuses(&answer).len(), 201);
}

#[test]
fn who_sends_slowly_keeps_nobody_waiting() {
    let (_folder, server) = serve(&[]);
    let token = token(&server, "inspector");
    let mut heads: Vec<_> = (0..200).map(|_| connect(&server)).collect();
    let mut bodies: Vec<_> = (0..200).map(|_| connect(&server)).collect();
    for body in &mut bodies {
        let head = format!(
            "POST /api/v1/defects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n{{"
        );
        body.write_all(head.as_bytes()).unwrap();
    }
    let began = Instant::now();
    let mut open = heads.len();
    // One byte each half second: the head has to be there within ten seconds.
    for byte in "GET /health HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaa".bytes() {
        for head in &mut heads {
            let _ = head.write_all(&[byte]);
        }
        is_well(&server);
        std::thread::sleep(Duration::from_millis(500));
        heads.retain(|head| !is_closed(head));
        open = heads.len();
        if open == 0 {
            break;
        }
    }
    println!("slow heads: {open} left open after {:?}", began.elapsed());
    assert_eq!(open, 0, "slow heads are cut off");
    is_well(&server);
}

fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut buffer = [0; 4096];
    let closed = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break true,
            Ok(_) => {}
            Err(error) => break error.kind() != ErrorKind::WouldBlock,
        }
    };
    stream.set_nonblocking(false).unwrap();
    closed
}

/// As many as the machine lets one process open, up to `wanted`.
fn files(wanted: u64) -> usize {
    let id = std::process::id().to_string();
    let limit = |text: &str| -> Option<u64> {
        let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max open files"))?;
        let place = if text == "soft" { 3 } else { 4 };
        line.split_whitespace().nth(place)?.parse().ok()
    };
    let hard = limit("hard").unwrap_or(1024);
    let most = (wanted + 500).min(hard);
    if limit("soft").unwrap_or(1024) < most {
        let raise = format!("--nofile={most}:{hard}");
        let _ = Command::new("prlimit")
            .args(["--pid", &id, &raise])
            .status();
    }
    let soft = limit("soft").unwrap_or(1024);
    usize::try_from(soft.saturating_sub(500).min(wanted)).unwrap()
}

#[test]
fn ten_thousand_idle_connections_are_borne() {
    // The server inherits the limit.
    let many = files(10_000);
    let (_folder, server) = serve(&[]);
    let before = server.memory();
    let began = Instant::now();
    let mut idle = Vec::with_capacity(many);
    for n in 0..many {
        idle.push(connect(&server));
        if n % 1000 == 0 {
            is_well(&server);
        }
    }
    let opened = began.elapsed();
    is_well(&server);
    let grown = server.memory().saturating_sub(before);
    println!("{many} idle connections opened in {opened:?}: {grown} KiB more");
    assert!(grown < 400_000, "{grown} KiB more");
    drop(idle);
    is_well(&server);
}

#[test]
fn a_refused_request_is_told_of_once() {
    let (_folder, server) = serve(&[]);
    let token = token(&server, "viewer");
    let requests = [
        ("r-404", "GET /nowhere", String::new()),
        ("r-401", "GET /api/v1/parts", String::new()),
        (
            "r-403",
            "GET /api/v1/users",
            format!("Authorization: Bearer {token}\r\n"),
        ),
        (
            "r-422",
            "GET /api/v1/parts?limit=0",
            format!("Authorization: Bearer {token}\r\n"),
        ),
        ("r-405", "DELETE /health", String::new()),
        (
            "r-415",
            "POST /api/v1/setup",
            "Content-Length: 0\r\nContent-Type: text/plain\r\n".to_owned(),
        ),
    ];
    for (id, line, headers) in &requests {
        let sent = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nX-Request-Id: {id}\r\n{headers}Connection: close\r\n\r\n"
        );
        let status: u16 = id[2..].parse().unwrap();
        assert_eq!(
            statuses(&exchange(&server, sent.as_bytes())),
            [status],
            "{id}"
        );
    }
    let log = server.log();
    for (id, ..) in &requests {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(id)).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("problem="), "{lines:?}");
    }
}
