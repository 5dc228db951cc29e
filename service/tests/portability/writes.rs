//! Writes that meet lose nothing, and are whole or not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use db::{Db, Engine, Error};
use entity::part;
use futures_util::future::try_join_all;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use testkit::{TestDatabase, each_db};
use tokio::sync::{Barrier, Notify};

use super::{a_part, add};

async fn version(db: &Db, id: i64) -> i64 {
    part::Entity::find_by_id(id)
        .one(db.reader())
        .await
        .unwrap()
        .unwrap()
        .version
}

/// Adds one to a row's version if it still is what was read; false if another was faster.
async fn add_one(db: &Db, id: i64) -> Result<bool, Error> {
    let read = version(db, id).await;
    db.write(move |tx| {
        Box::pin(async move {
            let done = part::Entity::update_many()
                .col_expr(part::Column::Version, Expr::value(read + 1))
                .filter(part::Column::Id.eq(id))
                .filter(part::Column::Version.eq(read))
                .exec(tx)
                .await?;
            Ok(done.rows_affected == 1)
        })
    })
    .await
}

/// Changes one row and then the other; `meeting` makes the first try of two of them hold one row each.
async fn change_both(
    db: &Db,
    ids: [i64; 2],
    meeting: Arc<Barrier>,
    tries: Arc<AtomicU32>,
) -> Result<(), Error> {
    db.write(move |tx| {
        let (meeting, tries) = (Arc::clone(&meeting), Arc::clone(&tries));
        Box::pin(async move {
            let is_first = tries.fetch_add(1, Ordering::SeqCst) < 2;
            for (place, id) in ids.into_iter().enumerate() {
                if place == 1 && is_first {
                    // SQLite has one writer at a time: there the other cannot come.
                    drop(tokio::time::timeout(Duration::from_millis(500), meeting.wait()).await);
                }
                part::Entity::update_many()
                    .col_expr(
                        part::Column::Version,
                        Expr::col(part::Column::Version).add(1),
                    )
                    .filter(part::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
            }
            Ok(())
        })
    })
    .await
}

each_db! {
    async fn thirty_two_writers_at_once_lose_nothing(t: TestDatabase) {
        let id = add(&t.db, a_part("P")).await.unwrap().id;
        let writers = (0..32).map(|_| {
            let db = t.db.clone();
            tokio::spawn(async move {
                for _ in 0..4 {
                    while !add_one(&db, id).await? {}
                }
                Ok::<_, Error>(())
            })
        });
        for done in try_join_all(writers).await.unwrap() {
            done.unwrap();
        }
        assert_eq!(version(&t.db, id).await, 1 + 32 * 4);
    }

    async fn a_deadlock_is_tried_again_until_both_are_through(t: TestDatabase) {
        let (one, other) = (add(&t.db, a_part("P")).await.unwrap().id, add(&t.db, a_part("Q")).await.unwrap().id);
        let (meeting, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
        let both = [[one, other], [other, one]]
            .map(|ids| change_both(&t.db, ids, Arc::clone(&meeting), Arc::clone(&tries)));
        try_join_all(both).await.unwrap();
        assert_eq!((version(&t.db, one).await, version(&t.db, other).await), (3, 3));
        let tries = tries.load(Ordering::SeqCst);
        assert!(if t.engine == Engine::Sqlite { tries == 2 } else { tries > 2 }, "{tries}");
    }

    async fn a_write_is_finished_when_its_caller_has_gone(t: TestDatabase) {
        let (begun, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let caller = tokio::spawn({
            let (db, begun, gone) = (t.db.clone(), Arc::clone(&begun), Arc::clone(&gone));
            async move {
                db.write::<(), Error, _>(move |tx| {
                    let (begun, gone) = (Arc::clone(&begun), Arc::clone(&gone));
                    Box::pin(async move {
                        a_part("first").insert(tx).await?;
                        begun.notify_one();
                        gone.notified().await;
                        a_part("second").insert(tx).await?;
                        Ok(())
                    })
                })
                .await
            }
        });
        begun.notified().await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(part::Entity::find().count(t.db.reader()).await.unwrap(), 0);
        gone.notify_one();
        // The next write comes after the first on SQLite only, so ask until the rows are there.
        let wait = async {
            while part::Entity::find().count(t.db.reader()).await.unwrap() == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap();
        assert_eq!(part::Entity::find().count(t.db.reader()).await.unwrap(), 2);
    }

    async fn a_write_that_fails_leaves_nothing(t: TestDatabase) {
        let failed = t
            .db
            .write::<(), Error, _>(|tx| {
                Box::pin(async move {
                    a_part("P").insert(tx).await?;
                    a_part("P").insert(tx).await?;
                    Ok(())
                })
            })
            .await;
        assert!(matches!(failed, Err(Error::Unique(_))), "{failed:?}");
        assert_eq!(part::Entity::find().count(t.db.reader()).await.unwrap(), 0);
    }

    async fn what_is_read_in_a_write_is_what_others_have_committed(t: TestDatabase) {
        let id = add(&t.db, a_part("P")).await.unwrap().id;
        let seen = t
            .db
            .write::<_, Error, _>({
                let db = t.db.clone();
                move |tx| {
                    let db = db.clone();
                    Box::pin(async move {
                        let mut seen = vec![part::Entity::find_by_id(id).one(tx).await?.map(|row| row.version)];
                        if db.engine() != Engine::Sqlite {
                            // READ COMMITTED: a snapshot of the beginning would not see this.
                            add_one(&db, id).await?;
                        }
                        seen.push(part::Entity::find_by_id(id).one(tx).await?.map(|row| row.version));
                        Ok(seen)
                    })
                }
            })
            .await
            .unwrap();
        let expected = if t.engine == Engine::Sqlite { [Some(1), Some(1)] } else { [Some(1), Some(2)] };
        assert_eq!(seen, expected);
    }
}
