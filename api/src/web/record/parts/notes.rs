//! Notes on a defect, on the page of its record: what people say, the form that says more, and the page that redacts one.

use actix_web::{get, post, web};
use service::defects::notes::{self, NewNote, NoteView};
use service::rights::field;

use super::reason::ReasonPage;
use super::{Look, Rows, again, excerpt, section};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::go;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(add_note)
        .service(ask_redaction)
        .service(redact_note);
}

/// How many notes the page shows.
const SHOWN: u8 = 50;

const WHAT: &str = "note";

/// The notes on a record.
#[derive(Default)]
pub(in crate::web) struct Notes {
    pub(in crate::web) rows: Rows<Note>,
    pub(in crate::web) may_add: bool,
}

/// A note.
pub(in crate::web) struct Note {
    pub(in crate::web) id: i64,
    pub(in crate::web) by: String,
    /// As the service makes it of the Markdown, safe to show; none once redacted.
    pub(in crate::web) html: Option<String>,
    /// Who redacted it, when and why.
    pub(in crate::web) redacted: Option<String>,
    pub(in crate::web) may_redact: bool,
}

impl Notes {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = notes::list(system, actor, look.newest(), &look.query(SHOWN)).await?;
        Ok(Self {
            rows: look.rows("notes", found, |note| Note::of(look, note)),
            may_add: look.writes(field::NOTES),
        })
    }
}

impl Note {
    fn of(look: &Look<'_>, note: NoteView) -> Self {
        let may_redact = notes::redactable(&look.visit.actor, &note);
        let redacted = note.redacted_by.zip(note.redacted_at);
        let reason = note.redaction_reason.unwrap_or_default();
        let redacted = redacted.map(|(who, at)| {
            let by = look.by(&who.name, &at);
            look.page
                .with("note-redacted", &[("by", &by), ("reason", &reason)])
        });
        Self {
            id: note.id,
            by: look.by(&note.created_by.name, &note.created_at),
            html: note.body_html,
            may_redact,
            redacted,
        }
    }
}

/// Adds a note.
#[post("/defects/{id}/notes")]
async fn add_note(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let draft = sent.typed.draft::<NewNote>();
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match notes::add(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "notes"), Some("note-added")),
        Err(error) => again(&sent, id, "note", sent.typed.clone(), error).await,
    }
}

/// Asks why a note is redacted.
#[get("/defects/{id}/notes/{child_id}/redaction")]
async fn ask_redaction(visit: Visit) -> Reply {
    let place = (visit.id("defect")?, visit.child(WHAT)?);
    notes::may_redact(&visit.system, &visit.actor, place).await?;
    asked(&visit).await?.asked()
}

/// Takes a note's text away for good.
#[post("/defects/{id}/notes/{child_id}/redaction")]
async fn redact_note(sent: Posted) -> Reply {
    let (place, key) = ((sent.id("defect")?, sent.child(WHAT)?), sent.key()?);
    let (draft, if_match) = (sent.typed.draft(), sent.if_match());
    let (system, actor) = (&sent.system, &sent.actor);
    match notes::redact(system, actor, place, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(place.0, "notes"), Some("note-redacted")),
        Err(error) => asked(&sent).await?.again(&sent, error),
    }
}

async fn asked(visit: &Visit) -> Result<ReasonPage, Problem> {
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let note = notes::show(&visit.system, &visit.actor, id, child).await?;
    let page = visit.page("defects");
    let (at, body) = (page.minute(&note.created_at), note.body.unwrap_or_default());
    let what = format!("{} · {at}: {}", note.created_by.name, excerpt(&body, 300));
    let told = (page.t("note-redact"), page.t("note-redact-hint"));
    Ok(ReasonPage::new(page, (id, "notes"), what, told))
}
