//! What the list is asked for, and the addresses that ask for it.
//!
//! An address holds the service's own parameters, so that a link from the list is a filter of the API and the other way
//! round; `columns` and `view` are the page's. `view=all` stands where nothing is filtered: an address without any
//! parameter begins with the visitor's own view.

use serde_json::Value as Json;
use service::Draft;
use service::defects::DefectQuery;
use service::defects::export::ExportSort;
use url::form_urlencoded::Serializer;

use crate::extract;
use crate::problem::Problem;

/// Parameters that are none of a filter: ours, and those of a page.
const BESIDES: [&str; 3] = ["view", "limit", "count"];

/// What the list is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// Filters and the order, as the service takes them.
    pub(super) pairs: Vec<(String, String)>,
    /// Which columns are shown; the usual ones where none is named.
    pub(super) columns: Vec<String>,
    /// Whether nothing is said about which records.
    pub(super) is_bare: bool,
    cursor: String,
}

impl Asked {
    /// Reads a query.
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            is_bare: true,
            ..Self::default()
        };
        for (name, value) in extract::pairs(query)? {
            match name.as_str() {
                "done" => {}
                "columns" => {
                    let named = value.split(',').filter(|name| !name.is_empty());
                    asked.columns.extend(named.map(str::to_owned));
                }
                "cursor" => {
                    asked.is_bare = false;
                    asked.cursor = value;
                }
                _ => {
                    asked.is_bare = false;
                    if !value.is_empty() && !BESIDES.contains(&name.as_str()) {
                        asked.pairs.push((name, value));
                    }
                }
            }
        }
        Ok(asked)
    }

    /// What is asked by a parameter; empty where nothing is.
    pub(super) fn value(&self, name: &str) -> &str {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether the page is a later one.
    pub(super) fn is_later(&self) -> bool {
        !self.cursor.is_empty()
    }

    /// Whether it asks for what these pairs do.
    pub(super) fn is_for(&self, pairs: &[(String, String)]) -> bool {
        let sorted = |pairs: &[(String, String)]| {
            let mut pairs = pairs.to_vec();
            pairs.sort();
            pairs
        };
        sorted(&self.pairs) == sorted(pairs)
    }

    /// As the service reads it.
    pub(super) fn draft(&self) -> Draft<DefectQuery> {
        let mut pairs = self.pairs.clone();
        pairs.push(("count".to_owned(), "true".to_owned()));
        if self.is_later() {
            pairs.push(("cursor".to_owned(), self.cursor.clone()));
        }
        Draft::pairs(&pairs)
    }

    /// The query of the page that is asked for.
    pub(super) fn query(&self) -> String {
        let cursor = ("cursor", self.cursor.as_str());
        self.written(&self.pairs, self.is_later().then_some(cursor))
    }

    /// The address of that page.
    pub(super) fn here(&self) -> String {
        format!("/defects?{}", self.query())
    }

    /// The address of the first page.
    pub(super) fn address(&self) -> String {
        self.elsewhere(&self.pairs)
    }

    /// The address of the page that begins there.
    pub(super) fn page_at(&self, cursor: &str) -> String {
        let query = self.written(&self.pairs, Some(("cursor", cursor)));
        format!("/defects?{query}")
    }

    /// The address of another filter, with the same columns.
    pub(super) fn elsewhere(&self, pairs: &[(String, String)]) -> String {
        format!("/defects?{}", self.written(pairs, None))
    }

    /// The address with another value of the parameter at that place, or without it.
    pub(super) fn with(&self, place: usize, value: &str) -> String {
        let mut pairs = self.pairs.clone();
        if value.is_empty() {
            pairs.remove(place);
        } else if let Some(pair) = pairs.get_mut(place) {
            value.clone_into(&mut pair.1);
        }
        self.elsewhere(&pairs)
    }

    /// The address of the same records as a file; a file has fewer orders.
    pub(super) fn export(&self, format: &str) -> String {
        let fits =
            |(name, value): &&(String, String)| name != "sort" || ExportSort::of(value).is_some();
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(fits));
        query.append_pair("format", format);
        format!("/defects/export?{}", query.finish())
    }

    /// What a form has to say besides its own fields, so that the rest stays as it is.
    pub(super) fn besides(&self, fields: &[&str]) -> Vec<(String, String)> {
        let others = self.pairs.iter();
        let others = others.filter(|(name, _)| !fields.contains(&name.as_str()));
        let mut all: Vec<_> = others.cloned().collect();
        if !self.columns.is_empty() && !fields.contains(&"columns") {
            all.push(("columns".to_owned(), self.columns.join(",")));
        }
        if all.is_empty() {
            all.push(("view".to_owned(), "all".to_owned()));
        }
        all
    }

    fn written(&self, pairs: &[(String, String)], more: Option<(&str, &str)>) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(pairs);
        if pairs.is_empty() {
            query.append_pair("view", "all");
        }
        if !self.columns.is_empty() {
            query.append_pair("columns", &self.columns.join(","));
        }
        if let Some((name, value)) = more {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

/// The parameters that a saved view keeps, as they stand in an address.
pub(super) fn pairs_of(kept: &Json) -> Vec<(String, String)> {
    let kept = kept.as_object().into_iter().flatten();
    kept.filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), text_of(value)))
        .collect()
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(text_of).collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use serde_json::json;

    use super::{Asked, pairs_of};

    #[test]
    fn what_is_filtered_is_told_from_what_is_the_pages_own() {
        let query =
            "status=open&q=&columns=title,part&columns=due_at&sort=-updated_at&limit=9&done=saved";
        let asked = Asked::read(query).unwrap();
        assert!(!asked.is_bare && !asked.is_later());
        assert_eq!(
            asked.query(),
            "status=open&sort=-updated_at&columns=title%2Cpart%2Cdue_at"
        );
        assert_eq!(
            asked.with(0, ""),
            "/defects?sort=-updated_at&columns=title%2Cpart%2Cdue_at"
        );
        assert_eq!(
            asked.export("csv"),
            "/defects/export?status=open&format=csv"
        );
        assert_eq!(
            asked.besides(&["status", "sort", "columns"]),
            [("view".to_owned(), "all".to_owned())]
        );
        let later = Asked::read("cursor=c%2B&q=burr").unwrap();
        assert_eq!(
            (later.query().as_str(), later.address().as_str()),
            ("q=burr&cursor=c%2B", "/defects?q=burr")
        );
        assert!(Asked::read("done=saved&columns=title").unwrap().is_bare);
        assert!(!Asked::read("view=all").unwrap().is_bare);
    }

    #[test]
    fn a_view_is_asked_for_as_it_was_kept() {
        let kept = json!({"severity": ["critical", "major"], "overdue": true, "part_id": [7], "q": "a,b", "origin": null});
        let pairs = pairs_of(&kept);
        let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs,
            [
                text("overdue", "true"),
                text("part_id", "7"),
                text("q", "a,b"),
                text("severity", "critical,major")
            ]
        );
        let asked = Asked::read("severity=critical,major&q=a,b&part_id=7&overdue=true").unwrap();
        assert!(asked.is_for(&pairs) && !asked.is_for(&pairs[1..]));
    }
}
