//! Ten servers that start at once.

use std::time::Instant;

use migration::State;
use testkit::{EmptyDatabase, each_db};

use crate::client::{client, set_up_token, settings};
use crate::process::{PATIENCE, start};

const SERVERS: usize = 10;

each_db! {
    async fn ten_servers_start_at_once_on_an_empty_database(t: EmptyDatabase) {
        together(&t).await;
    }

    async fn ten_servers_start_at_once_on_an_older_schema(t: EmptyDatabase) {
        let steps = migration::up(&t.db, PATIENCE).await.unwrap().len();
        let back = u32::try_from(steps / 2).unwrap();
        migration::down(&t.db, back, PATIENCE).await.unwrap();
        assert!(!matches!(migration::state(&t.db).await, Ok(State::Current)));
        together(&t).await;
    }
}

async fn together(t: &EmptyDatabase) {
    let folder = tempfile::tempdir().unwrap();
    let url = t.url.expose();
    let began = Instant::now();
    let starting: Vec<_> = (0..SERVERS)
        .map(|n| start(folder.path(), &format!("server-{n}"), &settings(&url), &[]))
        .collect();
    let started: Vec<_> = starting.into_iter().map(|one| one.listening()).collect();
    let took = began.elapsed();
    let http = client();
    for (server, _) in &started {
        let ready = http.get(server.url("/ready")).send().await.unwrap();
        assert_eq!(ready.status(), 200, "{}", server.log());
        assert!(!server.log().contains(" ERROR "), "{}", server.log());
    }
    let links = started
        .iter()
        .filter(|(_, printed)| set_up_token(printed).is_some())
        .count();
    assert_eq!(links, 1, "one set-up link is printed");
    assert!(matches!(migration::state(&t.db).await, Ok(State::Current)));
    println!("{}: ten servers ready after {took:.1?}", t.engine);
}
