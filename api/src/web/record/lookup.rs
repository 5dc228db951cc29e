//! From what forms write to what the service wants, and what there is to choose from.
//!
//! People know parts, work centers, partners and each other by codes and names. Where a list is short it is chosen from;
//! where it is long, its code or its beginning is typed, and it has to be the only one that is meant.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use chrono_tz::Tz;
use futures_util::future::try_join_all;
use service::code::{self, CodeQuery, CodeView};
use service::defects::PermissionsView;
use service::input::Input;
use service::page::Page as Rows;
use service::reference::PersonRef;
use service::rights::field;
use service::user::NamesQuery;
use service::value::Instant;
use service::words::{CodeList, Language};
use service::{Draft, Error, System, part, partner, user, work_center};

use super::fields::{Field, Kind};
use super::texts::{Record, person_key};
use crate::web::page::Page;
use crate::web::tag;
use crate::web::typed::Typed;
use crate::web::visit::Visit;
use crate::web::wording::TOLD;

/// A list that has more is not chosen from, but typed.
const MOST: usize = 100;

/// How many lists are read side by side: a page must not take all connections that there are.
const AT_ONCE: usize = 3;

/// No zone has put its clocks forward by more minutes.
const MOST_SKIPPED: i64 = 24 * 60;

/// Something that a field may name.
struct Found {
    /// As forms write it.
    key: String,
    /// As people read it.
    label: String,
    /// As the service wants it.
    value: String,
}

/// The first two hundred people who may be named, in the order in which they came.
#[derive(Default)]
pub(super) struct People {
    first: Vec<PersonRef>,
    is_more: bool,
}

impl People {
    /// Those whom a visitor may name on a record's page; nobody where he names nobody.
    pub(super) async fn of(visit: &Visit, may: &PermissionsView) -> Result<Self, Error> {
        let asked = ["assignee_id", field::LABOR];
        match asked.iter().any(|name| may.writes(name)) {
            true => Self::read(visit).await,
            false => Ok(Self::default()),
        }
    }

    /// Reads them.
    pub(super) async fn read(visit: &Visit) -> Result<Self, Error> {
        let asked = Typed::with([("limit", "200")]).draft::<NamesQuery>();
        let found = user::names(&visit.system, &visit.actor, &asked).await?;
        Ok(Self {
            is_more: found.next_cursor.is_some(),
            first: found.items,
        })
    }

    /// To choose from by their ids.
    pub(super) fn choices(&self) -> Vec<(String, String)> {
        let people = self.first.iter();
        people
            .map(|one| (one.id.to_string(), one.name.clone()))
            .collect()
    }
}

/// Lists of the plant to choose from, and whether each is too long for that.
pub(super) struct Lists(Vec<(Kind, Vec<Found>, bool)>);

impl Lists {
    /// The lists of some kinds; that of people was read before.
    pub(super) async fn of(visit: &Visit, kinds: &[Kind], people: &People) -> Result<Self, Error> {
        let is_known = |kind: &Kind| *kind == Kind::Person;
        let (known, others): (Vec<Kind>, Vec<Kind>) = kinds.iter().copied().partition(is_known);
        let mut lists = Vec::new();
        if !known.is_empty() {
            let found = people.first.iter().cloned().map(person).collect();
            let is_long = people.is_more || people.first.len() > MOST;
            lists.push((Kind::Person, found, is_long));
        }
        for some in others.chunks(AT_ONCE) {
            let read = some.iter().map(|kind| in_use(visit, *kind, &[]));
            let read = try_join_all(read).await?;
            for (kind, (found, is_more)) in some.iter().zip(read) {
                lists.push((*kind, found, is_more));
            }
        }
        Ok(Self(lists))
    }

    /// What a field may be, as forms write it and as people read it; `now` is what it is. Nothing where that is too much
    /// to choose from.
    pub(super) fn choices(&self, kind: Kind, now: (&str, &str)) -> Option<Vec<(String, String)>> {
        let (_, found, _) = self
            .0
            .iter()
            .find(|(of, _, is_long)| *of == kind && !is_long)?;
        let choices = found.iter().map(|one| (one.key.clone(), one.label.clone()));
        let mut choices: Vec<_> = choices.collect();
        // What it is now may be in use no more.
        if !now.0.is_empty() && !choices.iter().any(|(key, _)| key == now.0) {
            choices.insert(0, (now.0.to_owned(), now.1.to_owned()));
        }
        Some(choices)
    }
}

