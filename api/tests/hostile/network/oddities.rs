//! Requests that are none, or strange ones.

/// All of them, as bytes.
pub(super) fn oddities() -> Vec<Vec<u8>> {
    let get = |path: &str, headers: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").into_bytes()
    };
    let long = "x".repeat(10_000);
    let mut all = vec![
        b"\x00\x01\x02\x03\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /health\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /health HTTP/1.0\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        [b"A".repeat(100_000), b" / HTTP/1.1\r\n\r\n".to_vec()].concat(),
        get("http://evil.example/health", ""),
        get("//evil.example/health", ""),
        get("/../../etc/passwd", ""),
        get("/docs/..%2f..%2fetc%2fpasswd", ""),
        get("/%", ""),
        get("/%zz", ""),
        get("/%0d%0aX-Evil:%201", ""),
        get(&format!("/api/v1/parts?q={long}"), ""),
        get(&format!("/{}", "x".repeat(200_000)), ""),
        get("/health", &format!("X-Long: {}\r\n", "x".repeat(200_000))),
        get("/health", &"X-Many: 1\r\n".repeat(1000)),
        get("/health", "X-Request-Id: a\r\n b\r\n"),
        get("/health", "X-Request-Id: a%0d%0aX-Evil: 1\r\n"),
        get("/health", "X-Request-Id: a\rX-Evil: 1\r\n"),
        get("/health", "X Bad: 1\r\n"),
        get("/health", "X-Nul: \x00\r\n"),
        get("/health", "Host: y\r\n"),
        get("/health", "Expect: 200-ok\r\n"),
        get("/health", "Range: bytes=0-1,5-6,-1\r\n"),
        get("/docs/", "If-Modified-Since: yesterday\r\n"),
        get(
            "/health",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
        ),
        get(
            "/health",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        ),
    ];
    let post = |headers: &str, body: &str| {
        format!(
            "POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}\r\n{body}"
        )
        .into_bytes()
    };
    all.extend([
        post("Content-Length: abc\r\n", "{}"),
        post("Content-Length: -1\r\n", "{}"),
        post("Content-Length: +2\r\n", "{}"),
        post("Content-Length: 99999999999999999999\r\n", "{}"),
        post("Content-Length: 18446744073709551615\r\n", "{}"),
        post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}x"),
        post("Content-Length: 2, 2\r\n", "{}"),
        post(
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n",
        ),
        post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n{}"),
        post(
            "Transfer-Encoding: chunked\r\n",
            "2;ext=1\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
        ),
        post("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"),
        // More is promised than comes, and less.
        post("Content-Length: 1000\r\n", "{}"),
        post("Content-Length: 2\r\n", "{}GARBAGE\r\n\r\n"),
    ]);
    all
}
