//! The API: one file per noun, each handler a call of the service.

pub mod attachments;
pub mod auth;
pub mod setup;
pub mod supplier;

pub(crate) mod control_charts;
pub(crate) mod reports;

mod actions;
mod approval_rules;
mod approvals;
mod archive;
mod audit;
mod codes;
mod concessions;
mod control_limits;
mod corrective_actions;
mod cost_entries;
mod defects;
mod disposition_lines;
mod due_rules;
mod effectiveness_checks;
mod exports;
mod history;
mod hold;
mod imports;
mod inspections;
mod jobs;
mod labor_entries;
mod linked_defects;
mod links;
mod me;
mod notes;
mod outbox;
mod partners;
mod parts;
mod root_causes;
mod saved_views;
mod serials;
mod signatures;
mod similar;
mod totals;
mod transitions;
mod translations;
mod users;
mod webhooks;
mod work_centers;

use crate::routes::Routes;

/// Adds every route below `/api/v1`.
pub fn configure(routes: &mut Routes<'_, '_>) {
    for noun in [
        // Tried in this order: what is asked most comes first; addresses of one form, the more special first.
        exports::configure,
        similar::configure,
        imports::configure,
        defects::configure,
        auth::configure,
        setup::configure,
        me::configure,
        users::configure,
        archive::configure,
        jobs::configure,
        webhooks::configure,
        outbox::configure,
        parts::configure,
        work_centers::configure,
        partners::configure,
        due_rules::configure,
        saved_views::configure,
        codes::configure,
        approval_rules::configure,
        concessions::configure,
        inspections::configure,
        control_limits::configure,
        control_charts::configure,
        transitions::configure,
        hold::configure,
        disposition_lines::configure,
        approvals::configure,
        labor_entries::configure,
        cost_entries::configure,
        serials::configure,
        signatures::configure,
        totals::configure,
        links::configure,
        notes::configure,
        translations::configure,
        attachments::configure,
        history::configure,
        audit::configure,
        reports::configure,
        corrective_actions::configure,
        linked_defects::configure,
        root_causes::configure,
        actions::configure,
        effectiveness_checks::configure,
        supplier::configure,
    ] {
        noun(routes);
    }
}
