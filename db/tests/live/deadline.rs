//! Writes of a request that is to be answered in time.

use std::time::{Duration, Instant};

use db::{Db, Error, request};

use crate::scratch::each_engine;
use crate::write::{add, create_counters, total};

each_engine!(
    a_write_that_takes_too_long_is_rolled_back_and_says_so,
    writes_that_wait_behind_a_slow_one_are_answered_in_time_too,
    a_write_outside_a_request_has_time,
);

async fn slow(db: &Db, time: Duration) -> Result<(), Error> {
    db.write(move |tx| {
        Box::pin(async move {
            add(tx, 1).await?;
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
    let result = request::within(deadline, slow(&db, Duration::from_secs(30))).await;
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    assert!(began.elapsed() < Duration::from_millis(1500));
    quick(&db, 1).await.unwrap();
    assert_eq!(total(&db).await, 1);
}

async fn writes_that_wait_behind_a_slow_one_are_answered_in_time_too(db: Db) {
    create_counters(&db).await;
    let first = tokio::spawn({
        let db = db.clone();
        async move { slow(&db, Duration::from_secs(3)).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let deadline = Instant::now() + Duration::from_millis(1500);
    let result = request::within(deadline, quick(&db, 1)).await;
    assert!(Instant::now() < deadline + Duration::from_millis(100));
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    first.await.unwrap().unwrap();
    // What was given up is not done later.
    quick(&db, 2).await.unwrap();
    assert_eq!(total(&db).await, 2);
}

async fn a_write_outside_a_request_has_time(db: Db) {
    create_counters(&db).await;
    slow(&db, Duration::from_millis(1800)).await.unwrap();
    assert_eq!(total(&db).await, 1);
}
