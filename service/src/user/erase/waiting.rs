//! A person's names in what waits: notices and messages that are to be sent, answers that are kept for a day, and what
//! jobs have found.
//!
//! These are JSON, and name people in objects with their id (`{"id": 7, "name": "Ana"}`). So a name goes where it stands
//! with the person's id, and a part that happens to be called like him stays.

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, LikeExpr, Order, Query};
use serde_json::{Map, Value as Json, json};

use super::Person;
use crate::audit::erased::GONE;
use crate::error::Result;
use crate::system::Unit;

/// Where.
const WAITING: [(&str, &str); 4] = [
    ("notice", "content"),
    ("outbox", "content"),
    ("idempotency_key", "answer"),
    ("job", "result"),
];

/// So many rows are looked at at once; an answer may hold a whole record with its texts.
const AT_ONCE: u64 = 20;

const ESCAPE: char = '!';

/// Replaces the names; says in how many rows, by table.
pub(super) async fn erase(unit: &Unit<'_>, person: &Person) -> Result<BTreeMap<String, u64>> {
    let mut replaced = BTreeMap::new();
    for (table, column) in WAITING {
        let mut after = 0;
        loop {
            let found = behind(unit, (table, column), after, person).await?;
            let Some((last, _)) = found.last() else {
                break;
            };
            after = *last;
            for (id, text) in found {
                let Ok(mut content) = serde_json::from_str(&text) else {
                    continue;
                };
                if person.leave(&mut content) {
                    write(unit, (table, column), id, &content).await?;
                    *replaced.entry(table.to_owned()).or_default() += 1;
                }
            }
        }
    }
    Ok(replaced)
}

/// The next rows of a table that hold something that he is called.
async fn behind(
    unit: &Unit<'_>,
    (table, column): (&str, &str),
    after: i64,
    person: &Person,
) -> Result<Vec<(i64, String)>> {
    let content = || Expr::col(Alias::new(column));
    let names = person.known.iter();
    let has_any = names.fold(Condition::any(), |any, name| {
        any.add(content().like(having(name)))
    });
    if has_any.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = Query::select();
    select
        .columns([Alias::new("id"), Alias::new(column)])
        .from(Alias::new(table))
        .and_where(Expr::col(Alias::new("id")).gt(after))
        .cond_where(has_any)
        .order_by(Alias::new("id"), Order::Asc)
        .limit(AT_ONCE);
    let rows = unit.tx.query_all(&select).await?;
    let read = rows
        .iter()
        .map(|row| Ok((row.try_get("", "id")?, row.try_get("", column)?)));
    read.collect()
}

/// What has a text in it, as JSON writes it.
fn having(text: &str) -> LikeExpr {
    let written = json!(text).to_string();
    let mut pattern = "%".to_owned();
    for c in written.trim_matches('"').chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

async fn write(
    unit: &Unit<'_>,
    (table, column): (&str, &str),
    id: i64,
    content: &Json,
) -> Result<()> {
    let mut update = Query::update();
    update
        .table(Alias::new(table))
        .value(Alias::new(column), content.to_string())
        .and_where(Expr::col(Alias::new("id")).eq(id));
    unit.tx.execute(&update).await?;
    Ok(())
}

impl Person {
    /// Replaces his names in what is told of him; says whether there were any.
    fn leave(&self, content: &mut Json) -> bool {
        match content {
            Json::Array(all) => all.iter_mut().fold(false, |any, one| self.leave(one) | any),
            Json::Object(object) => {
                let here = self.leave_object(object);
                object
                    .values_mut()
                    .fold(here, |any, one| self.leave(one) | any)
            }
            _ => false,
        }
    }

    fn leave_object(&self, object: &mut Map<String, Json>) -> bool {
        if object.get("id").and_then(Json::as_i64) == Some(self.id) {
            let instead = [
                ("name", json!(self.display_name)),
                ("display_name", json!(self.display_name)),
                ("username", json!(self.username)),
                ("email", Json::Null),
            ];
            let put = |(field, instead): (&str, Json)| match object.get_mut(field) {
                Some(Json::String(name)) if self.known.contains(name.as_str()) => {
                    object.insert(field.to_owned(), instead);
                    true
                }
                _ => false,
            };
            return instead
                .into_iter()
                .map(put)
                .fold(false, |any, put| any | put);
        }
        // A user whom a merge refused: by his user name, and in a sentence what he is called.
        if object.get("table").and_then(Json::as_str) != Some("app_user") {
            return false;
        }
        let mut any = false;
        for text in ["key", "what"] {
            if let Some(Json::String(text)) = object.get_mut(text) {
                for name in self.known.iter().rev().filter(|name| !name.is_empty()) {
                    if text.contains(name.as_str()) {
                        *text = text.replace(name.as_str(), GONE);
                        any = true;
                    }
                }
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Person {
        let known = ["ana", "Ana López", "ana@plant.example"];
        Person {
            id: 7,
            username: "erased-7-ab".to_owned(),
            display_name: "Erased user 7".to_owned(),
            known: known.map(str::to_owned).into(),
        }
    }

    #[test]
    fn a_name_goes_where_it_stands_with_the_persons_id() {
        let mut told = json!({
            "by": {"id": 7, "name": "Ana López"},
            "items": [{"id": 7, "username": "ana", "display_name": "Ana López", "email": "ana@plant.example", "roles": []}],
            "part": {"id": 7, "name": "Flange"},
            "assignee": {"id": 8, "name": "Ana López"},
            "title": "Ana López",
        });
        assert!(ana().leave(&mut told));
        let left = json!({
            "by": {"id": 7, "name": "Erased user 7"},
            "items": [{"id": 7, "username": "erased-7-ab", "display_name": "Erased user 7", "email": null, "roles": []}],
            "part": {"id": 7, "name": "Flange"},
            "assignee": {"id": 8, "name": "Ana López"},
            "title": "Ana López",
        });
        assert_eq!(told, left);
        assert!(!ana().leave(&mut told), "nothing is left of him");
    }

    #[test]
    fn a_refusal_of_a_merge_tells_no_name() {
        let what = "display_name: \"Ana López\" here, \"Ana L.\" in the archive";
        let mut told = json!({"refusals": [
            {"table": "app_user", "key": "ana", "what": what},
            {"table": "part", "key": "ana", "what": "the part"},
        ]});
        assert!(ana().leave(&mut told));
        assert_eq!(told["refusals"][0]["key"], GONE);
        assert_eq!(told["refusals"][0]["what"], what.replace("Ana López", GONE));
        assert_eq!(told["refusals"][1]["key"], "ana");
    }
}
