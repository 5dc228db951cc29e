//! What stands at the top of a record's page, and its texts in the visitor's language.

use service::Error;
use service::defects::translations::{self, ShowQuery, Translated};
use service::defects::{DefectView, PermissionsView, overdue};
use service::rights::field;
use service::words::{Language, Severity};

use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// The texts of a record in the visitor's language.
pub(super) struct Translation {
    /// The language, as people call it.
    pub(super) language: String,
    /// Each text: what the field is called, what it says, and who translated it.
    pub(super) texts: Vec<(String, String, String)>,
}

/// How the record stands: each mark with the class that colours it.
pub(super) fn marks(
    visit: &Visit,
    page: &Page,
    defect: &DefectView,
) -> Vec<(String, &'static str)> {
    let item = &defect.item;
    let mut marks = vec![(page.word("status", item.status.word()), "")];
    if let Some(severity) = item.severity {
        let class = match severity {
            Severity::Critical => "bad",
            Severity::Major => "warn",
            Severity::Minor => "",
        };
        marks.push((page.word("severity", severity.word()), class));
    }
    if item.on_hold {
        marks.push((page.t("record-on-hold"), "warn"));
    }
    if overdue::is_overdue(item, visit.system.clock.now()) {
        marks.push((page.t("record-overdue"), "bad"));
    }
    marks
}

/// What is asked first of a record.
pub(super) fn facts(page: &Page, defect: &DefectView) -> Vec<(String, String)> {
    let item = &defect.item;
    let part = &item.part;
    let person = |at: &str, name: &str| format!("{} {name}", page.minute(at));
    let assignee = item.assignee.as_ref();
    let due = item.due_at.as_deref();
    let mut facts = vec![
        (
            page.field("part"),
            format!("{} {} {}", part.number, part.revision, part.name),
        ),
        (
            page.field("quantity_defective"),
            item.quantity_defective.clone(),
        ),
        (
            page.field("assignee"),
            assignee.map_or_else(|| page.t("none"), |person| person.name.clone()),
        ),
        (
            page.field("due_at"),
            due.map_or_else(|| page.t("none"), |at| page.minute(at)),
        ),
        (
            page.field("reported_by"),
            person(&item.reported_at, &item.reported_by.name),
        ),
    ];
    if let (Some(at), Some(by)) = (&item.closed_at, &item.closed_by) {
        facts.push((page.field("closed_by"), person(at, &by.name)));
    }
    facts
}

/// The texts of a record in the visitor's language, where they are in another and a translation is there.
pub(super) async fn translation(
    visit: &Visit,
    page: &Page,
    defect: &DefectView,
) -> Result<Option<Translation>, Error> {
    let language = visit.actor.language;
    if defect.item.language == language {
        return Ok(None);
    }
    let asked = Typed::with([("lang", language.word())]).draft::<ShowQuery>();
    let id = defect.item.id;
    let shown = translations::show(&visit.system, &visit.actor, id, &asked).await?;
    let Some(by) = shown.translated else {
        return Ok(None);
    };
    let all = [
        ("title", by.title, Some(shown.item.title)),
        ("description", by.description, Some(shown.description)),
        (
            "process_analysis",
            by.process_analysis,
            shown.process_analysis,
        ),
        ("repair_process", by.repair_process, shown.repair_process),
        (
            "engineering_findings",
            by.engineering_findings,
            shown.engineering_findings,
        ),
        ("root_cause", by.root_cause, shown.root_cause),
    ];
    let is_there = |by: Translated| by != Translated::None;
    let texts = all.into_iter().filter(|(_, by, _)| is_there(*by));
    let texts: Vec<_> = texts
        .map(|(name, by, text)| {
            let by = page.word("translated", by.word());
            (page.field(name), text.unwrap_or_default(), by)
        })
        .collect();
    let language = page.word("language", language.word());
    Ok((!texts.is_empty()).then_some(Translation { language, texts }))
}

/// Where the visitor translates its texts, language by language.
pub(super) fn translates(
    page: &Page,
    defect: &DefectView,
    may: &PermissionsView,
) -> Vec<(String, String)> {
    if !may.writes(field::TRANSLATIONS) {
        return Vec::new();
    }
    let (id, own) = (defect.item.id, defect.item.language);
    let others = Language::ALL.iter().filter(|language| **language != own);
    let place = |language: &Language| {
        let word = language.word();
        let address = format!("/defects/{id}/translations/{word}");
        (address, page.word("language", word))
    };
    others.map(place).collect()
}
