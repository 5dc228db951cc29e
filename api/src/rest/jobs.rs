//! Jobs: what servers go on with after a request, and how far it is.

use actix_web::get;
use service::job::{self, JobQuery, JobView};
use service::page::Page;

use crate::answer::{Reply, shown};
use crate::extract::{Asked, Call};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(list_jobs).service(show_job);
}

/// Jobs of all servers of this database, the latest first. They are kept for 30 days.
#[utoipa::path(
    tag = "jobs",
    params(JobQuery),
    responses((status = 200, description = "A page", body = Page<JobView>))
)]
#[get("/jobs")]
async fn list_jobs(asked: Asked<JobQuery>) -> Reply {
    shown(&job::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// A job, and how far it is.
///
/// One whose server has died is failed a minute later.
#[utoipa::path(
    tag = "jobs",
    responses((status = 200, description = "The job", body = JobView))
)]
#[get("/jobs/{id}")]
async fn show_job(call: Call) -> Reply {
    shown(&job::show(&call.system, &call.actor, call.id("job")?).await?)
}
