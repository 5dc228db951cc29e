//! The pages: HTML over the same functions of the service as the API; neither door knows a rule.
//!
//! One noun, one file, as in [`crate::rest`]; its templates lie under `templates/`, its words under `locales/`. A page
//! is asked for by a [`Visit`](visit::Visit), a form is sent as a [`Posted`](visit::Posted); both end in a template whose
//! field `page` ([`page::Page`]) is the frame. Whatever is refused is a [`Problem`](crate::problem::Problem), as in the
//! API; [`faults`] shows it as a page.

mod admin;
mod assets;
mod board;
mod corrective;
mod defects;
mod demo;
mod edited;
mod entered;
mod faults;
mod floor;
mod here;
mod home;
mod inspections;
mod me;
mod page;
mod paper;
mod record;
mod reports;
mod session;
mod set_up;
mod sign_in;
mod tag;
mod typed;
mod visit;
mod wording;

pub(crate) use faults::Reader;
pub(crate) use session::token as session_token;

use actix_web::middleware::from_fn;
use actix_web::web;

use crate::app::nothing_here;

/// Adds every page; what no page answers is answered as if there were none.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut pages = web::scope("");
    for noun in [
        // Tried in this order: what is asked most comes first.
        assets::configure,
        // Before the record, whose address would take theirs.
        defects::configure,
        record::configure,
        board::configure,
        paper::configure,
        home::configure,
        floor::configure,
        reports::configure,
        corrective::configure,
        inspections::configure,
        admin::configure,
        sign_in::configure,
        set_up::configure,
        demo::configure,
        me::configure,
        // What none of them answers.
        entered::configure,
    ] {
        pages = pages.configure(noun);
    }
    config.service(
        pages
            .default_service(web::to(nothing_here))
            .wrap(from_fn(faults::show)),
    );
}
