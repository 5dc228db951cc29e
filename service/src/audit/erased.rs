//! What an erased person leaves in a history that nobody may change.
//!
//! Names are part of what a row's hash covers. Where they were erased (`user::erase`) the row keeps its hash, so that
//! every row behind it, the record and each anchor still hold, and the person's own chain says in rows of the field
//! [`ERASED`] what the content is since: for each row that was touched, the hash of it as it is now. So a row whose
//! content is not that of its hash is as it should be only where such a row, in a chain that holds, vouches for exactly
//! what stands there, and where nothing else of it could have been erased than was.
//!
//! What vouches for a row is looked for in the chains of the persons whom the row itself names, by the order of chains:
//! memory holds what each such row reaches over, and the content of a few.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};

use db::Tx;
use entity::{app_user, audit_event};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{AuditKey, GENESIS, rows};
use crate::error::Result;

/// The field under which a person's chain tells what was erased.
pub(crate) const ERASED: &str = "erased";

/// What stands in a history where a user's name stood.
pub(crate) const GONE: &str = "(erased)";

/// The field that tells a refused signature, and by whom.
pub(crate) const REFUSED: &str = "signature_refused";

/// The fields of a user that tell his names.
pub(crate) const NAMES: [&str; 2] = ["username", "display_name"];

const USERS: &str = "app_user";

/// So many rows are vouched for by one.
pub(crate) const AT_ONCE: usize = 500;

/// How many rows that vouch are kept open.
const OPEN: usize = 32;

/// How many rows of a person's chain are read at once.
const BATCH: u64 = 500;

/// What a user is called once he is erased.
pub(crate) fn name_of(user: i64) -> String {
    format!("Erased user {user}")
}

/// What the user name of an erased user begins with.
pub(crate) fn username_of(user: i64) -> String {
    format!("erased-{user}-")
}

/// Whether a name says nothing of whom it was.
pub(crate) fn is_no_name(user: i64, name: &str) -> bool {
    name == GONE || name == name_of(user) || name.starts_with(&username_of(user))
}

/// Where a row of history stands; ordered as chains are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place(String, i64, i64);

impl Place {
    pub(crate) fn of(row: &audit_event::Model) -> Self {
        Self(row.entity.clone(), row.entity_id, row.seq)
    }

    /// The record, and the row's number in its chain.
    pub(crate) fn parts(&self) -> (&str, i64, i64) {
        (&self.0, self.1, self.2)
    }
}

/// What a row of the field [`ERASED`] tells: rows in their order, each with the hash of its content since.
#[derive(Serialize, Deserialize)]
pub(crate) struct Vouched {
    first: Place,
    last: Place,
    pub(crate) rows: Vec<(Place, String)>,
}

impl Vouched {
    /// As it is kept; none where there is nothing to vouch for.
    pub(crate) fn content(rows: &[(Place, String)]) -> Option<Json> {
        let ((first, _), (last, _)) = (rows.first()?, rows.last()?);
        Some(json!({ "first": first, "last": last, "rows": rows }))
    }

    /// What an event tells, if it tells that.
    pub(crate) fn read(event: &audit_event::Model) -> Option<Self> {
        if event.entity != USERS || event.field.as_deref() != Some(ERASED) {
            return None;
        }
        serde_json::from_str(event.new_value.as_deref()?).ok()
    }
}

/// The persons whose erasure may have left a row as it is: whoever did it, under the name that he has since, and the
/// user in whose own history no name is left.
pub(crate) fn persons(row: &audit_event::Model) -> Vec<i64> {
    let did = row.actor.filter(|user| row.actor_name == name_of(*user));
    let own = (row.entity == USERS && is_nameless(row)).then_some(row.entity_id);
    did.into_iter().chain(own).collect()
}

/// Whether a row of a user's history tells names, and none of them is one any more.
fn is_nameless(row: &audit_event::Model) -> bool {
    let is_gone = |name: &Json| match name {
        Json::Null => true,
        Json::String(name) => is_no_name(row.entity_id, name),
        _ => false,
    };
    let mut values = [&row.old_value, &row.new_value].into_iter();
    let told = |value: &Option<String>| super::shown(value.as_deref());
    match row.field.as_deref() {
        None => values.all(|value| {
            let record = told(value);
            NAMES.iter().all(|name| is_gone(&record[*name]))
        }),
        Some(field) => NAMES.contains(&field) && values.all(|value| is_gone(&told(value))),
    }
}

