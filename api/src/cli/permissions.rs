//! `dmt permissions`: who may do what, in Markdown; `docs/permissions.md` is what it prints.

use std::io::Write as _;
use std::process::ExitCode;

use service::approval_rule::{BOARD, DEFAULTS, VOTERS};
use service::corrective::lifecycle as corrective;
use service::lifecycle::{Action, Guard, REPORTERS, TRANSITIONS, Transition};
use service::notice::audience::{Audience, TOLD};
use service::rights::{
    APPROVAL_RULES, ARCHIVES, AUDIT, CONCESSIONS, CONTROL_LIMITS, CORRECTIVE, Cell, INSPECTORS,
    MASTER_DATA, OUTBOX, OWN_LIMITS, PREMISES, REDACTORS, RIGHTS, Right, SHARED_VIEWS,
    SUPPLIER_LINKS, USERS, VOIDERS, WEBHOOKS,
};
use service::role::Role;
use service::words::{Disposition, Severity, Status};

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
         w: writes; r: reads; –: does not see it, in history and filters neither. Nothing but notes and translations is writable once a record \
         is closed or void.\n\n{}\n\
         Parts, work centers, partners, codes, due rules and the repeat rule are written by {}; users by {}. Notes are redacted by {}; \
         attachments of others are made void by {}. The data of the whole \
         system is exported and imported by {}. Concessions are written by {}, approval rules by {}. \
         Inspections are entered by {}; what somebody else entered is made void by {}. Limits of control charts are frozen, \
         approved and retired by {}; one's own are approved by {}. \
         The audit trail is checked by {}. Webhooks are managed by {}; what is sent to people and programs is seen, \
         and tried again, by {}; what the server stands on is seen by {}. Everybody keeps views of the list of defects, and shares them with those of a role that he has; \
         with everybody and with any role they are shared by {}, who also take back and delete what others share.\n\n\
         ## Actions\n\n{}\n\
         ## Votes on a disposition\n\n\
         {} vote, each person once in a round and nobody on what he wrote. A vote counts for one role only, so that two \
         roles are two people. A new system begins with these rules; an administrator changes them, and adds others with a \
         least amount (a line's quantity at the part's unit cost) or the customer's consent (a concession).\n\n{}\n\
         ## Corrective action requests\n\n\
         Everybody reads all of them; own: whoever owns the action. A supplier's link is given and taken back by {}; with it the \
         supplier writes his own texts for D3 to D7 and the root causes that he found, until the step is complete.\n\n{}\n\
         ### Moves\n\n{}\n\
         An effectiveness check that says not effective, in {}, leads back to d4 by itself, and counts a new attempt.\n\n\
         ## Who is told of what\n\n\
         By mail, of those who chose the event for themselves; nobody is told of what he did himself. Webhooks are told \
         of whatever event they name.\n\n{}",
        fields(RIGHTS),
        words(MASTER_DATA),
        words(USERS),
        words(REDACTORS),
        words(VOIDERS),
        words(ARCHIVES),
        words(CONCESSIONS),
        words(APPROVAL_RULES),
        words(INSPECTORS),
        words(VOIDERS),
        words(CONTROL_LIMITS),
        words(OWN_LIMITS),
        words(AUDIT),
        words(WEBHOOKS),
        words(OUTBOX),
        words(PREMISES),
        words(SHARED_VIEWS),
        actions(),
        words(VOTERS),
        rules(),
        words(SUPPLIER_LINKS),
        fields(CORRECTIVE),
        moves(),
        corrective::CHECKED_IN
            .iter()
            .map(|status| status.word())
            .collect::<Vec<_>>()
            .join(", "),
        told(),
    )
}

fn fields(rights: &[Right]) -> String {
    let heads: Vec<_> = Role::ALL.iter().map(|role| role.word()).collect();
    let mut table = format!(
        "| fields | {} |\n|---|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for right in rights {
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

fn rules() -> String {
    let mut table =
        "| rule | severity | disposition | votes, signed |\n|---|---|---|---|\n".to_owned();
    let board: Vec<_> = BOARD.iter().map(|voter| voter.word()).collect();
    for rule in DEFAULTS {
        let severity = rule.severity.map_or("any", Severity::word);
        let disposition = rule.disposition.map_or("any", Disposition::word);
        let (code, name, board) = (rule.code, rule.name, board.join(", "));
        table.push_str(&format!(
            "| {code}: {name} | {severity} | {disposition} | {board} |\n"
        ));
    }
    table
}

fn moves() -> String {
    let mut table = "| move | from → to | who | needs |\n|---|---|---|---|\n".to_owned();
    table.push_str(&format!(
        "| raise | – → d0 | {} | title, description |\n",
        words(corrective::ENGINEERS)
    ));
    for transition in corrective::TRANSITIONS {
        let from: Vec<_> = transition.from.iter().map(|status| status.word()).collect();
        let guards = transition.guards.iter().copied();
        let needs = asked_for(
            guards.map(corrective::Guard::phrase),
            transition.needs_reason,
            transition.needs_signature.then_some(SIGNATURE),
        );
        table.push_str(&format!(
            "| {} | {} → {} | {} | {needs} |\n",
            transition.action,
            from.join(", "),
            transition.to,
            words(transition.who)
        ));
    }
    table
}

fn told() -> String {
    let mut table = "| event | who |\n|---|---|\n".to_owned();
    for (event, audiences) in TOLD {
        let who: Vec<_> = audiences
            .iter()
            .map(|audience| match audience {
                Audience::Reporter => "the reporter".to_owned(),
                Audience::Assignee => "the assignee".to_owned(),
                Audience::InCharge => {
                    "the assignee, or the reporter while it is nobody's".to_owned()
                }
                Audience::Named => "whom the event names".to_owned(),
                Audience::Voters => "whose vote is missing and who may give it".to_owned(),
                Audience::Roles(roles) => words(roles),
            })
            .collect();
        table.push_str(&format!("| {event} | {} |\n", who.join("; ")));
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
    let by_rule = transition
        .signed_by_rule
        .then_some("signature where an approval rule asks for it");
    asked_for(
        transition.guards.iter().copied().map(Guard::phrase),
        transition.needs_reason,
        transition.needs_signature.then_some(SIGNATURE).or(by_rule),
    )
}

const SIGNATURE: &str = "signature (password again, and its meaning)";

fn asked_for(
    guards: impl Iterator<Item = &'static str>,
    needs_reason: bool,
    signature: Option<&'static str>,
) -> String {
    let reason = needs_reason.then_some("reason");
    guards
        .chain(reason)
        .chain(signature)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Roles by their words, one after the other.
pub(super) fn words(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.word())
        .collect::<Vec<_>>()
        .join(", ")
}
