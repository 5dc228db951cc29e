//! Writes of a request that is to be answered in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Db, Error, request};
use tokio::sync::Notify;

use crate::scratch::each_engine;
use crate::write::{add, create_counters, total};

each_engine!(
    a_write_that_takes_too_long_is_rolled_back_and_says_so,
    writes_that_wait_behind_a_slow_one_are_answered_in_time_too,
    a_write_outside_a_request_has_time,
);

async fn slow(db: &Db, time: Duration, begun: Arc<Notify>) -> Result<(), Error> {
    db.write(move |tx| {
        let begun = Arc::clone(&begun);
        Box::pin(async move {
            add(tx, 1).await?;
            begun.notify_one();
            tokio::time::sleep(time).await;
            Ok(())
        })
    })
    .await
}

async fn quick(db: &Db, id: u32) -> Result<(), Error> {
    db.write(move |tx| Box::pin(add(tx, id))).await
}

async fn a_write_that_takes_too_long_is_rolled_back_and_says_so(db: Db) {
    create_counters(&db).await;
    let began = Instant::now();
    let deadline = began + Duration::from_millis(1500);
    let work = slow(&db, Duration::from_secs(30), Arc::default());
    let result = request::within(deadline, work).await;
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    // In time on a quiet machine; on any, long before the work is done.
    assert!(began.elapsed() < Duration::from_secs(15));
    quick(&db, 1).await.unwrap();
    assert_eq!(total(&db).await, 1);
}

async fn writes_that_wait_behind_a_slow_one_are_answered_in_time_too(db: Db) {
    create_counters(&db).await;
    let begun = Arc::new(Notify::new());
    let first = tokio::spawn({
        let (db, begun) = (db.clone(), Arc::clone(&begun));
        async move { slow(&db, Duration::from_secs(4), begun).await }
    });
    begun.notified().await;
    let deadline = Instant::now() + Duration::from_millis(1500);
    let result = request::within(deadline, quick(&db, 1)).await;
    assert!(
        !first.is_finished(),
        "it was answered while the first was at work"
    );
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    first.await.unwrap().unwrap();
    // What was given up is not done later.
    quick(&db, 2).await.unwrap();
    assert_eq!(total(&db).await, 2);
}

async fn a_write_outside_a_request_has_time(db: Db) {
    create_counters(&db).await;
    slow(&db, Duration::from_millis(1800), Arc::default())
        .await
        .unwrap();
    assert_eq!(total(&db).await, 1);
}
