//! The filter as people write it: `severity:major status:open part:PN-1* -supplier:none "weld crack"`.
//!
//! Each `name:values` is a parameter of the filter by its own or a shorter name ([`SHORT`]), so that both ways mean the
//! same and are checked by the same code; what has no name is searched for. A mistake is told with its place.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::DefectFilter;
use crate::error::FieldError;
use crate::input::{Draft, Input};
use crate::value::{Day, Problems, Text, Value, refuse};

/// A filter in one text, of at most 1,000 characters.
#[derive(Clone, Debug)]
pub struct FilterText {
    text: String,
    filter: Box<DefectFilter>,
}

const LONGEST: usize = 1_000;
const MOST_TERMS: usize = 50;

/// Shorter names of parameters.
const SHORT: &[(&str, &str)] = &[
    ("tag", "tag_number"),
    ("center", "work_center"),
    ("code", "failure_code"),
    ("reporter", "reported_by"),
    ("lot", "lot_number"),
    ("order", "work_order"),
    ("external", "external_id"),
    ("quantity", "quantity_defective"),
    ("cost", "cost_total"),
    ("contained", "is_contained"),
    ("hold", "on_hold"),
];

/// What has a time: `reported:-30d`, `reported:>=2026-01-01`, `reported:2026-01-01..2026-02-01`; its parameters end in
/// `_after` and `_before`.
const TIMES: &[&str] = &["reported", "detected", "due", "closed", "updated"];

/// Parameters that are yes or no.
const FLAGS: &[&str] = &["is_contained", "on_hold", "overdue"];

/// Parameters that cannot be turned round by a minus.
const PLAIN: &[&str] = &["external_id", "quantity_defective", "cost_total"];

impl FilterText {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it means.
    pub fn filter(&self) -> &DefectFilter {
        &self.filter
    }

    /// Its terms one by one, as they were written; with blanks between them they are the filter again.
    pub fn terms(&self) -> Vec<String> {
        let terms = terms(&self.text).unwrap_or_default();
        terms.into_iter().map(|term| term.text).collect()
    }
}

impl Value for FilterText {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let Text(text) = Text::<LONGEST>::from_json(value)?;
        let clauses = read(&text)?;
        let pairs: Vec<(String, String)> = clauses
            .iter()
            .map(|clause| (clause.parameter.clone(), clause.value.clone()))
            .collect();
        match Draft::<DefectFilter>::pairs(&pairs).outcome() {
            Ok(filter) => Ok(Self {
                text,
                filter: Box::new(filter),
            }),
            Err(problems) => Err(problems
                .into_iter()
                .map(|problem| placed(&clauses, problem))
                .collect()),
        }
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .min_length(Some(1))
            .max_length(Some(LONGEST))
            .examples(["severity:major status:open"])
            .into()
    }
}

/// A parameter, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    parameter: String,
    value: String,
    written: String,
    /// The place of its first character, from 1.
    place: usize,
}

/// A word between blanks, quotes kept together.
struct Term {
    place: usize,
    text: String,
}

fn read(text: &str) -> Result<Vec<Clause>, Problems> {
    let terms = terms(text)?;
    let (mut clauses, mut searched, mut problems) = (Vec::<Clause>::new(), Vec::new(), Vec::new());
    for term in terms {
        match named(&term) {
            None => searched.push(term),
            Some(Ok(found)) => {
                for clause in found {
                    match clauses
                        .iter()
                        .find(|known| known.parameter == clause.parameter)
                    {
                        None => clauses.push(clause),
                        Some(known) => problems.push(at(
                            clause.place,
                            &clause.written,
                            &format!(
                                "says again what `{}` says; separate several values by commas",
                                known.written
                            ),
                        )),
                    }
                }
            }
            Some(Err(problem)) => problems.push(problem),
        }
    }
    if let Some(first) = searched.first() {
        let words: Vec<&str> = searched.iter().map(|term| term.text.as_str()).collect();
        clauses.push(Clause {
            parameter: SEARCH.to_owned(),
            value: words.join(" "),
            written: words.join(" "),
            place: first.place,
        });
    }
    if problems.is_empty() {
        Ok(clauses)
    } else {
        Err(problems)
    }
}

/// The parameter of what has no name.
const SEARCH: &str = "q";

