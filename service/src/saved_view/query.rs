//! What a view keeps: the parameters of the list of defects, as they were sent.
//!
//! They are read as the list reads them, so that a view holds nothing that the list would refuse, and kept as they are:
//! `-30d` and `me` mean what they mean to whoever reads the view, when he does. A text is what would stand in the list's
//! address (`"critical,major"`); an array, a number, a yes or no are as in a body (`["critical", "major"]`).

use serde_json::{Map, Value as Json, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::defects::{DefectFilter, DefectQuery, Sort};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::value::{Problems, Value, refuse};

crate::input! {
    /// Which defects a view shows, and in which order: the parameters of the list, without those of a page.
    pub struct ViewQuery {
        ..filter: DefectFilter,
        /// The order; `-reported_at` unless said.
        sort: optional Sort,
    }
}

/// How many bytes it may have as JSON.
const LONGEST: usize = 20_000;

/// The parameters as they were sent, without those that are null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptQuery(Map<String, Json>);

impl Value for KeptQuery {
    fn from_json(value: &Json) -> std::result::Result<Self, Problems> {
        let Json::Object(sent) = value else {
            return refuse("type", "must be an object of the parameters of /defects");
        };
        if let Err(Error::Invalid(problems)) = Draft::<ViewQuery>::kept(sent).check() {
            return Err(problems);
        }
        let said = sent.iter().filter(|(_, value)| !value.is_null());
        let kept = Self(
            said.map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        );
        if kept.text().len() > LONGEST {
            let message = format!("must have at most {LONGEST} bytes as JSON");
            return refuse("too_long", message);
        }
        Ok(kept)
    }

    fn schema() -> RefOr<Schema> {
        <ViewQuery as Value>::schema()
    }
}

impl KeptQuery {
    /// The parameters in which it asks for cost, as fields of a view.
    pub(super) fn asks_cost(&self) -> Vec<String> {
        asks_cost(&self.0)
    }

    /// As it is stored: JSON with the names in their order.
    pub(super) fn text(&self) -> String {
        Json::Object(self.0.clone()).to_string()
    }
}

/// What is stored, as JSON.
pub(super) fn stored(text: &str) -> Result<Map<String, Json>> {
    serde_json::from_str(text)
        .map_err(|error| Error::internal(format!("a saved view's query is no object: {error}")))
}

/// Where what is stored asks for cost, as [`KeptQuery::asks_cost`] says it.
pub(super) fn asks_cost(query: &Map<String, Json>) -> Vec<String> {
    let draft = Draft::<ViewQuery>::kept(query);
    // What means nothing any more asks for nothing.
    let fields = draft.check().map(|query| query.filter.asks_cost());
    let fields = fields.unwrap_or_default().into_iter();
    fields.map(|field| format!("query.{field}")).collect()
}

/// The list of a view's newest records, and how many there are in all.
pub(super) fn newest(text: &str, most: u64) -> Result<Draft<DefectQuery>> {
    let mut query = stored(text)?;
    for (name, value) in [
        ("sort", json!(Sort::NewestReported)),
        ("limit", json!(most)),
        ("count", json!("true")),
    ] {
        query.insert(name.to_owned(), value);
    }
    Ok(Draft::kept(&query))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn wrong(query: &Json) -> Vec<String> {
        let problems = KeptQuery::from_json(query).unwrap_err();
        let told = problems.into_iter();
        told.map(|problem| format!("{} {}", problem.field, problem.code))
            .collect()
    }

    #[test]
    fn what_is_kept_is_what_was_sent() {
        let sent = json!({"status": "reported,analysis", "severity": ["critical"], "overdue": true, "sort": "tag_number", "origin": null});
        let kept = KeptQuery::from_json(&sent).unwrap();
        let expected = r#"{"overdue":true,"severity":["critical"],"sort":"tag_number","status":"reported,analysis"}"#;
        assert_eq!(kept.text(), expected);
        let list = newest(expected, 10).unwrap();
        let list = list.check().unwrap();
        assert_eq!(
            (list.sort, list.limit.map(|limit| limit.0)),
            (Some(Sort::NewestReported), Some(10))
        );
    }

    #[test]
    fn what_the_list_would_refuse_is_refused_with_its_place() {
        assert_eq!(
            wrong(&json!({"severity": ["critical", "grave"]})),
            ["severity[1] choice"]
        );
        assert_eq!(
            wrong(&json!({"severity": "critical,grave"})),
            ["severity choice"]
        );
        assert_eq!(
            wrong(&json!({"cursor": "x", "limit": 5, "colour": "red"})),
            ["colour unknown", "cursor unknown", "limit unknown"]
        );
        assert_eq!(
            wrong(&json!({"part_id": [0], "overdue": "perhaps"})),
            ["part_id[0] range", "overdue type"]
        );
        assert_eq!(wrong(&json!(["severity"])), [" type"]);
        let longest = vec!["\u{1f529}".repeat(40); 100];
        assert!(KeptQuery::from_json(&json!({"tag_number": longest})).is_ok());
        assert_eq!(
            wrong(&json!({"tag_number": longest, "failure_code": longest})),
            [" too_long"]
        );
    }
}
