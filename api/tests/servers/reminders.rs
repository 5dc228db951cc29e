//! Servers that remind by themselves: each thing once, and not those that are told to keep quiet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value as Json, json};
use testkit::{TestDatabase, each_db};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Plant, settings};
use crate::process::{PATIENCE, start};

/// Another program on this machine, and how often it was called; it says that all is well.
async fn receiver() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            });
        }
    });
    (format!("http://{address}/"), calls)
}

each_db! {
    async fn each_server_that_sends_reminds_and_each_thing_is_told_once(t: TestDatabase) {
        let (url, calls) = receiver().await;
        let quiet = [("DMT_NOTIFY", "off"), ("DMT_WEBHOOK_ALLOW", "127.0.0.1")];
        let mut plant = Plant::with(&t.url, 1, &quiet).await;
        let hook = json!({"url": url, "events": ["overdue"]});
        let hook = plant.ask_as_admin(0, Method::POST, "/webhooks").json(&hook).send().await.unwrap();
        assert_eq!(hook.status(), 201);
        plant.report["due_at"] = json!("2026-01-02T08:00:00Z");
        for _ in 0..3 {
            plant.made("/defects", &plant.report).await;
        }
        let serve = |name: &str, more: &[(&str, &str)]| {
            let settings = [settings(&plant.url).as_slice(), more].concat();
            start(plant.folder.path(), name, &settings, &[])
        };
        let _quiet = serve("quiet", &quiet).listening();
        let list = plant.ask_as_admin(0, Method::GET, "/outbox").send().await.unwrap();
        assert_eq!(list.json::<Json>().await.unwrap()["items"], json!([]), "servers that do not send do not remind");
        let two = ["one", "two"].map(|name| serve(name, &quiet[1..]));
        let _two = two.map(|server| server.listening());
        let began = Instant::now();
        while calls.load(Ordering::SeqCst) < 3 && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(calls.load(Ordering::SeqCst), 3, "each of them once");
    }
}
