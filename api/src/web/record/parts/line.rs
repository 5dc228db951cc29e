//! One disposition line on a page of its own: its words while they are proposed, how far it has come and what is on record
//! at its end, and what the re-inspection found. Each is a form for whoever may write it now.
//!
//! Of a line's words only what was changed is sent. Whoever sends a form that was made before somebody else changed the
//! record gets it back beside what the line says now, under the version that it has now, and sends it again or leaves it.
//! Where the line says all of it already, it is done: a button that was pressed twice tells of nobody else.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use chrono_tz::Tz;
use service::Error;
use service::defects::lines::{self, LinePatch, LineProgress, LineRights, LineView};
use service::defects::{self, DefectView, PermissionsView};
use service::words::{Authority, Disposition, LineStatus, Reinspection};

use super::lines::{Line, LineChoices, concessions_of};
use super::{Choices, Look, refused, section, words};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::{Edited, changed};
use crate::web::page::{Page, go, show, show_as};
use crate::web::record::lookup::{self, People};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(ask_line)
        .service(change_line)
        .service(remove_line);
}

const WHAT: &str = "disposition line";

/// A line, the record that it stands on, and what the visitor may do with it.
struct Found {
    defect: DefectView,
    may: PermissionsView,
    line: LineView,
}

impl Found {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let (system, actor) = (&visit.system, &visit.actor);
        let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
        Ok(Self {
            defect: defects::show(system, actor, id).await?,
            may: defects::permissions(system, actor, id).await?,
            line: lines::show(system, actor, id, child).await?,
        })
    }

    /// Whether the line says by now all that was sent.
    fn says(&self, sent: &Posted) -> bool {
        let (said, now) = (said(sent), now_of(&sent.page("defects"), &self.line));
        let gives = said.has("authority", Authority::Engineering.word());
        // That a line asks for the authority of engineering does not tell that it was given.
        let lacks = gives && lines::lacks_authority_of(&sent.actor, &self.line);
        let mut pairs = said.pairs().iter();
        !lacks && pairs.all(|(name, value)| now.value(name) == value)
    }
}

