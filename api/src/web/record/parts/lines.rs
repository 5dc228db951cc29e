//! Disposition lines on the page of their record: how far each has come, and the form that adds one. What is asked about
//! one line is on its own page, in [`super::line`].

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{post, web};
use service::Error;
use service::concession::{self, ConcessionView};
use service::defects::lines::{self, LineRights, LineView, NewLine};
use service::rights::field;
use service::words::{Activity, Authority, Disposition, LineStatus};

use super::{Choices, Look, Rows, again, section, words};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::with_current;
use crate::web::page::{Page, go};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(add_line);
}

/// How many lines the page shows.
const SHOWN: u8 = 20;

/// The disposition lines of a record.
#[derive(Default)]
pub(in crate::web) struct Lines {
    pub(in crate::web) rows: Rows<Line>,
    /// How many of them are done, where all are shown.
    pub(in crate::web) progress: Option<String>,
    pub(in crate::web) may_add: bool,
    pub(in crate::web) choices: LineChoices,
    /// What the work on them is, where that is one thing.
    pub(super) activity: Option<Activity>,
    /// How much none of them speaks of.
    left: Option<String>,
}

/// A disposition line.
pub(in crate::web) struct Line {
    pub(in crate::web) id: i64,
    /// What becomes of how much.
    pub(in crate::web) heading: String,
    pub(in crate::web) status: String,
    /// The look of the status.
    pub(in crate::web) tone: &'static str,
    /// All else that is said of it: label and text.
    pub(in crate::web) facts: Vec<(String, String)>,
    /// What the visitor may do with it now.
    pub(in crate::web) may: LineRights,
}

