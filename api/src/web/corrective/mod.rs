//! Corrective action requests as pages: the list, the 8D page with all that hangs on a request, and what its supplier
//! sees behind his link.
//!
//! A request is read as a whole on one page (`record`). What is written at length, its head, a step, a root cause, an
//! action, has a page with a form of its own, so that saving one loses nothing of another. Such a form sends only what
//! was changed in it, and tells where somebody else was faster ([`super::edited`]).

mod actions;
mod categories;
mod causes;
mod checks;
mod defects;
mod fishbone;
mod forms;
mod head;
mod history;
mod link;
mod list;
mod moves;
mod raise;
mod record;
mod steps;
mod supplier;

use actix_web::web;

/// What a missing request is called.
const WHAT: &str = "corrective action request";

/// Where these pages are in the menu.
const SECTION: &str = "corrective";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    for noun in [
        list::configure,
        // `/corrective-actions/new` is no request's id.
        raise::configure,
        record::configure,
        head::configure,
        steps::configure,
        defects::configure,
        causes::configure,
        actions::configure,
        checks::configure,
        moves::configure,
        link::configure,
        fishbone::configure,
        history::configure,
        supplier::configure,
    ] {
        config.configure(noun);
    }
}

/// Where a request's page is; `place` is a part of it.
fn address(id: i64, place: &str) -> String {
    format!("/corrective-actions/{id}{place}")
}
