//! Where the API's routes are added: to what a worker serves, or to the OpenAPI document.
//!
//! utoipa-actix-web would describe each route wherever it is added. A worker needs no description, and those of all routes
//! leave it with more than ten megabytes that nobody uses.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::{self, ServiceConfig};
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::{scope, service_config};

/// What routes are added to.
pub enum Routes<'a, 's> {
    /// They are served.
    Served(&'a mut ServiceConfig),
    /// They are described.
    Described(&'a mut service_config::ServiceConfig<'s>),
}

impl Routes<'_, '_> {
    /// Adds a route.
    pub fn service<R>(&mut self, route: R) -> &mut Self
    where
        R: HttpServiceFactory + OpenApiFactory + 'static,
    {
        match self {
            Self::Served(config) => drop(config.service(route)),
            Self::Described(config) => drop(config.service(route)),
        }
        self
    }

    /// Adds what the document does not tell of.
    pub fn untold(&mut self, service: impl HttpServiceFactory + 'static) -> &mut Self {
        if let Self::Served(config) = self {
            config.service(service);
        }
        self
    }

    /// Adds routes whose addresses begin with `base`.
    pub fn below(&mut self, base: &str, add: impl FnOnce(&mut Routes<'_, '_>)) {
        match self {
            Self::Served(config) => {
                let scope = web::scope(base);
                config.service(scope.configure(|config| add(&mut Routes::Served(config))));
            }
            Self::Described(config) => {
                let scope = scope::scope(base);
                config.service(scope.configure(|config| add(&mut Routes::Described(config))));
            }
        }
    }
}
