//! The statements with which lists read their pages, told to whoever looks at their plans: the very ones that run.

use std::cell::RefCell;
use std::future::Future;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, Statement};

tokio::task_local! {
    static ASKED: RefCell<Vec<Statement>>;
}

/// Does `work`, and tells which statements it read pages with: the sizes of long texts, the rows and their count.
#[doc(hidden)]
pub async fn statements_of<T>(work: impl Future<Output = T>) -> (T, Vec<Statement>) {
    let watched = async {
        let done = work.await;
        (done, ASKED.with(RefCell::take))
    };
    ASKED.scope(RefCell::default(), watched).await
}

/// Notes a statement that is about to run, if anybody looks.
pub(crate) fn note(db: &impl ConnectionTrait, select: &SelectStatement) {
    let add = |asked: &RefCell<Vec<Statement>>| {
        let statement = db.get_database_backend().build(select);
        asked.borrow_mut().push(statement);
    };
    // Nobody looks where there is nothing to add to.
    ASKED.try_with(add).unwrap_or_default();
}