/// What erasures vouch for, as far as it was asked for: of one moment of the database.
#[derive(Default)]
pub(super) struct Erased {
    /// What each row that vouches reaches over, by the person in whose chain it is.
    spans: HashMap<i64, Vec<Span>>,
    /// Whether a person's chain holds.
    holds: HashMap<i64, bool>,
    /// The last few that were opened, by the person and the number.
    open: VecDeque<((i64, i64), BTreeMap<Place, String>)>,
}

impl Erased {
    /// Whether a row is as an erasure left it; `hash` is that of its content.
    pub(super) async fn vouches(
        &mut self,
        db: &Tx,
        key: &AuditKey,
        row: &audit_event::Model,
        hash: &str,
    ) -> Result<bool> {
        for person in persons(row) {
            if self.tells(db, key, person, row, hash).await? && self.holds(db, key, person).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a row that a person's chain has, wherever in it, tells this of a row.
    async fn tells(
        &mut self,
        db: &Tx,
        key: &AuditKey,
        person: i64,
        row: &audit_event::Model,
        hash: &str,
    ) -> Result<bool> {
        let place = Place::of(row);
        let spans = self.spans(db, person).await?.iter();
        let over = spans.filter(|span| span.first <= place && place <= span.last);
        let over: Vec<i64> = over.map(|span| span.seq).collect();
        for seq in over {
            let told = self.open(db, key, (person, seq)).await?.get(&place);
            if told.is_some_and(|told| told == hash) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn spans(&mut self, db: &Tx, person: i64) -> Result<&[Span]> {
        Ok(match self.spans.entry(person) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(spans_in(db, person).await?),
        })
    }

    /// What one row tells; nothing where it is not as it was written.
    async fn open(
        &mut self,
        db: &Tx,
        key: &AuditKey,
        which: (i64, i64),
    ) -> Result<&BTreeMap<Place, String>> {
        let known = self.open.iter().position(|(known, _)| *known == which);
        let opened = match known.and_then(|place| self.open.remove(place)) {
            Some(opened) => opened,
            None => (which, told_by(db, key, which).await?),
        };
        self.open.truncate(OPEN - 1);
        self.open.push_front(opened);
        let (_, told) = &self.open[0];
        Ok(told)
    }

    /// Whether a person's chain is whole, ends where the person remembers it, and has no row that was changed, but for
    /// those that an erasure tells of in its turn.
    async fn holds(&mut self, db: &Tx, key: &AuditKey, person: i64) -> Result<bool> {
        if let Some(holds) = self.holds.get(&person) {
            return Ok(*holds);
        }
        let holds = self.walk(db, key, person).await?;
        self.holds.insert(person, holds);
        Ok(holds)
    }

    async fn walk(&mut self, db: &Tx, key: &AuditKey, person: i64) -> Result<bool> {
        let (mut seq, mut head, mut removed) = (0, GENESIS.to_owned(), false);
        loop {
            let range = ((person, seq), person);
            let some = rows::behind(db, USERS, range, Condition::all(), BATCH).await?;
            if some.is_empty() {
                break;
            }
            for row in some {
                let hash = key.row_hash(&row)?;
                let is_next = row.seq == seq + 1 && row.prev_hash == head;
                if !is_next || (hash != row.hash && !self.is_told(db, key, &row, &hash).await?) {
                    return Ok(false);
                }
                removed = row.field.is_none() && row.new_value.is_none();
                (seq, head) = (row.seq, row.hash);
            }
        }
        let user = app_user::Entity::find_by_id(person).one(db).await?;
        Ok(user.map_or(removed, |user| {
            (user.audit_seq, user.audit_head) == (seq, head)
        }))
    }

    /// Whether any person's chain tells this of a row; of two who did things to each other neither could come first.
    async fn is_told(
        &mut self,
        db: &Tx,
        key: &AuditKey,
        row: &audit_event::Model,
        hash: &str,
    ) -> Result<bool> {
        for person in persons(row) {
            if self.tells(db, key, person, row, hash).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A row that vouches: its number in the person's chain, and the first and last row that it tells of.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    seq: i64,
    first: Place,
    last: Place,
}

impl Span {
    /// Of the begin of what the row tells.
    fn read(seq: i64, text: &str) -> Option<Self> {
        let places = text.strip_prefix("{\"first\":")?;
        let (first, rest) = places.split_once(",\"last\":")?;
        let (last, _) = rest.split_once(",\"rows\":")?;
        Some(Self {
            seq,
            first: serde_json::from_str(first).ok()?,
            last: serde_json::from_str(last).ok()?,
        })
    }
}

async fn spans_in(db: &Tx, person: i64) -> Result<Vec<Span>> {
    // As much as holds the two places, of a text that may be long.
    let begin = Expr::cust("SUBSTR(new_value, 1, 300)");
    let rows: Vec<(i64, Option<String>)> = vouching(person)
        .select_only()
        .column(audit_event::Column::Seq)
        .expr_as(begin, "begin")
        .order_by_asc(audit_event::Column::Seq)
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|(seq, text)| Span::read(seq, &text?))
        .collect())
}

async fn told_by(
    db: &Tx,
    key: &AuditKey,
    (person, seq): (i64, i64),
) -> Result<BTreeMap<Place, String>> {
    let row = vouching(person).filter(audit_event::Column::Seq.eq(seq));
    let Some(row) = row.one(db).await? else {
        return Ok(BTreeMap::new());
    };
    if key.row_hash(&row)? != row.hash {
        return Ok(BTreeMap::new());
    }
    let told = Vouched::read(&row).map(|told| told.rows);
    Ok(told.into_iter().flatten().collect())
}

fn vouching(person: i64) -> sea_orm::Select<audit_event::Entity> {
    audit_event::Entity::find()
        .filter(audit_event::Column::Entity.eq(USERS))
        .filter(audit_event::Column::EntityId.eq(person))
        .filter(audit_event::Column::Field.eq(ERASED))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn place(entity: &str, id: i64, seq: i64) -> Place {
        Place(entity.to_owned(), id, seq)
    }

    fn row(entity: &str, field: Option<&str>, new: &Json, actor_name: &str) -> audit_event::Model {
        audit_event::Model {
            id: 1,
            entity: entity.to_owned(),
            entity_id: 7,
            seq: 1,
            field: field.map(str::to_owned),
            old_value: None,
            new_value: Some(new.to_string()),
            actor: Some(3),
            actor_name: actor_name.to_owned(),
            at: "2026-11-20T08:00:00Z".parse().unwrap(),
            reason: None,
            request_id: None,
            prev_hash: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn a_row_names_the_persons_who_may_vouch_for_it() {
        let of = |entity, field, new: Json, name| persons(&row(entity, field, &new, name));
        let lot = || json!("L-1");
        assert_eq!(
            of("defect", Some("lot_number"), lot(), "Erased user 3"),
            [3]
        );
        assert!(of("defect", Some("lot_number"), lot(), "Erased user 4").is_empty());
        assert!(of("defect", Some("lot_number"), lot(), "Ana").is_empty());
        let record = json!({"username": GONE, "display_name": GONE, "locale": "en"});
        assert_eq!(of(USERS, None, record.clone(), "Ana"), [7]);
        assert_eq!(of(USERS, None, record, "Erased user 3"), [3, 7]);
        let other = json!({"username": GONE, "display_name": "Erased user 8"});
        assert!(of(USERS, None, other, "Ana").is_empty());
        assert_eq!(
            of(USERS, Some("username"), json!("erased-7-ab"), "Ana"),
            [7]
        );
        assert!(of(USERS, Some("display_name"), json!("Ana"), "Ana").is_empty());
        assert!(of(USERS, Some("locale"), json!(GONE), "Ana").is_empty());
        assert!(of("part", Some("display_name"), json!(GONE), "Ana").is_empty());
    }

    #[test]
    fn what_vouches_begins_with_what_it_reaches_over() {
        let rows = [
            (place("defect", 20, 4), "ab".to_owned()),
            (place("part", 1, 1), "cd".to_owned()),
        ];
        let content = Vouched::content(&rows).unwrap();
        assert_eq!(
            content.to_string(),
            r#"{"first":["defect",20,4],"last":["part",1,1],"rows":[[["defect",20,4],"ab"],[["part",1,1],"cd"]]}"#
        );
        let span = Span {
            seq: 9,
            first: place("defect", 20, 4),
            last: place("part", 1, 1),
        };
        assert_eq!(Span::read(9, &content.to_string()), Some(span));
        assert_eq!(Span::read(9, "{\"rows\":[]}"), None);
        let told = row(USERS, Some(ERASED), &content, "x");
        assert_eq!(Vouched::read(&told).unwrap().rows, rows);
        assert!(Vouched::read(&row("part", Some(ERASED), &json!({}), "x")).is_none());
        assert!(Vouched::content(&[]).is_none());
    }

    #[test]
    fn places_are_ordered_as_chains_are_read() {
        assert!(super::super::CHAINED.is_sorted());
        let mut places = [
            place("part", 1, 1),
            place("defect", 20, 4),
            place("defect", 20, 10),
            place("defect", 3, 9),
        ];
        places.sort();
        assert_eq!(
            places.map(|place| format!("{} {} {}", place.0, place.1, place.2)),
            ["defect 3 9", "defect 20 4", "defect 20 10", "part 1 1"]
        );
    }
}
