//! What a page of reports is asked: the period, the filter, and what else a report takes, by the names of the service.
//!
//! Without a period a page shows twelve months, this one and those before it, so that months are whole.

use chrono::{Datelike, Months, NaiveDate};
use service::input::Input;
use service::{Draft, Error};
use url::form_urlencoded::Serializer;

use crate::problem::Problem;
use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// What was asked. A field that was left empty is not asked, but is known to have been on the form.
#[derive(Clone)]
pub(super) struct Asked {
    pairs: Vec<(String, String)>,
    today: NaiveDate,
}

/// A period that is taken by a link.
pub(super) struct Preset {
    pub(super) label: String,
    pub(super) address: String,
    pub(super) is_current: bool,
}

/// Fields of which boxes are ticked: each is a value of one list.
const LISTS: [&str; 2] = ["exclude", "rules"];

/// What the periods are called, and how many months they have.
const PRESETS: [(&str, u32); 3] = [("month", 1), ("quarter", 3), ("year", 12)];

/// How many months are shown unless said.
const MONTHS: u32 = 12;

impl Asked {
    /// Of the address of a page.
    pub(super) fn of(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self::sent(visit, visit.query()?.pairs()))
    }

    /// Of fields that were sent.
    pub(super) fn sent(visit: &Visit, sent: &[(String, String)]) -> Self {
        let mut asked = Self {
            pairs: Vec::new(),
            today: visit.system.settings.today(&visit.system.clock),
        };
        for (name, value) in sent {
            asked.add(name, value.trim());
        }
        if asked.value("from").is_empty() && asked.value("to").is_empty() {
            let (from, to) = months(asked.today, MONTHS);
            return asked.with(&[("from", from.as_str()), ("to", to.as_str())]);
        }
        asked
    }

    fn add(&mut self, name: &str, value: &str) {
        let is_list = LISTS.contains(&name);
        let mut pairs = self.pairs.iter_mut();
        match pairs.find(|(known, _)| is_list && known == name) {
            None => self.pairs.push((name.to_owned(), value.to_owned())),
            Some((_, values)) if values.is_empty() => values.push_str(value),
            Some((_, values)) => values.push_str(&format!(",{value}")),
        }
    }

    /// What was said in a field.
    pub(super) fn value(&self, name: &str) -> &str {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// With something where a field was not on the form.
    pub(super) fn or(mut self, name: &str, value: &str) -> Self {
        if !self.pairs.iter().any(|(known, _)| known == name) {
            self.pairs.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With other values; an empty one takes the field away.
    pub(super) fn with(&self, changes: &[(&str, &str)]) -> Self {
        let mut asked = self.clone();
        for (name, value) in changes {
            asked.pairs.retain(|(known, _)| known != name);
            if !value.is_empty() {
                asked.pairs.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        asked
    }

    /// Without some fields.
    pub(super) fn without(&self, names: &[&str]) -> Self {
        let mut asked = self.clone();
        asked
            .pairs
            .retain(|(known, _)| !names.contains(&known.as_str()));
        asked
    }

    /// With some fields alone, as far as something was said in them.
    pub(super) fn only(&self, names: &[&str]) -> Self {
        let mut asked = self.clone();
        let is_said = |name: &str, value: &str| !value.is_empty() && names.contains(&name);
        asked.pairs.retain(|(name, value)| is_said(name, value));
        asked
    }

    /// What was said.
    pub(super) fn filled(&self) -> Vec<(String, String)> {
        let filled = self.pairs.iter().filter(|(_, value)| !value.is_empty());
        filled.cloned().collect()
    }

    /// As the service reads it.
    pub(super) fn draft<T: Input>(&self) -> Draft<T> {
        Draft::pairs(&self.filled())
    }

    /// As a form shows it.
    pub(super) fn form(&self) -> Typed {
        Typed::with(self.pairs.clone())
    }

    /// As the query of an address.
    pub(super) fn query(&self) -> String {
        query(&self.filled())
    }

    /// Whether a period that ends on a day goes on until today.
    pub(super) fn reaches_today(&self, to: &str) -> bool {
        to.parse::<NaiveDate>().is_ok_and(|to| to >= self.today)
    }

    /// The periods that are taken by a link, of a page at an address. Points are numbered within a period, so that none is
    /// left out of another one.
    pub(super) fn presets(&self, page: &Page, address: &str) -> Vec<Preset> {
        let preset = |(word, count): &(&str, u32)| {
            let (from, to) = months(self.today, *count);
            let asked = self.without(&["exclude"]);
            let asked = asked.with(&[("from", from.as_str()), ("to", to.as_str())]);
            Preset {
                label: page.word("report-period", word),
                is_current: self.value("from") == from && self.value("to") == to,
                address: format!("{address}?{}", asked.query()),
            }
        };
        PRESETS.iter().map(preset).collect()
    }
}

/// Fields as the query of an address.
pub(super) fn query(pairs: &[(String, String)]) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs);
    query.finish()
}

/// The first day of so many months, this one included, and today.
fn months(today: NaiveDate, count: u32) -> (String, String) {
    let first = today.with_day(1).unwrap_or(today);
    let back = Months::new(count.saturating_sub(1));
    let from = first.checked_sub_months(back).unwrap_or(first);
    (from.to_string(), today.to_string())
}

/// What the service refuses by a code that has another meaning for each field: field, code, and a code that says it all.
const TOLD: [(&str, &str, &str); 10] = [
    ("from", "range", "report_period"),
    ("interval", "range", "report_points"),
    ("top", "range", "report_top"),
    ("exclude", "range", "report_exclude"),
    ("chart", "sample_size", "report_size"),
    ("limits_id", "mismatch", "report_mismatch"),
    ("limits_id", "unmet", "report_unmet"),
    ("limits_id", "sample_size", "report_limits_size"),
    ("from", "format", "report_day"),
    ("to", "format", "report_day"),
];

/// An error of the service, told by codes for which pages have words.
pub(super) fn told(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else {
        return error;
    };
    for error in &mut errors {
        let mut told = TOLD.iter();
        let code = told.find(|(field, code, _)| *field == error.field && *code == error.code);
        if let Some((.., code)) = code {
            error.code = (*code).to_owned();
        }
    }
    Error::Invalid(errors)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use service::Error;

    use super::{months, query, told};

    #[test]
    fn months_are_whole_but_for_this_one() {
        let today = "2026-11-20".parse().unwrap();
        let of = |count| months(today, count).0;
        assert_eq!(
            [1, 3, 12].map(of),
            ["2026-11-01", "2026-09-01", "2025-12-01"]
        );
        assert_eq!(months(today, 3).1, "2026-11-20");
    }

    #[test]
    fn a_query_says_what_a_field_says() {
        let pairs = [("filter".to_owned(), "lot:\"A 1\" & x".to_owned())];
        assert_eq!(query(&pairs), "filter=lot%3A%22A+1%22+%26+x");
    }

    #[test]
    fn what_is_wrong_is_told_by_a_code_of_its_own() {
        let code = |field: &str, code: &str| match told(Error::field(field, code, "…")) {
            Error::Invalid(errors) => errors[0].code.clone(),
            _ => String::new(),
        };
        assert_eq!(code("from", "range"), "report_period");
        assert_eq!(code("part_id", "range"), "range");
    }
}
