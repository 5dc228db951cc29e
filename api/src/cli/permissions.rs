//! `dmt permissions`: who may do what, in Markdown; `docs/permissions.md` is what it prints.

use std::io::Write as _;
use std::process::ExitCode;

use service::lifecycle::{Action, Guard, REPORTERS, TRANSITIONS, Transition};
use service::rights::{Cell, MASTER_DATA, RIGHTS, Right, USERS};
use service::role::Role;
use service::words::Status;

use super::Outcome;

pub(super) fn run() -> Outcome {
    // A reader that has gone away is not an error.
    let _ = std::io::stdout().write_all(markdown().as_bytes());
    Ok(ExitCode::SUCCESS)
}

/// The page.
pub fn markdown() -> String {
    format!(
        "# Who may do what\n\n\
         Printed by `dmt permissions` from the tables that the program works by; do not edit.\n\
         Several roles of one person add up.\n\n\
         ## Fields\n\n\
         w: writes; r: reads; –: does not see it, in history and filters neither. Nothing is writable once a record is \
         closed or void.\n\n{}\n\
         Parts, work centers, partners and codes are written by {}; users by {}.\n\n\
         ## Actions\n\n{}",
        fields(),
        words(MASTER_DATA),
        words(USERS),
        actions(),
    )
}

fn fields() -> String {
    let heads: Vec<_> = Role::ALL.iter().map(|role| role.word()).collect();
    let mut table = format!(
        "| fields | {} |\n|---|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for right in RIGHTS {
        let cells: Vec<_> = Role::ALL.iter().map(|role| cell(right, *role)).collect();
        let names: Vec<_> = right
            .fields
            .iter()
            .map(|field| format!("`{field}`"))
            .collect();
        table.push_str(&format!(
            "| {}: {} | {} |\n",
            right.title,
            names.join(", "),
            cells.join(" | ")
        ));
    }
    table
}

fn cell(right: &Right, role: Role) -> String {
    match right.cell(role) {
        Cell::Hidden => "–".to_owned(),
        Cell::Read => "r".to_owned(),
        Cell::Write(when) => format!("w {}", when.phrase()).trim_end().to_owned(),
    }
}

fn actions() -> String {
    let mut table = "| action | from → to | who | needs |\n|---|---|---|---|\n".to_owned();
    table.push_str(&format!(
        "| report | – → {} | {} | part, work center, title, description, quantity_defective > 0 |\n",
        Status::Reported,
        words(REPORTERS)
    ));
    for transition in TRANSITIONS {
        let from: Vec<_> = transition.from.iter().map(|status| status.word()).collect();
        let (action, to) = (transition.action, destination(transition));
        let (from, who, needs) = (from.join(", "), who(transition), needs(transition));
        table.push_str(&format!("| {action} | {from} → {to} | {who} | {needs} |\n"));
    }
    table
}

fn destination(transition: &Transition) -> String {
    let onward = match transition.action {
        Action::ApproveDisposition => {
            " (→ verification when all lines are use_as_is or no_defect_found)"
        }
        _ => "",
    };
    format!("{}{onward}", transition.to)
}

fn who(transition: &Transition) -> String {
    let reporter = if transition.reporter_while_reported {
        "; the reporter while reported"
    } else {
        ""
    };
    format!("{}{reporter}", words(transition.who))
}

fn needs(transition: &Transition) -> String {
    let guards = transition.guards.iter().copied().map(Guard::phrase);
    let reason = transition.needs_reason.then_some("reason");
    let signature = transition
        .needs_signature
        .then_some("signature (password again, and its meaning)");
    guards
        .chain(reason)
        .chain(signature)
        .collect::<Vec<_>>()
        .join("; ")
}

fn words(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.word())
        .collect::<Vec<_>>()
        .join(", ")
}
