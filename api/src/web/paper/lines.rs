//! Disposition lines on a sheet: what becomes of how much, why, on whose authority, and how far it has come.

use service::defects::lines::{self, LineView};
use service::reference::PersonRef;
use service::words::Disposition;
use service::{Error, concession};

use super::read::all;
use super::record::Record;
use super::section::{Fact, Section, Verdict, fact};
use super::sheet::Sheet;
use super::texts::Told;
use crate::web::visit::Visit;

/// A line, and the number of the concession under which the material is used.
pub(super) struct Line {
    view: LineView,
    concession: Option<String>,
}

/// The lines of a record.
pub(super) async fn of(visit: &Visit, id: i64) -> Result<Vec<Line>, Error> {
    let (system, actor) = (&visit.system, &visit.actor);
    let views = all(|query| async move { lines::list(system, actor, id, &query).await }).await?;
    let ids = views.iter().filter_map(|view| view.concession_id).collect();
    let known = concession::of_ids(system, actor, &ids).await?;
    let line = |view: LineView| {
        let concession = view.concession_id.and_then(|id| known.get(&id));
        let concession = concession.map(|one| one.number.clone());
        Line { view, concession }
    };
    Ok(views.into_iter().map(line).collect())
}

/// A section that says what the lines are about, and one for each line.
pub(super) fn sections(sheet: &Sheet, record: &Record, lines: &[Line]) -> Vec<Section> {
    let labels = &sheet.labels;
    let mut sections = vec![Section::titled(labels.text("paper-dispositions"))];
    for line in lines {
        let view = &line.view;
        let mut section = Section::below(labels.word("disposition", view.disposition.word()));
        section.facts = line.facts(sheet);
        let why = Told::plain(labels.field("justification"), Some(&view.justification));
        section
            .texts
            .push(why.in_language(record.view.item.language));
        if let Some(how) = &view.instructions {
            let how = Told::plain(labels.field("instructions"), Some(how));
            section
                .texts
                .push(how.in_language(record.view.item.language));
        }
        sections.push(section);
    }
    sections
}

/// A box for everything that may become of material, ticked where a line says that it does.
pub(super) fn verdicts(sheet: &Sheet, lines: &[Line]) -> Vec<Verdict> {
    let verdict = |disposition: &Disposition| {
        let said = lines
            .iter()
            .filter(|line| line.view.disposition == *disposition);
        let said: Vec<&str> = said.map(|line| line.view.quantity.as_str()).collect();
        Verdict {
            label: sheet.labels.word("disposition", disposition.word()),
            is_ticked: !said.is_empty(),
            quantity: said.join(" + "),
        }
    };
    Disposition::ALL.iter().map(verdict).collect()
}

impl Line {
    /// Whether the material is scrap.
    pub(super) fn is_scrap(&self) -> bool {
        self.view.disposition == Disposition::Scrap
    }

    fn facts(&self, sheet: &Sheet) -> Vec<Fact> {
        let (labels, view) = (&sheet.labels, &self.view);
        let mut facts = vec![
            fact(labels.field("quantity"), view.quantity.clone()),
            fact(
                labels.field("authority"),
                labels.word("authority", view.authority.word()),
            ),
            fact(
                labels.field("status"),
                labels.word("line-status", view.status.word()),
            ),
            fact(
                labels.field("decided_by"),
                sheet.by(view.decided_by.as_ref(), view.decided_at.as_deref()),
            ),
        ];
        if view.disposition.is_worked() {
            let found = view.reinspection_result;
            let found = found.map(|found| labels.word("reinspection", found.word()));
            facts.push(fact(labels.field("reinspection_result"), found));
        }
        let unusable = view.rendered_unusable_by.as_ref();
        let unusable = unusable.map(|by| sheet.by(Some(by), view.rendered_unusable_at.as_deref()));
        let name = |person: Option<&PersonRef>| person.map(|person| person.name.clone());
        let where_known = [
            ("paper-proposed-by", name(view.proposed_by.as_ref())),
            ("paper-engineered-by", name(view.engineered_by.as_ref())),
            ("paper-concession", self.concession.clone()),
            ("paper-rendered-unusable", unusable),
            ("paper-return-number", view.return_number.clone()),
        ];
        for (id, value) in where_known {
            facts.extend(value.map(|value| fact(labels.text(id), value)));
        }
        facts
    }
}
