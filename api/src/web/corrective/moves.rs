//! What comes next: completing the step, closing signed, going back to the causes, making void; each with what is still
//! missing, told at its button in the visitor's words.

use actix_web::http::StatusCode;
use actix_web::{post, web};
use serde_json::{Map, Value as Json};
use service::corrective::actions::CorrectiveActionView;
use service::corrective::transition::{self, CorrectiveMoveRequest};
use service::corrective::{CorrectivePermissions, MoveView};
use service::words::Step;
use service::{Draft, Error, FieldError};

use super::record::{self, Forms, Told};
use super::{WHAT, forms};
use crate::answer::Reply;
use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(move_request);
}

/// A move that the visitor may make.
pub(super) struct MoveRow {
    pub(super) word: &'static str,
    pub(super) name: String,
    /// What it is for, where its name does not say all.
    pub(super) hint: String,
    pub(super) lacks: Vec<Lack>,
    pub(super) needs_reason: bool,
    pub(super) needs_signature: bool,
    /// Whether it leads on, rather than back or out.
    pub(super) is_next: bool,
    pub(super) prefix: String,
    pub(super) form: Typed,
}

/// Something that is missing, and the part of the page where it is mended.
pub(super) struct Lack {
    pub(super) text: String,
    pub(super) place: String,
}

/// The moves from where the request stands; `moved` is one that was refused, and its form.
pub(super) fn rows(
    page: &Page,
    may: &CorrectivePermissions,
    actions: &[CorrectiveActionView],
    moved: &(String, Typed),
) -> Vec<MoveRow> {
    let row = |view: &MoveView| {
        let word = view.action.word();
        let lacks = view.unmet.iter().map(|error| lack(page, actions, error));
        MoveRow {
            word,
            name: page.word("car-move", word),
            hint: page.word("car-move-hint", hinted(word)),
            lacks: lacks.collect(),
            needs_reason: view.needs_reason,
            needs_signature: view.needs_signature,
            is_next: !view.needs_reason,
            prefix: format!("{word}-"),
            form: match moved.0 == word {
                true => moved.1.clone(),
                false => Typed::default(),
            },
        }
    };
    may.actions.iter().map(row).collect()
}

/// Moves that say all by their names share a hint.
fn hinted(word: &str) -> &str {
    if word.starts_with("complete_") {
        "complete"
    } else {
        word
    }
}

/// What a guard found missing, in words.
fn lack(page: &Page, actions: &[CorrectiveActionView], error: &FieldError) -> Lack {
    let field = error.field.as_str();
    if let Some(step) = field.strip_suffix(".text").and_then(Step::of) {
        let name = page.word("step", step.word());
        return Lack {
            text: page.with("car-lacks-text", &[("step", name.as_str())]),
            place: format!("#{step}"),
        };
    }
    if let Some((action, what)) = action_of(actions, field) {
        let begins = forms::brief(&action.text);
        let arguments = [("action", begins.as_str())];
        let text = match what {
            "is_done" => page.with("car-lacks-done", &arguments),
            _ => page.with("car-lacks-verified", &arguments),
        };
        return Lack {
            text,
            place: format!("#action-{}", action.id),
        };
    }
    let (text, place) = match field {
        "root_causes" => (lacking_cause(page, error), "#causes"),
        "actions" => (page.t("car-lacks-corrective"), "#actions"),
        "effectiveness_checks" => (page.t("car-lacks-check"), "#checks"),
        "closed_by" => (page.t("car-lacks-second"), "#head"),
        _ => (
            format!("{}: {}", page.field(field), page.wrong(error)),
            "#head",
        ),
    };
    Lack {
        text,
        place: place.to_owned(),
    }
}

/// The action that a refusal names (`actions[12].is_done`), and what of it.
fn action_of<'a>(
    actions: &'a [CorrectiveActionView],
    field: &'a str,
) -> Option<(&'a CorrectiveActionView, &'a str)> {
    let (id, what) = field.strip_prefix("actions[")?.split_once("].")?;
    let id: i64 = id.parse().ok()?;
    let action = actions.iter().find(|action| action.id == id)?;
    Some((action, what))
}

/// A root cause of a kind.
fn lacking_cause(page: &Page, error: &FieldError) -> String {
    let kind = error.which.as_deref();
    let name = kind.map(|kind| page.word("root-cause-kind", kind));
    page.with(
        "car-lacks-cause",
        &[("kind", name.as_deref().unwrap_or_default())],
    )
}

/// Moves a request.
#[post("/corrective-actions/{id}/transitions")]
async fn move_request(sent: Posted) -> Reply {
    let id = sent.id(WHAT)?;
    let (draft, key) = (asked(&sent.typed), sent.key()?);
    let (system, actor) = (&sent.system, &sent.actor);
    let done = transition::act(system, actor, id, &sent.if_match(), &draft, key.as_ref()).await;
    let Err(error) = done else {
        return record::back(id, "", "car-moved");
    };
    let mut forms = Forms::default();
    let (error, is_lacking) = without_unmet(error);
    let status = match error {
        Some(error) => record::refuse(&sent, &mut forms, error, |forms| &mut forms.moved.1)?,
        None => {
            forms.moved.1 = sent.typed.clone().without(&["signature.password"]);
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    sent.typed.value("action").clone_into(&mut forms.moved.0);
    if is_lacking {
        forms.told = Some(Told::ours(sent.words().text("car-not-yet")));
    }
    record::again(&sent, id, status, forms).await
}

/// The form as the service reads it: what is called `signature.…` belongs to the signature.
fn asked(typed: &Typed) -> Draft<CorrectiveMoveRequest> {
    let mut body = Map::new();
    for (name, value) in typed.pairs() {
        let filled = || (!value.is_empty()).then(|| Json::from(value.as_str()));
        match name.split_once('.') {
            Some(("signature", part)) => {
                let signature = body.entry("signature").or_insert_with(|| Map::new().into());
                if let (Json::Object(signature), Some(value)) = (signature, filled()) {
                    signature.insert(part.to_owned(), value);
                }
            }
            _ => body.extend(filled().map(|value| (name.clone(), value))),
        }
    }
    Draft::json(&Json::Object(body))
}

/// What was refused besides the guards, which the page lists at the button; and whether a guard was.
fn without_unmet(error: Error) -> (Option<Error>, bool) {
    match error {
        Error::Invalid(errors) => {
            let (unmet, others): (Vec<_>, Vec<_>) =
                errors.into_iter().partition(|one| one.code == "unmet");
            let others = (!others.is_empty()).then_some(Error::Invalid(others));
            (others, !unmet.is_empty())
        }
        other => (Some(other), false),
    }
}

#[cfg(test)]
mod tests {
    use super::{Typed, asked};

    #[test]
    fn a_signature_is_asked_for_where_the_form_has_one() {
        let typed = Typed::with([
            ("action", "close"),
            ("signature.password", ""),
            ("signature.meaning", ""),
        ]);
        let draft = asked(&typed);
        let wrong = draft.check().map(|_| ()).map_err(|error| error.to_string());
        assert!(wrong.is_err_and(
            |text| text.contains("signature.password") && text.contains("signature.meaning")
        ));
        let plain = asked(&Typed::with([("action", "complete_d0"), ("reason", "")]));
        assert!(
            plain
                .check()
                .is_ok_and(|asked| asked.signature.is_none() && asked.reason.is_none())
        );
    }
}
