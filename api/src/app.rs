//! How the server is put together: the same for `main`, the tests and the OpenAPI document.
//!
//! A request passes [`access`], [`headers`], CORS, [`limits`] and compression on its way in, outermost first, and
//! then finds its handler: the API's under [`BASE`], the system's at the root, Swagger UI at `/docs/`, and the pages
//! everywhere else.

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::access;
use crate::answer::{BASE, Reply};
use crate::deadline;
use crate::extract::{self, IDEMPOTENCY_KEY};
use crate::headers;
use crate::limits;
use crate::openapi;
use crate::problem::Problem;
use crate::rest;
use crate::routes::Routes;
use crate::state::State;
use crate::system_routes;
use crate::web as pages;

/// The application, as each worker runs it.
pub fn app(
    state: Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let origins = state.cors_origins.clone();
    App::new()
        .app_data(state)
        .configure(configure)
        .default_service(web::to(nothing_here))
        .wrap(from_fn(extract::refuse_stray))
        .wrap(Compress::default())
        .wrap(from_fn(limits::enforce))
        .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
        .wrap(from_fn(deadline::bound))
        .wrap(from_fn(headers::dress))
        .wrap(from_fn(headers::secure))
        .wrap(from_fn(access::observe))
}

/// Every route.
pub fn configure(config: &mut web::ServiceConfig) {
    documented(&mut Routes::Served(config));
    system_routes::undocumented(config);
    config.service(SwaggerUi::new("/docs/{file:.*}").config(swagger()));
    config.configure(pages::configure);
}

/// The routes that the OpenAPI document tells of.
pub fn documented(routes: &mut Routes<'_, '_>) {
    system_routes::configure(routes);
    routes.below(BASE, rest::configure);
}

fn swagger() -> Config<'static> {
    Config::from("/openapi.json")
        .display_request_duration(true)
        .persist_authorization(false)
        .doc_expansion("none")
        .validator_url("none")
}

fn cors(origins: &[String]) -> Cors {
    let allowed = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            IDEMPOTENCY_KEY,
            access::REQUEST_ID,
        ])
        .expose_headers(headers::EXPOSED)
        .max_age(3600);
    origins
        .iter()
        .fold(allowed, |cors, origin| cors.allowed_origin(origin))
}

/// What answers where no handler does: 405 at an address that knows other methods, 404 elsewhere.
pub(crate) async fn nothing_here(request: HttpRequest) -> Reply {
    let methods = openapi::methods_at(request.path());
    if methods.is_empty() {
        return Err(Problem::no_route());
    }
    let allow = methods.join(", ");
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow))
            .finish());
    }
    Err(Problem::no_method(allow))
}
