//! The answer to COMMIT gets lost: a proxy between DMT and the server lets COMMIT through and cuts
//! the line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use db::{DatabaseUrl, Db, Engine, Error};
use sea_orm::ConnectionTrait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::scratch::{each_engine, number, options, sql};

/// Forwards one connection; once `cut` is set, the next COMMIT is the last thing that passes.
async fn forward(
    client: TcpStream,
    server: TcpStream,
    cut: Arc<AtomicBool>,
) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers =
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 65536];
    loop {
        let length = from_client.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        // The end of the packet: a session begins with "… READ COMMITTED" on MariaDB.
        let is_commit = [&b"COMMIT"[..], b"COMMIT\0"]
            .iter()
            .any(|end| buffer[..length].ends_with(end));
        if is_commit && cut.load(Ordering::SeqCst) {
            answers.abort();
            let _ = answers.await;
            to_server.write_all(&buffer[..length]).await?;
            // Long enough for the server to commit before it sees the end of the line.
            tokio::time::sleep(Duration::from_secs(1)).await;
            return Ok(());
        }
        to_server.write_all(&buffer[..length]).await?;
    }
}

/// The URL of a proxy in front of the server, without TLS, so that the proxy can read.
async fn proxy(url: &DatabaseUrl, cut: Arc<AtomicBool>) -> DatabaseUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = (url.host().unwrap().to_owned(), url.port().unwrap());
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(server.clone()).await.unwrap();
            tokio::spawn(forward(client, server, Arc::clone(&cut)));
        }
    });
    let exposed = url.expose();
    let (login, address) = exposed.rsplit_once('@').unwrap();
    let (_, database) = address.split_once('/').unwrap();
    format!("{login}@127.0.0.1:{port}/{database}?sslmode=disable")
        .parse()
        .unwrap()
}

each_engine!(a_lost_answer_to_commit_is_an_unknown_outcome_and_not_repeated,);

async fn a_lost_answer_to_commit_is_an_unknown_outcome_and_not_repeated(db: Db) {
    // SQLite has no line; MySQL's sign-in needs TLS, which the proxy cannot read.
    if matches!(db.engine(), Engine::Sqlite | Engine::MySql) {
        return;
    }
    let end = if db.engine().is_mysql_like() {
        " ENGINE=InnoDB"
    } else {
        ""
    };
    db.reader()
        .execute_unprepared(&format!(
            "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY){end}"
        ))
        .await
        .unwrap();
    let cut = Arc::new(AtomicBool::new(false));
    let far = Db::connect(&proxy(db.url(), Arc::clone(&cut)).await, &options())
        .await
        .unwrap();
    sql(&far, "INSERT INTO t VALUES (1)").await;

    cut.store(true, Ordering::SeqCst);
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let result = far.write(move |tx| {
        seen.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tx.execute_unprepared("INSERT INTO t VALUES (2)").await?;
            Ok::<_, Error>(())
        })
    });
    let result = result.await;
    assert!(matches!(result, Err(Error::OutcomeUnknown)), "{result:?}");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    // Here it was made, a moment later; the caller could not know.
    for _ in 0..50 {
        if number(db.reader(), "SELECT COUNT(*) FROM t").await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(number(db.reader(), "SELECT COUNT(*) FROM t").await, 2);
    far.close().await;
}
