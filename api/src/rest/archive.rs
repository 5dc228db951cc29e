//! The data of the whole system: out as an archive, and in from one.

use actix_web::web::Data;
use actix_web::{get, post};
use bytes::Bytes;
use futures_util::TryStreamExt;
use service::Error;
use service::archive::{self, ArchiveImport, ArchiveQuery};
use service::job::JobView;

use crate::answer::{self, Reply, accepted, broken_off};
use crate::deadline;
use crate::extract::{Asked, Streamed};
use crate::routes::Routes;
use crate::state::State;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(export_archive).service(import_archive);
}

/// The data of the whole system as an archive, as `dmt export` makes it: all of one moment, while work goes on.
///
/// Unless `secrets=false` it holds password hashes: keep it as safe as the database, and ask with a token that is not
/// limited to reading. A server sends two at once. An answer that breaks off is not whole: its manifest is missing.
#[utoipa::path(
    tag = "archive",
    params(ArchiveQuery),
    responses((status = 200, description = "The archive", body = Vec<u8>, content_type = "application/zip"))
)]
#[get("/export")]
async fn export_archive(asked: Asked<ArchiveQuery>) -> Reply {
    let system = &asked.system;
    let schema = async {
        let steps = migration::status(&system.db).await;
        let steps = steps.map_err(Error::internal)?;
        let last = steps.into_iter().rev().find(|(_, applied)| *applied);
        Ok(last.map(|(name, _)| name).unwrap_or_default())
    };
    let export = archive::export(system, &asked.actor, &asked.draft, schema).await?;
    let bytes = export.into_stream().map_ok(Bytes::from);
    let name = format!("dmt-{}", system.clock.now().format("%Y%m%dT%H%M%SZ"));
    Ok(answer::archive(&name).streaming(bytes.map_err(broken_off)))
}

/// Merges an archive into the system, by natural keys: all of it or, where anything is wrong, nothing.
///
/// Answers when the archive has arrived and is one; the job tells how its import goes. One import at a time.
#[utoipa::path(
    tag = "archive",
    params(ArchiveImport),
    request_body(description = "The archive", content = Vec<u8>, content_type = "application/zip"),
    responses((status = 202, description = "The job that imports it", body = JobView))
)]
#[post("/import")]
async fn import_archive(state: Data<State>, mut sent: Streamed<ArchiveImport>) -> Reply {
    let judged = archive::may_import(&sent.system, &sent.actor, &sent.draft, sent.has_key());
    let wanted = deadline::within(&state, false, judged).await??;
    let (arrived, key) = sent.receive().await?;
    let begun = archive::import(&sent.system, &sent.actor, wanted, arrived, key.as_ref());
    let job = deadline::within(&state, false, begun).await??;
    accepted(&format!("jobs/{}", job.id), &job)
}
