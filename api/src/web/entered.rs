//! Addresses that forms are sent to, asked for by themselves: entered again in the address bar, opened from the browser's
//! history, or come back to after signing in. They lead to the page on which the form stands.

use actix_web::{HttpRequest, web};

use super::page::go;
use crate::answer::Reply;

/// Addresses, and how many of their parts are the address of the page.
const FORMS: &[(&str, usize)] = &[
    ("/board/move", 1),
    ("/defects/bulk", 1),
    ("/defects/views", 1),
    ("/floor/reports", 1),
    ("/me/{form:email|language|password|tokens}", 1),
    ("/defects/{id:[0-9]+}/{form:hold|release|transitions}", 2),
    (
        "/corrective-actions/{id:[0-9]+}/{form:actions|defects|effectiveness-checks|root-causes|supplier-link|transitions}",
        2,
    ),
    (
        "/admin/{noun}/{id:[0-9]+}/{form:deletion|password|pause|secret|test}",
        3,
    ),
];

pub(super) fn configure(config: &mut web::ServiceConfig) {
    for (address, parts) in FORMS {
        let parts = *parts;
        let lead = move |request: HttpRequest| async move { to_page(&request, parts) };
        // A guard, so that what else is sent to the address finds its own.
        let resource = web::resource(*address).guard(actix_web::guard::Get());
        config.service(resource.to(lead));
    }
}

fn to_page(request: &HttpRequest, parts: usize) -> Reply {
    let path = request.path().trim_start_matches('/');
    let kept: Vec<_> = path.split('/').take(parts).collect();
    go(&format!("/{}", kept.join("/")), None)
}
