//! What is similar to a defect, on the page of its record: how many there are, the newest, and the way to all of them.

use service::Draft;
use service::defects::similar::{self, SimilarQuery, SimilarView};
use url::form_urlencoded::Serializer;

use super::Look;
use crate::problem::Problem;
use crate::web::page::Page;

/// The similar cases of a record.
#[derive(Default)]
pub(in crate::web) struct Similar {
    /// How many there are, within how many days.
    pub(in crate::web) told: String,
    /// The list of all of them.
    pub(in crate::web) all: Option<String>,
    pub(in crate::web) cases: Vec<Case>,
    /// Whether there are so many that the plant's rule proposes a corrective action.
    pub(in crate::web) proposes: Option<String>,
}

/// A similar case.
pub(in crate::web) struct Case {
    pub(in crate::web) id: i64,
    pub(in crate::web) tag_number: String,
    pub(in crate::web) title: String,
    pub(in crate::web) status: String,
    pub(in crate::web) severity: String,
    pub(in crate::web) lot: String,
    pub(in crate::web) day: String,
}

impl Similar {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor, page) = (&look.visit.system, &look.visit.actor, &look.page);
        let query = Draft::<SimilarQuery>::pairs(&[]);
        let found = similar::to_record(system, actor, look.id(), &query).await?;
        let days = page.n("similar-days", found.days);
        let count = match found.count_is_minimum {
            true => page.n("similar-more-than", found.count),
            false => page.n("similar-count", found.count),
        };
        let told = match found.failure_code {
            None => page.t("similar-no-code"),
            Some(_) => page.with("similar-told", &[("count", &count), ("days", &days)]),
        };
        let proposes = found.proposes_corrective_action;
        Ok(Self {
            told,
            all: all(&found),
            proposes: proposes.then(|| page.n("similar-proposes", found.proposes_from)),
            cases: cases(page, found),
        })
    }
}

/// The address of the list of all of them; the record itself is among them.
fn all(found: &SimilarView) -> Option<String> {
    let code = found.failure_code.as_deref().filter(|_| found.count > 0)?;
    let mut query = Serializer::new(String::new());
    query
        .append_pair("part_id", &found.part_id.to_string())
        .append_pair("failure_code", code)
        .append_pair("status", "!void")
        .append_pair("reported_after", &found.reported_after);
    Some(format!("/defects?{}", query.finish()))
}

fn cases(page: &Page, found: SimilarView) -> Vec<Case> {
    let newest = found.newest.into_iter();
    newest
        .map(|one| Case {
            id: one.id,
            tag_number: one.tag_number,
            title: one.title,
            status: page.word("status", one.status.word()),
            severity: one
                .severity
                .map(|severity| page.word("severity", severity.word()))
                .unwrap_or_default(),
            lot: one.lot_number.unwrap_or_default(),
            day: page.day(&one.reported_at),
        })
        .collect()
}