/// What a field of a record says, for people, codes with what they stand for.
pub(super) async fn told(
    visit: &Visit,
    page: &Page,
    record: &Record,
    field: &Field,
) -> Result<String, Error> {
    let text = record.told(page, field);
    match field.kind {
        Kind::Code(list) if !text.is_empty() => label(visit, list, &text).await,
        _ => Ok(text),
    }
}

/// What the text of a form means, as the service wants it.
pub(super) async fn meant(visit: &Visit, field: &Field, text: &str) -> Result<String, Error> {
    let trimmed = text.trim();
    match field.kind {
        Kind::Minute => return Ok(instant(visit.system.settings.time_zone, trimmed)),
        Kind::Day => return Ok(end_of_day(&visit.system, trimmed)),
        _ => {}
    }
    let found = match field.kind {
        _ if trimmed.is_empty() => return Ok(trimmed.to_owned()),
        Kind::Part => parts(visit, trimmed).await?,
        Kind::Tag => {
            let record = tag::record(visit, trimmed).await?;
            let names_nothing = || Error::field(field.name, "reference", "names nothing");
            return record.map(|id| id.to_string()).ok_or_else(names_nothing);
        }
        Kind::Person => match trimmed.rsplit_once('#') {
            Some((_, id)) if is_number(id) => return Ok(id.to_owned()),
            _ => named(visit, field.kind, &[("q", trimmed)]).await?,
        },
        Kind::WorkCenter | Kind::Customer | Kind::Supplier => {
            named(visit, field.kind, &[("q", trimmed)]).await?
        }
        _ => return Ok(text.to_owned()),
    };
    the_one(visit, field, trimmed, &found)
}

