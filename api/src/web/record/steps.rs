//! What may be done next with a record: its actions as buttons, and under those that cannot be taken yet what is missing.
//!
//! Which actions the visitor may take, and what each still lacks, is told by the service.

use service::FieldError;
use service::defects::ActionView;
use service::lifecycle::Transition;
use service::words::Status;

use super::sections::listed;
use crate::web::page::Page;

/// An action that the visitor may take.
pub(super) struct Step {
    /// The action.
    pub(super) action: &'static str,
    /// What it is called.
    pub(super) label: String,
    /// How its button looks.
    pub(super) style: &'static str,
    /// Whether the button does it: neither reason nor signature is asked for.
    pub(super) is_plain: bool,
    /// What the record lacks before it.
    pub(super) unmet: Vec<Unmet>,
}

/// Something that a record lacks, and where on its page that is written.
#[derive(PartialEq, Eq)]
pub(super) struct Unmet {
    /// The id of the place.
    pub(super) place: &'static str,
    /// What is lacking.
    pub(super) text: String,
}

impl Step {
    /// An action as its button shows it.
    pub(super) fn of(page: &Page, view: &ActionView) -> Self {
        let mut unmet: Vec<Unmet> = Vec::new();
        for error in &view.unmet {
            let lack = Unmet::of(page, error);
            // Of several lines that lack the same, it is said once.
            if !unmet.contains(&lack) {
                unmet.push(lack);
            }
        }
        Self {
            action: view.action.word(),
            label: page.word("action", view.action.word()),
            style: if view.needs_reason { "second" } else { "" },
            is_plain: !view.needs_reason && !view.needs_signature,
            unmet,
        }
    }
}

/// Where on the page of a record is written what actions ask for.
const PLACES: &[(&str, &str)] = &[
    ("is_contained", "containment"),
    ("process_analysis", "analysis"),
    ("engineering_findings", "engineering"),
    ("severity", "triage"),
    ("failure_code", "triage"),
    ("closed_by", "report"),
    ("disposition_lines", "part-lines"),
    ("labor_entries", "part-money"),
    ("approvals", "part-people"),
    ("corrective_actions", "part-evidence"),
];

impl Unmet {
    /// Of `disposition_lines[7].authority` the name is what stands before the bracket; which line it is, the page says.
    fn of(page: &Page, error: &FieldError) -> Self {
        let field = error.field.as_str();
        let (name, rest) = field.split_once('[').unwrap_or((field, ""));
        let (inside, part) = rest.split_once(']').unwrap_or((rest, ""));
        let known = PLACES.iter().find(|(of, _)| *of == name);
        let id = format!("unmet-{name}{part}").replace(['_', '.'], "-");
        let text = match name {
            "approvals" => {
                let role = page.word("role", inside);
                page.with("unmet-vote", &[("role", role.as_str())])
            }
            _ => {
                let known = page.words.maybe(&id);
                known.unwrap_or_else(|| format!("{}: {}", page.field(name), error.message))
            }
        };
        Self {
            place: known.map_or("next", |(_, place)| *place),
            text,
        }
    }
}

/// What comes next and who does it, for those who do not.
pub(super) fn waits(page: &Page, status: Status) -> Option<String> {
    let next = Transition::onward(status)?;
    let action = page.word("action", next.action.word());
    let roles = next.who.iter().map(|role| page.word("role", role.word()));
    let roles = listed(page, &roles.collect::<Vec<_>>());
    let said = [("action", action.as_str()), ("roles", roles.as_str())];
    Some(page.with("record-waits", &said))
}