#[derive(Template)]
#[template(path = "record/line.html")]
struct LinePage {
    page: Page,
    id: i64,
    tag_number: String,
    version: i64,
    line: Line,
    choices: LineChoices,
    is_scrap: bool,
    goes_back: bool,
    progresses: Vec<(&'static str, String)>,
    results: Vec<(&'static str, String)>,
    people: Choices,
    /// Its words, in the form that changes them.
    edited: Edited,
    progress: Typed,
    inspection: Typed,
    /// What was refused of a button, or of a form that is not here any more.
    told: Typed,
}

impl LinePage {
    async fn of(visit: &Visit, found: Found) -> Result<Self, Problem> {
        let Found { defect, may, line } = found;
        let look = Look::at(visit, &defect, &may);
        let page = visit.page("defects");
        let used = concessions_of(visit, std::slice::from_ref(&line)).await?;
        let rights = LineRights::of(&visit.actor, &may, &line);
        let is_scrap = line.disposition == Disposition::Scrap;
        let now = line.concession_id.and_then(|id| used.get(&id));
        let choices = match rights.change {
            true => LineChoices::of(&look, now).await?,
            false => LineChoices::default(),
        };
        let people = match rights.tell && is_scrap {
            true => People::read(visit).await?.choices(),
            false => Choices::default(),
        };
        let version = defect.item.version;
        Ok(Self {
            id: defect.item.id,
            tag_number: defect.item.tag_number.clone(),
            version,
            choices,
            is_scrap,
            goes_back: line.disposition == Disposition::ReturnToSupplier,
            progresses: words(&page, "line-status", LineProgress::ALL, LineProgress::word),
            results: words(&page, "reinspection", Reinspection::ALL, Reinspection::word),
            people,
            edited: Edited::fresh(words_of(&line), version),
            progress: progress_of(&line),
            inspection: Typed::default(),
            told: Typed::default(),
            line: Line::of(&look, line, &used),
            page,
        })
    }

    /// The page again, with what was refused in the form that was sent.
    async fn again(sent: &Posted, error: Error) -> Reply {
        let (found, form) = (Found::of(sent).await?, Form::of(sent));
        if matches!(error, Error::VersionStale { .. }) && found.says(sent) {
            return done(found.defect.item.id, form);
        }
        let now = words_of(&found.line);
        let mut page = Self::of(sent, found).await?;
        let typed = sent.typed.clone();
        match form {
            Form::Words if page.line.may.change => return page.with_words(sent, &now, error),
            Form::Progress if page.line.may.tell => page.progress = refused(typed, error)?,
            Form::Inspection if page.line.may.inspect => page.inspection = refused(typed, error)?,
            Form::Authority => page.told = refused(Typed::default(), error)?,
            _ => page.told = refused(typed, error)?,
        }
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
    }

    /// The page with its words as they were typed, and beside them what others have written meanwhile.
    fn with_words(mut self, sent: &Posted, now: &Typed, error: Error) -> Reply {
        let own = |name: &str| sent.own(name);
        let again = Edited::again(&sent.typed, own, now, self.version, error.into());
        let (status, edited) = again?;
        self.edited = edited
            .in_words("disposition", &self.choices.dispositions)
            .in_words("authority", &self.choices.authorities)
            .in_words("concession_id", &self.choices.concessions);
        show_as(status, &self)
    }
}

/// The forms of a line.
#[derive(Clone, Copy)]
enum Form {
    /// What becomes of how much, why, and on whose authority.
    Words,
    /// The button that gives the authority of engineering.
    Authority,
    Progress,
    Inspection,
}

impl Form {
    fn of(sent: &Posted) -> Self {
        match sent.own("_form").unwrap_or_default() {
            "authority" => Self::Authority,
            "progress" => Self::Progress,
            "inspection" => Self::Inspection,
            _ => Self::Words,
        }
    }
}

/// What is said with a form: of a line's words what was changed, of all else what was filled in.
fn said(sent: &Posted) -> Typed {
    match Form::of(sent) {
        Form::Words => changed(&sent.typed, |name: &str| sent.own(name)),
        Form::Authority | Form::Progress | Form::Inspection => {
            let pairs = sent.typed.pairs().iter();
            Typed::with(pairs.filter(|(_, value)| !value.is_empty()).cloned())
        }
    }
}

/// Back on the record.
fn done(id: i64, form: Form) -> Reply {
    let place = section(id, "lines");
    match form {
        Form::Authority => go(&place, Some("line-authorised")),
        Form::Words | Form::Progress | Form::Inspection => go(&place, Some("line-changed")),
    }
}

/// What a line says, in the form that changes it.
fn words_of(line: &LineView) -> Typed {
    let concession = line.concession_id.map(|id| id.to_string());
    Typed::with([
        ("disposition", line.disposition.word().to_owned()),
        ("quantity", line.quantity.clone()),
        ("justification", line.justification.clone()),
        (
            "instructions",
            line.instructions.clone().unwrap_or_default(),
        ),
        ("authority", line.authority.word().to_owned()),
        ("concession_id", concession.unwrap_or_default()),
    ])
}

/// How far it has come, in the form that says so: what comes next is done.
fn progress_of(line: &LineView) -> Typed {
    let unusable_by = line.rendered_unusable_by.as_ref();
    let unusable_by = unusable_by.map(|who| who.id.to_string());
    let next = match line.status {
        LineStatus::Proposed => "",
        _ => LineProgress::Done.word(),
    };
    Typed::with([
        ("status", next.to_owned()),
        (
            "return_number",
            line.return_number.clone().unwrap_or_default(),
        ),
        ("rendered_unusable_by", unusable_by.unwrap_or_default()),
    ])
}

/// All that a line says, as its forms write it.
fn now_of(page: &Page, line: &LineView) -> Typed {
    let at = line.rendered_unusable_at.as_deref();
    let at = at.map(|at| page.minute(at).replace(' ', "T"));
    let result = line.reinspection_result.map_or("", Reinspection::word);
    let end = Typed::with([
        ("status", line.status.word().to_owned()),
        ("rendered_unusable_at", at.unwrap_or_default()),
        ("reinspection_result", result.to_owned()),
        ("reinspection_quantity", line.quantity.clone()),
    ]);
    let parts = [words_of(line), progress_of(line).without(&["status"]), end];
    Typed::with(parts.iter().flat_map(|part| part.pairs()).cloned())
}

/// Shows a line, and what may be said of it now.
#[get("/defects/{id}/disposition-lines/{child_id}")]
async fn ask_line(visit: Visit) -> Reply {
    show(&LinePage::of(&visit, Found::of(&visit).await?).await?)
}

/// Changes a line: its words, how far it has come, or what the re-inspection found.
#[post("/defects/{id}/disposition-lines/{child_id}")]
async fn change_line(sent: Posted) -> Reply {
    let (id, line, form) = (sent.id("defect")?, sent.child(WHAT)?, Form::of(&sent));
    let said = in_zone(&said(&sent), sent.system.settings.time_zone);
    let draft = said.patch::<LinePatch>();
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match lines::change(system, actor, id, line, &if_match, &draft).await {
        Ok(_) => done(id, form),
        Err(error) => LinePage::again(&sent, error).await,
    }
}

/// The same, with moments as the service wants them: they are typed in the plant's time.
fn in_zone(typed: &Typed, zone: Tz) -> Typed {
    let pairs = typed.pairs().iter();
    Typed::with(pairs.map(|(name, value)| match name.as_str() {
        "rendered_unusable_at" => (name.clone(), lookup::instant(zone, value)),
        _ => (name.clone(), value.clone()),
    }))
}

/// Takes a proposed line back.
#[post("/defects/{id}/disposition-lines/{child_id}/removal")]
async fn remove_line(sent: Posted) -> Reply {
    let (id, line) = (sent.id("defect")?, sent.child(WHAT)?);
    match lines::remove(&sent.system, &sent.actor, id, line, &sent.if_match()).await {
        // The second time that a button is pressed there is nothing to remove.
        Ok(_) | Err(Error::NotFound(WHAT)) => go(&section(id, "lines"), Some("line-removed")),
        Err(error) => {
            let mut page = LinePage::of(&sent, Found::of(&sent).await?).await?;
            page.told = refused(Typed::default(), error)?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
