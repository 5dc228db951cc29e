//! The API: one file per noun, each handler a call of the service.

pub mod auth;

mod codes;
mod cost_entries;
mod defects;
mod disposition_lines;
mod exports;
mod history;
mod imports;
mod labor_entries;
mod me;
mod partners;
mod parts;
mod serials;
mod setup;
mod signatures;
mod transitions;
mod users;
mod work_centers;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds every route below `/api/v1`.
pub fn configure(config: &mut ServiceConfig<'_>) {
    for noun in [
        auth::configure,
        setup::configure,
        me::configure,
        users::configure,
        // Before the nouns, whose records have addresses of the same form.
        imports::configure,
        exports::configure,
        parts::configure,
        work_centers::configure,
        partners::configure,
        codes::configure,
        defects::configure,
        transitions::configure,
        disposition_lines::configure,
        labor_entries::configure,
        cost_entries::configure,
        serials::configure,
        signatures::configure,
        history::configure,
    ] {
        config.configure(noun);
    }
}
