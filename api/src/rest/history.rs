//! Who changed what of a defect, when and why.

use actix_web::get;
use service::defects::ChildQuery;
use service::defects::history::{self, HistoryEvent};
use service::page::Page;

use crate::answer::{Reply, shown};
use crate::extract::Asked;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(list_history);
}

/// Lists a defect's history, from its report on.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "history",
    params(ChildQuery),
    responses((status = 200, description = "A page of history", body = Page<HistoryEvent>))
)]
#[get("/defects/{id}/history")]
async fn list_history(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&history::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}
