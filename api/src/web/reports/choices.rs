//! What can be chosen on a page of reports: the filter, for all of them, and what a report takes besides.

use std::collections::HashMap;

use service::code::{self, CodeQuery};
use service::defects::DefectFilter;
use service::input::Input;
use service::partner::{self, PartnerQuery};
use service::report::{CopqBy, Interval, Measure, ParetoBy};
use service::rights::sees_cost;
use service::words::{CodeList, Origin, Severity};
use service::work_center::{self, WorkCenterQuery};
use service::{Draft, Error, Result, part, user};

use super::asked::Asked;
use crate::web::defects::worded;
use crate::web::page::Page;
use crate::web::visit::Visit;

/// Values, and what they are called.
pub(super) type Options = Vec<(String, String)>;

/// A choice of what a report takes.
pub(super) struct Choice {
    name: &'static str,
    options: Options,
    /// What it is called to choose nothing; where something must be chosen, nothing.
    empty: String,
}

/// The fields of the filter.
pub(super) struct Filters {
    centers: Options,
    suppliers: Options,
    codes: Options,
    severities: Options,
    origins: Options,
    /// What the filter says and no field shows: kept as it is.
    pub(super) others: Options,
    /// All that the filter says, for people.
    pub(super) tags: Vec<String>,
    /// The query without a filter.
    pub(super) cleared: String,
}

/// Of so many and more nobody chooses from a list: they are typed.
const MOST: &str = "200";

/// So many ids of one field are told by name; of more nobody reads the names.
const MOST_NAMED: usize = 20;

impl Choice {
    fn new(name: &'static str, options: Options) -> Self {
        Self {
            name,
            options,
            empty: String::new(),
        }
    }

    fn or_nothing(self, empty: String) -> Self {
        Self { empty, ..self }
    }

    /// The field.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The values.
    pub(super) fn options(&self) -> &[(String, String)] {
        &self.options
    }

    /// What it is called to choose nothing.
    pub(super) fn empty(&self) -> &str {
        &self.empty
    }

    /// Whether something must be chosen.
    pub(super) fn is_required(&self) -> bool {
        self.empty.is_empty()
    }
}

/// What a report takes besides filter and period.
pub(super) fn of_report(name: &str, visit: &Visit, page: &Page) -> Vec<Choice> {
    let top = || {
        let options = ["10", "20", "50", "100"].map(|count| (count.to_owned(), count.to_owned()));
        Choice::new("top", options.to_vec()).or_nothing(page.t("report-top-all"))
    };
    let interval = || {
        let words = Interval::ALL.iter().map(|word| word.word());
        Choice::new("interval", fixed(page, "report-interval", words))
    };
    let measure = || {
        let sees_cost = sees_cost(visit.actor.roles);
        let seen = Measure::ALL.iter();
        let seen = seen.filter(|word| sees_cost || **word != Measure::Cost);
        let words = seen.map(|word| word.word());
        Choice::new("measure", fixed(page, "report-measure", words))
    };
    match name {
        "pareto" => {
            let by = ParetoBy::ALL.iter().map(|word| word.word());
            vec![Choice::new("by", fields(page, by)), measure(), top()]
        }
        "trend" => vec![interval()],
        "copq" => {
            let by = CopqBy::ALL.iter().map(|word| word.word());
            let by = Choice::new("by", fields(page, by));
            vec![interval(), by.or_nothing(page.t("report-by-nothing"))]
        }
        "suppliers" => vec![top()],
        _ => Vec::new(),
    }
}

impl Filters {
    /// Reads what can be chosen from.
    pub(super) async fn of(visit: &Visit, page: &Page, asked: &Asked) -> Result<Self> {
        let mut filters = Self {
            centers: centers(visit).await?,
            suppliers: suppliers(visit).await?,
            codes: codes(visit).await?,
            severities: fixed(
                page,
                "severity",
                Severity::ALL.iter().map(|word| word.word()),
            ),
            origins: fixed(page, "origin", Origin::ALL.iter().map(|word| word.word())),
            others: Vec::new(),
            tags: Vec::new(),
            cleared: asked.without(DefectFilter::FIELDS).query(),
        };
        let said = asked.only(DefectFilter::FIELDS).filled();
        for (name, value) in &said {
            let shown = match filters.listed(name, value) {
                Some(label) => label,
                None => {
                    let names = names(visit, name, value).await?;
                    let shown = worded(page, name, value, |id| names.get(&id).cloned());
                    filters.keep(name, value, &shown);
                    shown
                }
            };
            let field = match name.as_str() {
                "filter" => page.t("report-filter"),
                name => page.field(name),
            };
            filters.tags.push(format!("{field}: {shown}"));
        }
        filters.others = said
            .into_iter()
            .filter(|(name, _)| !filters.shows(name))
            .collect();
        Ok(filters)
    }

    /// The options of a field, where it has some.
    fn options(&mut self, name: &str) -> Option<&mut Options> {
        let options = match name {
            "work_center_id" => &mut self.centers,
            "supplier_id" => &mut self.suppliers,
            "failure_code" => &mut self.codes,
            "severity" => &mut self.severities,
            "origin" => &mut self.origins,
            _ => return None,
        };
        Some(options).filter(|options| !options.is_empty())
    }

