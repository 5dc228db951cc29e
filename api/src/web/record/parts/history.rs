//! The timeline of a defect, on the page of its record: what was changed and said, the newest first. What was done at once
//! is told at once; how a change reads is in [`super::story`].

use std::collections::BTreeMap;

use service::defects::history::HistoryEvent;
use service::defects::notes;
use service::defects::story::{self as past, Told};

use super::story::{self, Change};
use super::{Look, Rows, excerpt};
use crate::problem::Problem;

/// How many changes the page shows.
const SHOWN: u8 = 30;

/// The timeline of a record.
#[derive(Default)]
pub(in crate::web) struct History {
    pub(in crate::web) rows: Rows<Moment>,
}

/// What somebody did at once.
pub(in crate::web) struct Moment {
    pub(in crate::web) who: String,
    pub(in crate::web) at: String,
    pub(in crate::web) reason: Option<String>,
    pub(in crate::web) changes: Vec<Change>,
}

/// What was said in notes, by their ids.
pub(super) type Said = BTreeMap<i64, String>;

impl History {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = past::newest(system, actor, look.defect, &look.query(SHOWN)).await?;
        let said = said(look, &found.items).await?;
        let moments = moments(look, &found.items, &said);
        let next = look.rows("history", found, drop).next;
        Ok(Self {
            rows: Rows {
                items: moments,
                next,
            },
        })
    }
}

/// The changes, those of one request together, in the order in which they were made.
fn moments(look: &Look<'_>, events: &[Told], said: &Said) -> Vec<Moment> {
    let mut moments = Vec::new();
    for together in events.chunk_by(|one, next| is_one(&one.event, &next.event)) {
        let Some(first) = together.first() else {
            continue;
        };
        let changes = together.iter().rev();
        moments.push(Moment {
            who: first.event.actor.name.clone(),
            at: look.page.minute(&first.event.at),
            reason: first.event.reason.clone(),
            changes: changes
                .map(|told| story::change(look, told, said))
                .collect(),
        });
    }
    moments
}

/// Whether two changes were made at once.
fn is_one(one: &HistoryEvent, next: &HistoryEvent) -> bool {
    let of = |event: &HistoryEvent| (event.at.clone(), event.actor.id, event.reason.clone());
    of(one) == of(next) && one.request_id == next.request_id
}

/// What was said in the notes of a page of the timeline.
async fn said(look: &Look<'_>, events: &[Told]) -> Result<Said, Problem> {
    let (system, actor) = (&look.visit.system, &look.visit.actor);
    let ids: Vec<i64> = events.iter().filter_map(story::note_of).collect();
    let bodies = notes::bodies(system, actor, look.id(), &ids).await?;
    let text = |body: Option<String>| match body {
        Some(body) => excerpt(&body, 280),
        None => look.page.t("note-is-redacted"),
    };
    let said = bodies.into_iter().map(|(id, body)| (id, text(body)));
    Ok(said.collect())
}
