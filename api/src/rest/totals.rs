//! What a defect has come to.

use actix_web::get;
use service::defects::totals::{self, TotalsView};

use crate::answer::{Reply, shown};
use crate::extract::Call;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(show_totals);
}

/// Shows a defect's time and money: in total, by kind of cost of quality, and by who is charged.
#[utoipa::path(tag = "totals", responses((status = 200, description = "The totals", body = TotalsView)))]
#[get("/defects/{id}/totals")]
async fn show_totals(call: Call) -> Reply {
    shown(&totals::show(&call.system, &call.actor, call.id("defect")?).await?)
}