/// The one that is meant: by its key or its name, or because there is no other.
fn the_one(visit: &Visit, field: &Field, text: &str, found: &[Found]) -> Result<String, Error> {
    let is_named =
        |one: &&Found| one.key.eq_ignore_ascii_case(text) || one.label.eq_ignore_ascii_case(text);
    let exact: Vec<&Found> = found.iter().filter(is_named).collect();
    let meant = if exact.is_empty() {
        found.iter().collect()
    } else {
        exact
    };
    match meant.as_slice() {
        [one] => Ok(one.value.clone()),
        [] => Err(Error::field(field.name, "reference", "names nothing")),
        several => {
            let names = several.iter().take(5).map(|one| one.label.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            let words = visit.words();
            let message = words.with("record-several", &[("names", names.as_str())]);
            Err(Error::field(field.name, TOLD, message))
        }
    }
}

/// Parts by number, by number and revision, or by what either number or name begins with.
async fn parts(visit: &Visit, text: &str) -> Result<Vec<Found>, Error> {
    let of_number = named(visit, Kind::Part, &[("number", text)]).await?;
    if !of_number.is_empty() {
        return Ok(of_number);
    }
    if let Some((number, _)) = text.rsplit_once(' ') {
        let mut revisions = named(visit, Kind::Part, &[("number", number)]).await?;
        revisions.retain(|one| one.key.eq_ignore_ascii_case(text));
        if !revisions.is_empty() {
            return Ok(revisions);
        }
    }
    named(visit, Kind::Part, &[("q", text)]).await
}

/// What is in use and asked for so; what cannot be asked for names nothing.
async fn named(visit: &Visit, kind: Kind, asked: &[(&str, &str)]) -> Result<Vec<Found>, Error> {
    match in_use(visit, kind, asked).await {
        Ok((found, _)) => Ok(found),
        Err(Error::Invalid(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What of a kind is in use and asked for so, and whether there is more of it.
async fn in_use(
    visit: &Visit,
    kind: Kind,
    asked: &[(&str, &str)],
) -> Result<(Vec<Found>, bool), Error> {
    let (system, actor) = (&visit.system, &visit.actor);
    Ok(match kind {
        Kind::WorkCenter => {
            let page = work_center::list(system, actor, &query(asked)).await?;
            listed(page, |row| coded(row.id, row.code, &row.name))
        }
        Kind::Customer => {
            let asked = [asked, &[("is_customer", "true")]].concat();
            let page = partner::list(system, actor, &query(&asked)).await?;
            listed(page, |row| coded(row.id, row.code, &row.name))
        }
        Kind::Supplier => {
            let asked = [asked, &[("is_supplier", "true")]].concat();
            let page = partner::list(system, actor, &query(&asked)).await?;
            listed(page, |row| coded(row.id, row.code, &row.name))
        }
        Kind::Person => {
            let page = user::names(system, actor, &query(asked)).await?;
            listed(page, person)
        }
        Kind::Part => {
            let page = part::list(system, actor, &query(asked)).await?;
            listed(page, |row| {
                let key = format!("{} {}", row.number, row.revision);
                coded(row.id, key, &row.name)
            })
        }
        Kind::Code(list) => {
            let page = code::list(system, actor, list.word(), &query(asked)).await?;
            listed(page, |row| Found {
                label: labelled(&row, actor.language),
                value: row.code.clone(),
                key: row.code,
            })
        }
        _ => (Vec::new(), false),
    })
}

fn listed<T>(page: Rows<T>, found: impl FnMut(T) -> Found) -> (Vec<Found>, bool) {
    let is_more = page.next_cursor.is_some();
    (page.items.into_iter().map(found).collect(), is_more)
}

fn query<T: Input>(asked: &[(&str, &str)]) -> Draft<T> {
    let most = MOST.to_string();
    let always = [("is_active", "true"), ("limit", most.as_str())];
    Typed::with([&always[..], asked].concat()).draft()
}

fn person(person: PersonRef) -> Found {
    Found {
        key: person_key(&person),
        value: person.id.to_string(),
        label: person.name,
    }
}

fn coded(id: i64, code: String, name: &str) -> Found {
    Found {
        label: format!("{code} {name}"),
        value: id.to_string(),
        key: code,
    }
}

/// A code and what it stands for.
async fn label(visit: &Visit, list: CodeList, word: &str) -> Result<String, Error> {
    let most = MOST.to_string();
    let asked = Typed::with([("q", word), ("limit", most.as_str())]).draft::<CodeQuery>();
    let page = code::list(&visit.system, &visit.actor, list.word(), &asked).await?;
    let found = page.items.iter().find(|row| row.code == word);
    Ok(found.map_or_else(
        || word.to_owned(),
        |row| labelled(row, visit.actor.language),
    ))
}

fn labelled(row: &CodeView, language: Language) -> String {
    let labels = &row.labels;
    let any = || Language::ALL.iter().find_map(|other| labels.of(*other));
    let label = labels.of(language).or_else(any).unwrap_or_default();
    format!("{} {label}", row.code)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The instant of a local time as forms write it (`2026-11-20T08:14`); what is none stays as it is, for the service to
/// refuse. Where the clock is put back, the first of the two; where it is put forward over it, the first minute behind.
pub(super) fn instant(zone: Tz, text: &str) -> String {
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let mut read = forms
        .iter()
        .map(|form| NaiveDateTime::parse_from_str(text, form));
    let local = read.find_map(Result::ok);
    let at = local.and_then(|local| earliest(zone, local));
    at.map_or_else(|| text.to_owned(), |at| Instant::show(&at.fixed_offset()))
}

fn earliest(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Tz>> {
    let is_there = local.and_local_timezone(zone).earliest();
    is_there.or_else(|| {
        let minute = local.with_second(0)?;
        let mut behind = (1..=MOST_SKIPPED).map(TimeDelta::minutes);
        behind.find_map(|skipped| {
            let local = minute.checked_add_signed(skipped)?;
            local.and_local_timezone(zone).earliest()
        })
    })
}

/// The end of a day as forms write it (`2026-11-20`).
fn end_of_day(system: &System, text: &str) -> String {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_or_else(
        |_| text.to_owned(),
        |day| Instant::show(&system.settings.end_of_day(day)),
    )
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn a_moment_that_the_clock_skips_or_shows_twice_is_one_all_the_same() {
        let zone = chrono_tz::Europe::Berlin;
        for (typed, meant) in [
            ("2026-03-29T01:59", "2026-03-29T00:59:00.000000Z"),
            ("2026-03-29T02:00", "2026-03-29T01:00:00.000000Z"),
            ("2026-03-29T02:30:30", "2026-03-29T01:00:00.000000Z"),
            ("2026-03-29T03:00", "2026-03-29T01:00:00.000000Z"),
            ("2026-10-25T02:30", "2026-10-25T00:30:00.000000Z"),
        ] {
            assert_eq!(instant(zone, typed), meant, "{typed}");
        }
        // West of the date line until the end of 29 December, and east of it from the 31st on.
        let apia = chrono_tz::Pacific::Apia;
        assert_eq!(
            instant(apia, "2011-12-30T08:00"),
            "2011-12-30T10:00:00.000000Z"
        );
    }

    #[test]
    fn a_moment_is_typed_in_the_plants_time() {
        let zone = chrono_tz::America::Monterrey;
        assert_eq!(
            instant(zone, "2026-11-20T08:14"),
            "2026-11-20T14:14:00.000000Z"
        );
        assert_eq!(instant(zone, "yesterday"), "yesterday");
        assert_eq!(instant(zone, ""), "");
    }
}