/// What a line is chosen from.
#[derive(Default)]
pub(in crate::web) struct LineChoices {
    pub(in crate::web) dispositions: Vec<(&'static str, String)>,
    pub(in crate::web) authorities: Vec<(&'static str, String)>,
    pub(in crate::web) concessions: Choices,
}

impl Lines {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = lines::list(system, actor, look.defect, &look.query(SHOWN)).await?;
        let used = concessions_of(look.visit, &found.items).await?;
        let is_done = |line: &&LineView| line.status == LineStatus::Done;
        let done = found.items.iter().filter(is_done).count();
        let is_decided = found
            .items
            .iter()
            .any(|line| line.status != LineStatus::Proposed);
        let counts = (done.to_string(), found.items.len().to_string());
        let activities = found.items.iter();
        let activities = activities.filter_map(|line| line.disposition.activity());
        let activities: BTreeSet<Activity> = activities.collect();
        let left = lines::left(look.defect, &found.items);
        let rows = look.rows("disposition-lines", found, |line| {
            Line::of(look, line, &used)
        });
        let is_whole = rows.next.is_none() && look.cursor.is_none();
        let progress = (is_decided && is_whole).then(|| {
            let counts = [("done", counts.0.as_str()), ("all", counts.1.as_str())];
            look.page.with("lines-progress", &counts)
        });
        let may_add = look.writes(field::LINES);
        let choices = match may_add {
            true => LineChoices::of(look, None).await?,
            false => LineChoices::default(),
        };
        Ok(Self {
            rows,
            progress,
            may_add,
            choices,
            activity: activities
                .first()
                .copied()
                .filter(|_| is_whole && activities.len() == 1),
            left: left.filter(|_| is_whole),
        })
    }

    /// The form that adds one, which begins with what is left.
    pub(in crate::web) fn filled(&self, form: Typed) -> Typed {
        let left = self.left.iter();
        form.beginning_with(left.map(|left| ("quantity", left.as_str())))
    }
}

impl Line {
    /// A line, with the concessions that it may refer to.
    pub(super) fn of(look: &Look<'_>, line: LineView, used: &Concessions) -> Self {
        Self {
            id: line.id,
            heading: heading(&look.page, &line),
            status: look.page.word("line-status", line.status.word()),
            tone: match line.status {
                LineStatus::Done => "good",
                LineStatus::Proposed => "",
                LineStatus::Approved | LineStatus::InExecution => "warn",
            },
            may: LineRights::of(&look.visit.actor, look.may, &line),
            facts: facts(look, line, used),
        }
    }
}

/// What becomes of how much.
fn heading(page: &Page, line: &LineView) -> String {
    let disposition = page.word("disposition", line.disposition.word());
    format!("{disposition} · {}", line.quantity)
}

/// What is said of a line besides, in the order of its life.
fn facts(look: &Look<'_>, line: LineView, used: &Concessions) -> Vec<(String, String)> {
    let page = &look.page;
    let mut facts = vec![("justification", line.justification)];
    let mut tell = |name, text: Option<String>| facts.extend(text.map(|text| (name, text)));
    tell("instructions", line.instructions);
    let authority = page.word("authority", line.authority.word());
    tell(
        "authority",
        Some(match line.engineered_by {
            Some(engineer) => format!("{authority} · {}", engineer.name),
            None => authority,
        }),
    );
    let concession = line.concession_id.and_then(|id| used.get(&id));
    tell("concession_id", concession.map(|one| use_of(page, one)));
    tell("proposed_by", line.proposed_by.map(|who| who.name));
    tell(
        "decided_by",
        line.decided_by.map(|who| match &line.decided_at {
            Some(at) => look.by(&who.name, at),
            None => who.name,
        }),
    );
    let unusable = line.rendered_unusable_by;
    tell(
        "rendered_unusable_by",
        unusable.map(|who| match &line.rendered_unusable_at {
            Some(at) => look.by(&who.name, at),
            None => who.name,
        }),
    );
    tell("return_number", line.return_number);
    let result = line.reinspection_result;
    let result = result.map(|result| page.word("reinspection", result.word()));
    tell("reinspection_result", result);
    let named = facts
        .into_iter()
        .map(|(name, text)| (page.field(name), text));
    named.collect()
}

/// Concessions by their ids.
pub(super) type Concessions = BTreeMap<i64, ConcessionView>;

/// The concessions that lines refer to.
pub(super) async fn concessions_of(
    visit: &Visit,
    lines: &[LineView],
) -> Result<Concessions, Error> {
    let ids = lines.iter().filter_map(|line| line.concession_id).collect();
    concession::of_ids(&visit.system, &visit.actor, &ids).await
}

/// How much of a concession is used, and until when it may be.
fn use_of(page: &Page, concession: &ConcessionView) -> String {
    page.with(
        "concession-use",
        &[
            ("number", &concession.number),
            ("customer", &concession.customer.name),
            ("used", &concession.used_quantity),
            ("most", &concession.max_quantity),
            ("until", &concession.valid_until),
        ],
    )
}

impl LineChoices {
    /// What a line of the record may be, and the concession that it refers to now.
    pub(super) async fn of(look: &Look<'_>, now: Option<&ConcessionView>) -> Result<Self, Error> {
        let (system, actor, page) = (&look.visit.system, &look.visit.actor, &look.page);
        let usable = concession::usable(system, actor, look.id()).await?;
        let usable = usable.iter();
        let usable = usable.map(|one| (one.id.to_string(), use_of(page, one)));
        // It may be used up or over by now; the form keeps it, and the service judges.
        let now = now.map(|one| (one.id, use_of(page, one)));
        Ok(Self {
            dispositions: words(page, "disposition", Disposition::ALL, Disposition::word),
            authorities: words(page, "authority", Authority::ALL, Authority::word),
            concessions: with_current(usable.collect(), now),
        })
    }
}

/// Proposes what becomes of some of the material.
#[post("/defects/{id}/disposition-lines")]
async fn add_line(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let draft = sent.typed.draft::<NewLine>();
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match lines::add(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "lines"), Some("line-added")),
        Err(error) => again(&sent, id, "line", sent.typed.clone(), error).await,
    }
}