/// Words between blanks; blanks in quotes do not count.
fn terms(text: &str) -> Result<Vec<Term>, Problems> {
    let (mut terms, mut open) = (Vec::<Term>::new(), None);
    let mut is_inside = false;
    for (place, c) in (1..).zip(text.chars()) {
        if c.is_whitespace() && open.is_none() {
            is_inside = false;
            continue;
        }
        if c == '"' {
            open = if open.is_some() { None } else { Some(place) };
        }
        match terms.last_mut().filter(|_| is_inside) {
            Some(term) => term.text.push(c),
            None => terms.push(Term {
                place,
                text: c.to_string(),
            }),
        }
        is_inside = true;
    }
    if let Some(place) = open {
        return Err(vec![at(place, "\"", "opens a quotation that does not end")]);
    }
    if terms.len() > MOST_TERMS {
        return refuse(
            "too_long",
            format!(
                "must have at most {MOST_TERMS} terms; it has {}",
                terms.len()
            ),
        );
    }
    Ok(terms)
}

/// The parameters of a term that has a name.
fn named(term: &Term) -> Option<Result<Vec<Clause>, FieldError>> {
    let (is_not, rest) = match term.text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, term.text.as_str()),
    };
    let (name, value) = rest.split_once(':')?;
    // A quotation that has a colon in it is searched for.
    if name.contains('"') {
        return None;
    }
    let value = value.replace('"', "");
    let clauses = if TIMES.contains(&name) {
        times(name, &value, is_not)
    } else {
        parameter(name).and_then(|name| {
            turned(name, value, is_not).map(|value| vec![(name.to_owned(), value)])
        })
    };
    Some(match clauses {
        Ok(clauses) => Ok(clauses
            .into_iter()
            .map(|(parameter, value)| Clause {
                parameter,
                value,
                written: term.text.clone(),
                place: term.place,
            })
            .collect()),
        Err(message) => Err(at(term.place, &term.text, &message)),
    })
}

/// A parameter by its own or its shorter name.
fn parameter(name: &str) -> Result<&'static str, String> {
    let long = SHORT
        .iter()
        .find(|(short, _)| *short == name)
        .map_or(name, |(_, long)| long);
    let fields = || {
        DefectFilter::FIELDS
            .iter()
            .filter(|field| **field != FILTER && **field != SEARCH)
    };
    if let Some(field) = fields().find(|field| **field == long) {
        return Ok(field);
    }
    let known: Vec<&str> = SHORT
        .iter()
        .map(|(short, _)| *short)
        .chain(TIMES.iter().copied())
        .chain(fields().copied())
        .collect();
    Err(format!(
        "has no name that is known here; allowed are {}",
        known.join(", ")
    ))
}

/// A filter in a filter.
const FILTER: &str = "filter";

/// A value with a minus in front of its name.
fn turned(name: &str, value: String, is_not: bool) -> Result<String, String> {
    if !is_not {
        return Ok(value);
    }
    if FLAGS.contains(&name) {
        return Ok(match value.as_str() {
            "true" => "false".to_owned(),
            "false" => "true".to_owned(),
            _ => value,
        });
    }
    if PLAIN.contains(&name) || name.ends_with("_after") || name.ends_with("_before") {
        return Err("cannot be turned round with a minus".to_owned());
    }
    let others = value.split(',').map(|value| match value.strip_prefix('!') {
        Some(value) if !value.is_empty() => value.to_owned(),
        _ => format!("!{value}"),
    });
    Ok(others.collect::<Vec<_>>().join(","))
}

/// `-30d`, `>=a`, `>a`, `<b`, `a..b`, or a day.
fn times(name: &str, value: &str, is_not: bool) -> Result<Vec<(String, String)>, String> {
    if is_not {
        return Err("cannot be turned round with a minus; say `<` or `>=`".to_owned());
    }
    let (after, before) = if let Some(value) = value.strip_prefix(">=").or(value.strip_prefix('>'))
    {
        (Some(value.to_owned()), None)
    } else if let Some(value) = value.strip_prefix("<") {
        (None, Some(value.to_owned()))
    } else if let Some((after, before)) = value.split_once("..") {
        let end = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        (end(after), end(before))
    } else if let Ok(day) = Day::from_text(value) {
        (
            Some(value.to_owned()),
            day.0
                .succ_opt()
                .map(|next| next.format("%Y-%m-%d").to_string()),
        )
    } else {
        (Some(value.to_owned()), None)
    };
    let ends = [("after", after), ("before", before)];
    let clauses: Vec<_> = ends
        .into_iter()
        .filter_map(|(end, value)| Some((format!("{name}_{end}"), value?)))
        .collect();
    if clauses.is_empty() {
        return Err("must have a beginning or an end, such as -30d.. or ..2026-01-01".to_owned());
    }
    Ok(clauses)
}

