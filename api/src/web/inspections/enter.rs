//! Entering an inspection, and with it the defect that it found: one form, and one call of the service. What is called
//! `defect.…` in it is the defect's; where nothing of that is filled in, none is reported.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use serde_json::Value as Json;
use service::defects::may_say;
use service::inspection::{self, NewInspection};
use service::rights::INSPECTORS;
use service::value::Instant;
use service::words::{Origin, Severity};
use service::{Draft, Error};

use super::{PLACE, SECTION, trail};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go, show, show_as};
use crate::web::record::named::{Choices, Named, failure_codes, work_centers};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(new_inspection).service(enter_inspection);
}

#[derive(Template)]
#[template(path = "inspections/enter.html")]
struct EnterPage {
    page: Page,
    trail: Vec<(String, String)>,
    form: Typed,
    /// None where there are so many that one is typed.
    centers: Choices,
    origins: Vec<(&'static str, String)>,
    severities: Vec<(&'static str, String)>,
    codes: Choices,
    /// Whether the visitor may say how grave a new defect is, and of which kind.
    may_grade: bool,
    may_code: bool,
}

impl EnterPage {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        visit.actor.require(INSPECTORS, "enter inspections")?;
        let page = visit.page(SECTION);
        let origins: Vec<_> = Origin::ALL.iter().map(|word| word.word()).collect();
        let severities: Vec<_> = Severity::ALL.iter().map(|word| word.word()).collect();
        let may_code = may_say(&visit.actor, "failure_code");
        let now = Instant::show(&visit.system.clock.now());
        Ok(Self {
            trail: trail(&page),
            form: Typed::with([("inspected_at", page.minute(&now).replace(' ', "T"))]),
            centers: work_centers(visit).await?,
            origins: page.options("origin", &origins),
            severities: page.options("severity", &severities),
            codes: match may_code {
                true => failure_codes(visit).await?,
                false => Choices::default(),
            },
            may_grade: may_say(&visit.actor, "severity"),
            may_code,
            page,
        })
    }
}

/// Asks for an inspection.
#[get("/inspections/new")]
async fn new_inspection(visit: Visit) -> Reply {
    show(&EnterPage::of(&visit).await?)
}

/// Enters an inspection.
#[post("/inspections")]
async fn enter_inspection(sent: Posted) -> Reply {
    match entered(&sent).await {
        Ok(id) => go(&format!("{PLACE}/{id}"), Some("inspection-entered")),
        Err(error) => {
            let mut page = EnterPage::of(&sent).await?;
            page.form = sent.typed.clone().refused(error)?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn entered(sent: &Posted) -> Result<i64, Error> {
    let named = Named::of(sent, &sent.typed).await?;
    let (draft, key) = (draft(&named.typed), sent.key()?);
    let entered = inspection::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    Ok(named.told(entered)?.id)
}

/// The form as the service reads it.
fn draft(typed: &Typed) -> Draft<NewInspection> {
    const TICK: &str = "is_contained";
    let mut body = typed.with_object("defect");
    if let Some(Json::Object(defect)) = body.get_mut("defect")
        && defect.contains_key(TICK)
    {
        defect.insert(TICK.to_owned(), true.into());
    }
    Draft::kept(&body)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::{Typed, draft};

    #[test]
    fn what_is_said_of_the_defect_stands_in_an_object_and_is_known_to_be_sent() {
        let counted = [
            ("part_id", "7"),
            ("work_center_id", "3"),
            ("inspected_at", "2026-11-20T08:00:00Z"),
            ("sample_size", "50"),
            ("defective_units", "2"),
            ("defects_found", ""),
            ("defect.title", ""),
        ];
        let alone = draft(&Typed::with(counted));
        assert!(alone.check().unwrap().defect.is_none());
        let found = [
            ("defect.title", "Burr"),
            ("defect.description", "At the bore."),
            ("defect.quantity_defective", "2"),
            ("defect.is_contained", "true"),
            ("defect.severity", "major"),
        ];
        let counted = counted.iter().filter(|(_, text)| !text.is_empty());
        let both = draft(&Typed::with(counted.copied().chain(found)));
        let defect = both.check().unwrap().defect.clone().unwrap();
        assert_eq!(
            (defect.title.0.as_str(), defect.is_contained),
            ("Burr", Some(true))
        );
        let mut sent = both.sent_within("defect").to_vec();
        sent.sort();
        assert_eq!(
            sent,
            [
                "description",
                "is_contained",
                "quantity_defective",
                "severity",
                "title"
            ]
        );
    }
}
