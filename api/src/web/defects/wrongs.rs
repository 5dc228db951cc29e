//! What was refused, as pages of many records tell it: which field, what is wrong with it in the visitor's language, and the
//! service's own words where those say more.

use service::FieldError;
use service::page::Page as Rows;
use service::words::Language;

use crate::problem::Problem;
use crate::web::page::Page;

/// The parameter that holds a filter as people write it.
const FILTER: &str = "filter";

/// One thing that is wrong.
pub(in crate::web) struct Told {
    /// The field, as it is sent.
    pub(in crate::web) field: String,
    pub(in crate::web) text: String,
    /// More of it, in English.
    pub(in crate::web) detail: String,
}

/// All that a problem says is wrong.
pub(in crate::web) fn told(page: &Page, problem: &Problem) -> Vec<Told> {
    let document = problem.document();
    if document.errors.is_empty() {
        return vec![Told {
            field: String::new(),
            text: page.word("fault", problem.kind().word()),
            detail: document.detail,
        }];
    }
    let errors = document.errors.iter();
    errors.map(|error| Told::of(page, error)).collect()
}

/// What a field or a filter is called.
pub(in crate::web) fn label(page: &Page, field: &str) -> String {
    let name = field.split(['.', '[']).next().unwrap_or(field);
    let ours = format!("list-field-{}", name.replace('_', "-"));
    let known = page.words.maybe(&ours);
    known.unwrap_or_else(|| page.field(name))
}

/// How many rows a list has, as people write it: `37`, or `1,000+` where they were counted no further. In Spanish four
/// digits stand together, and a space is between more.
pub(in crate::web) fn counted<T>(language: Language, rows: &Rows<T>) -> String {
    let total = rows.total.unwrap_or_default();
    let parted = |sign: char| format!("{}{sign}{:03}", total / 1_000, total % 1_000);
    let text = match (language, total) {
        (Language::Spanish, 10_000..) => parted('\u{a0}'),
        (Language::English | Language::Chinese, 1_000..) => parted(','),
        _ => total.to_string(),
    };
    match rows.total_is_minimum {
        Some(true) => format!("{text}+"),
        _ => text,
    }
}

impl Told {
    fn of(page: &Page, error: &FieldError) -> Self {
        let label = label(page, &error.field);
        let (text, detail) = match placed(error) {
            Some((place, written, what)) => {
                let place = place.to_string();
                let arguments = [("place", place.as_str()), ("written", written)];
                (page.with("list-wrong-at", &arguments), what.to_owned())
            }
            None => plainly(page, error),
        };
        Self {
            field: error.field.clone(),
            text: format!("{label}: {text}"),
            detail,
        }
    }
}

/// In the page's language, and in the service's words where they say more.
fn plainly(page: &Page, error: &FieldError) -> (String, String) {
    let text = match (error.code.as_str(), error.field.as_str()) {
        ("unmet", _) => page.t("list-unmet"),
        ("forbidden", "cost_total" | FILTER) => page.t("list-hidden"),
        _ => page.wrong(error),
    };
    if page.language() == "en" || text == error.message {
        (error.message.clone(), String::new())
    } else {
        (text, error.message.clone())
    }
}

/// A mistake in a filter: its place, what is written there, and what is wrong with it.
fn placed(error: &FieldError) -> Option<(usize, &str, &str)> {
    if error.field != FILTER {
        return None;
    }
    let rest = error.message.strip_prefix("at character ")?;
    let (place, rest) = rest.split_once(": `")?;
    let (written, what) = rest.split_once("` ")?;
    Some((place.parse().ok()?, written, what))
}

/// A filter around its first mistake.
pub(super) struct Marked {
    pub(super) before: String,
    pub(super) wrong: String,
    pub(super) after: String,
}

impl Marked {
    /// The filter that a problem is about; none where the mistake is elsewhere.
    pub(super) fn of(filter: &str, problem: &Problem) -> Option<Self> {
        let errors = problem.document().errors;
        let (place, written, _) = errors.iter().find_map(placed)?;
        let mut letters = filter.chars();
        let before = letters.by_ref().take(place.checked_sub(1)?).collect();
        let wrong = letters.by_ref().take(written.chars().count()).collect();
        Some(Self {
            before,
            wrong,
            after: letters.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use service::Error;
    use service::page::Page as Rows;
    use service::words::Language;

    use super::{Marked, counted};

    #[test]
    fn a_mistake_is_marked_at_its_place() {
        let message = "at character 5: `x:\u{e9}` has no name that is known here";
        let problem = Error::field("filter", "syntax", message).into();
        let marked = Marked::of("\u{7f3a} a x:\u{e9} b", &problem).unwrap();
        assert_eq!(
            (marked.before.as_str(), marked.after.as_str()),
            ("\u{7f3a} a ", " b")
        );
        let elsewhere = Error::field("status", "choice", message).into();
        assert!(Marked::of("a", &elsewhere).is_none());
    }

    #[test]
    fn what_was_not_counted_on_is_said() {
        let rows = |total, total_is_minimum| Rows::<()> {
            items: Vec::new(),
            next_cursor: None,
            total,
            total_is_minimum,
        };
        for (language, told) in [
            (Language::English, ["37", "1,000+", "12,034"]),
            (Language::Spanish, ["37", "1000+", "12\u{a0}034"]),
            (Language::Chinese, ["37", "1,000+", "12,034"]),
        ] {
            let few = counted(language, &rows(Some(37), None));
            let many = counted(language, &rows(Some(1_000), Some(true)));
            let all = counted(language, &rows(Some(12_034), None));
            assert_eq!([few, many, all], told);
        }
    }
}
