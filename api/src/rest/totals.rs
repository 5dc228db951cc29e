//! What a defect has come to.

use actix_web::get;
use service::defects::totals::{self, TotalsView};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::answer::{Reply, shown};
use crate::extract::Call;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(show_totals);
}

/// Shows a defect's time and money: in total, by kind of cost of quality, and by who is charged.
#[utoipa::path(tag = "totals", responses((status = 200, description = "The totals", body = TotalsView)))]
#[get("/defects/{id}/totals")]
async fn show_totals(call: Call) -> Reply {
    shown(&totals::show(&call.system, &call.actor, call.id("defect")?).await?)
}