fn at(place: usize, written: &str, message: &str) -> FieldError {
    FieldError::new(
        "",
        "syntax",
        format!("at character {place}: `{written}` {message}"),
    )
}

/// What is wrong with a value, at the place where it was written.
fn placed(clauses: &[Clause], problem: FieldError) -> FieldError {
    let name = problem.field.split(['.', '[']).next().unwrap_or_default();
    let Some(clause) = clauses.iter().find(|clause| clause.parameter == name) else {
        return FieldError {
            field: String::new(),
            ..problem
        };
    };
    let message = format!(
        "at character {}: `{}` {}",
        clause.place, clause.written, problem.message
    );
    FieldError::new("", &problem.code, message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::{FilterText, Value, read};

    fn pairs(text: &str) -> Vec<(String, String)> {
        read(text)
            .unwrap()
            .into_iter()
            .map(|clause| (clause.parameter, clause.value))
            .collect()
    }

    fn refused(text: &str) -> String {
        let problems = FilterText::from_text(text).unwrap_err();
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn each_name_is_a_parameter() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs("severity:major,minor  status:open part:PN-1* -supplier:none lot:\"A 1\""),
            [
                pair("severity", "major,minor"),
                pair("status", "open"),
                pair("part", "PN-1*"),
                pair("supplier", "!none"),
                pair("lot_number", "A 1"),
            ]
        );
        assert_eq!(
            pairs("-overdue:true -status:!closed,void"),
            [pair("overdue", "false"), pair("status", "closed,!void")]
        );
        assert_eq!(
            pairs("weld \"crack: deep\" code:X -rust"),
            [
                pair("failure_code", "X"),
                pair("q", "weld \"crack: deep\" -rust")
            ]
        );
    }

    #[test]
    fn terms_are_kept_as_they_were_written() {
        let filter = FilterText::from_text("  lot:\"A 1\"  -status:void weld ").unwrap();
        assert_eq!(filter.terms(), ["lot:\"A 1\"", "-status:void", "weld"]);
    }

    #[test]
    fn times_have_a_beginning_an_end_or_both() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("reported:-30d"), [pair("reported_after", "-30d")]);
        assert_eq!(pairs("due:<today"), [pair("due_before", "today")]);
        assert_eq!(
            pairs("closed:>=2026-01-01"),
            [pair("closed_after", "2026-01-01")]
        );
        assert_eq!(
            pairs("reported:2026-01-01..-1m"),
            [
                pair("reported_after", "2026-01-01"),
                pair("reported_before", "-1m")
            ]
        );
        assert_eq!(
            pairs("detected:2026-12-31"),
            [
                pair("detected_after", "2026-12-31"),
                pair("detected_before", "2027-01-01")
            ]
        );
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        assert!(refused("status:open sevrity:major").starts_with(
            "at character 13: `sevrity:major` has no name that is known here; allowed are tag, "
        ));
        assert!(
            refused("status:open severity:bad")
                .starts_with("at character 13: `severity:bad` must be one of `critical`")
        );
        assert!(refused("a \"b").starts_with("at character 3: `\"` opens a quotation"));
        assert!(
            refused("status:open status:closed").contains("says again what `status:open` says")
        );
        assert!(refused("filter:x").contains("at character 1: `filter:x` has no name"));
        assert!(refused("-quantity:5").contains("cannot be turned round"));
        assert!(refused("-cost:5").contains("cannot be turned round"));
        assert!(
            refused("status:open cost:9..1").starts_with("at character 13: `cost:9..1` is empty")
        );
        assert!(refused("due:..").contains("must have a beginning or an end"));
        assert!(refused(&"a ".repeat(51)).contains("at most 50 terms"));
        assert!(refused(&"a".repeat(1_001)).contains("at most 1000 characters"));
    }
}
