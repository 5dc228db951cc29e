//! Notes on a defect: added, never changed; redacted where a text must not stay.

use actix_web::{get, post};
use service::defects::ChildQuery;
use service::defects::notes::{self, NewNote, NoteView, Redaction};
use service::page::Page;

use crate::answer::{Reply, added, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(show_note)
        .service(list_notes)
        .service(add_note)
        .service(redact_note);
}

/// Lists a defect's notes, oldest first.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "notes",
    params(ChildQuery),
    responses((status = 200, description = "A page of notes", body = Page<NoteView>))
)]
#[get("/defects/{id}/notes")]
async fn list_notes(asked: Asked<ChildQuery>) -> Reply {
    let (system, actor) = (&asked.system, &asked.actor);
    shown(&notes::list(system, actor, asked.id("defect")?, &asked.draft).await?)
}

/// Shows a note of a defect.
#[utoipa::path(tag = "notes", responses((status = 200, description = "The note", body = NoteView)))]
#[get("/defects/{id}/notes/{child_id}")]
async fn show_note(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("note")?);
    shown(&notes::show(&call.system, &call.actor, id, child).await?)
}

/// Adds a note to a defect, also to a closed one. `@name` mentions a user.
#[utoipa::path(
    tag = "notes",
    request_body = NewNote,
    responses((status = 201, description = "The new note", body = NoteView))
)]
#[post("/defects/{id}/notes")]
async fn add_note(sent: Sent<NewNote>) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key.as_ref());
    let (system, actor) = (&sent.system, &sent.actor);
    let written = notes::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    added(id, "notes", written.item.id, &written)
}

/// Redacts a note: its text is gone for good, the note and its history stay.
#[utoipa::path(
    tag = "notes",
    request_body = Redaction,
    responses((status = 200, description = "The note without its text", body = NoteView))
)]
#[post("/defects/{id}/notes/{child_id}/redaction")]
async fn redact_note(sent: Sent<Redaction>) -> Reply {
    let place = (sent.id("defect")?, sent.child("note")?);
    let (system, actor, key) = (&sent.system, &sent.actor, sent.key.as_ref());
    let written = notes::redact(system, actor, place, &sent.if_match, &sent.draft, key).await?;
    record(written.version, &written.item)
}