    /// What a value on the list of its field is called.
    fn listed(&mut self, name: &str, value: &str) -> Option<String> {
        let mut options = self.options(name)?.iter();
        let found = options.find(|(known, _)| known == value);
        found.map(|(_, label)| label.clone())
    }

    /// Puts a value that is not on the list of its field there, such as several values, so that the form keeps it.
    fn keep(&mut self, name: &str, value: &str, shown: &str) {
        if let Some(options) = self.options(name) {
            options.push((value.to_owned(), shown.to_owned()));
        }
    }

    /// Whether the form has a field of that name.
    fn shows(&self, name: &str) -> bool {
        match name {
            "part" | "filter" | "severity" | "origin" | "failure_code" => true,
            "work_center_id" => !self.centers.is_empty(),
            "work_center" => self.centers.is_empty(),
            "supplier_id" => !self.suppliers.is_empty(),
            "supplier" => self.suppliers.is_empty(),
            _ => false,
        }
    }

    /// Work centers; none where there are too many.
    pub(super) fn centers(&self) -> &[(String, String)] {
        &self.centers
    }

    /// Suppliers; none where there are too many.
    pub(super) fn suppliers(&self) -> &[(String, String)] {
        &self.suppliers
    }

    /// Failure codes; none where there are too many.
    pub(super) fn codes(&self) -> &[(String, String)] {
        &self.codes
    }

    /// Severities.
    pub(super) fn severities(&self) -> &[(String, String)] {
        &self.severities
    }

    /// Origins.
    pub(super) fn origins(&self) -> &[(String, String)] {
        &self.origins
    }
}

/// What the ids in a value of the filter stand for, as far as they are there.
async fn names(visit: &Visit, field: &str, value: &str) -> Result<HashMap<i64, String>> {
    let ids = value.split(',').map(|one| one.trim_start_matches('!'));
    let ids = ids.filter_map(|id| id.parse::<i64>().ok());
    let mut names = HashMap::new();
    for id in ids.take(MOST_NAMED) {
        match named(visit, field, id).await {
            Ok(name) => names.extend(name.map(|name| (id, name))),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(names)
}

/// What the id in a field stands for; nothing where the field holds none.
async fn named(visit: &Visit, field: &str, id: i64) -> Result<Option<String>> {
    let (system, actor) = (&visit.system, &visit.actor);
    Ok(match field {
        "part_id" => {
            let part = part::show(system, actor, id).await?;
            Some(format!("{} {}", part.number, part.revision))
        }
        "work_center_id" => {
            let place = work_center::show(system, actor, id).await?;
            Some(format!("{} {}", place.code, place.name))
        }
        "customer_id" | "supplier_id" => {
            let partner = partner::show(system, actor, id).await?;
            Some(format!("{} {}", partner.code, partner.name))
        }
        "assignee_id" | "reported_by_id" => Some(user::name(system, actor, id).await?.name),
        _ => None,
    })
}

/// Fixed words.
fn fixed(page: &Page, kind: &str, words: impl Iterator<Item = &'static str>) -> Options {
    words
        .map(|word| (word.to_owned(), page.word(kind, word)))
        .collect()
}

/// Fields of records.
fn fields(page: &Page, names: impl Iterator<Item = &'static str>) -> Options {
    names
        .map(|name| (name.to_owned(), page.field(name)))
        .collect()
}

/// What a list is asked with.
pub(super) fn listed<T: Input>(more: &[(&str, &str)]) -> Draft<T> {
    let pairs = [&[("limit", MOST)][..], more].concat();
    let pairs = pairs.into_iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Draft::pairs(&pairs)
}

pub(super) async fn centers(visit: &Visit) -> Result<Options> {
    let query = listed::<WorkCenterQuery>(&[]);
    let page = work_center::list(&visit.system, &visit.actor, &query).await?;
    if page.next_cursor.is_some() {
        return Ok(Vec::new());
    }
    let items = page.items.into_iter();
    let option = items.map(|item| (item.id.to_string(), format!("{} {}", item.code, item.name)));
    Ok(option.collect())
}

async fn suppliers(visit: &Visit) -> Result<Options> {
    let query = listed::<PartnerQuery>(&[("is_supplier", "true")]);
    let page = partner::list(&visit.system, &visit.actor, &query).await?;
    if page.next_cursor.is_some() {
        return Ok(Vec::new());
    }
    let items = page.items.into_iter();
    let option = items.map(|item| (item.id.to_string(), format!("{} {}", item.code, item.name)));
    Ok(option.collect())
}

async fn codes(visit: &Visit) -> Result<Options> {
    let query = listed::<CodeQuery>(&[("is_active", "true")]);
    let list = CodeList::FailureCode.word();
    let page = code::list(&visit.system, &visit.actor, list, &query).await?;
    if page.next_cursor.is_some() {
        return Ok(Vec::new());
    }
    let language = visit.actor.language;
    let items = page.items.into_iter();
    let option = items.map(|item| {
        let label = item.labels.of(language).or(item.labels.en.as_deref());
        let label = label.unwrap_or_default();
        (item.code.clone(), format!("{} {label}", item.code))
    });
    Ok(option.collect())
}
