//! The routes at the root, for those who run the server: is it alive, is it ready, what is it, what does it do.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use service::Error;
use utoipa::ToSchema;

use crate::answer::{Reply, shown};
use crate::deadline::in_time;
use crate::extract::{self, sign_in};
use crate::openapi;
use crate::problem::{Kind, Problem};
use crate::proxies::is_forwarded;
use crate::routes::Routes;
use crate::state::State;

/// Adds the routes that the OpenAPI document tells of.
pub fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(health)
        .service(ready)
        .service(version)
        .service(metrics);
}

/// Adds the document itself, and the way to Swagger UI for those who leave out the last slash.
pub fn undocumented(config: &mut ServiceConfig) {
    config.service(openapi_json).service(docs);
}

/// Alive or ready.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthView {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: String,
}

/// What runs here.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// `dmt`.
    #[schema(example = "dmt")]
    pub name: String,
    /// The version.
    #[schema(example = "0.1.0")]
    pub version: String,
}

/// How long the database may take to answer where the question is whether it does.
const READY_WITHIN: Duration = Duration::from_secs(3);

fn ok() -> HealthView {
    HealthView {
        status: "ok".to_owned(),
    }
}

/// Tells that the server is alive, whatever the database does.
#[utoipa::path(tag = "system", security(()), responses((status = 200, description = "Alive", body = HealthView)))]
#[get("/health")]
async fn health() -> Reply {
    shown(&ok())
}

/// Tells whether the server takes requests: the database answers, its schema is current, no shutdown is under way.
#[utoipa::path(tag = "system", security(()), responses((status = 200, description = "Ready", body = HealthView)))]
#[get("/ready")]
async fn ready(state: Data<State>) -> Reply {
    if state.is_draining() {
        return Err(Problem::new(
            Kind::Unavailable,
            "the server is shutting down",
        ));
    }
    let db = &state.system.db;
    let Some(schema) = in_time(db, READY_WITHIN.min(state.timeout), migration::state(db)).await
    else {
        return Err(Problem::new(
            Kind::Unavailable,
            "the database does not answer",
        ));
    };
    match schema {
        Ok(migration::State::Current) => shown(&ok()),
        Ok(_) => Err(Problem::new(
            Kind::Unavailable,
            "the database's schema is not that of this version; run dmt migrate",
        )),
        Err(migration::MigrationError::Database(error)) => Err(Error::from(error).into()),
        Err(error) => Err(Error::internal(error).into()),
    }
}

/// Tells which version runs.
#[utoipa::path(tag = "system", security(()), responses((status = 200, description = "The version", body = VersionView)))]
#[get("/version")]
async fn version() -> Reply {
    shown(&VersionView {
        name: "dmt".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Tells the server's metrics in Prometheus' text format.
///
/// For programs on the same machine, or with a token of scope `metrics`.
#[utoipa::path(
    tag = "system",
    security((), ("bearer" = [])),
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"))
)]
#[get("/metrics")]
async fn metrics(request: HttpRequest, state: Data<State>) -> Reply {
    let is_local = request
        .peer_addr()
        .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    // What a proxy on this machine passes on comes from elsewhere.
    if !is_local || is_forwarded(request.headers()) {
        let actor = sign_in(&state.system, &request).await?;
        if !actor.scopes.is_some_and(|scopes| scopes.metrics) {
            return Err(Error::forbidden(
                "metrics are for this machine, or for a token of scope metrics",
            )
            .into());
        }
    }
    let text = state.metrics.render(state.system.db.pool_state());
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text))
}

#[get("/openapi.json")]
async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(openapi::json())
}

#[get("/docs")]
async fn docs(request: HttpRequest) -> Reply {
    extract::state(&request)?;
    Ok(HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish())
}
