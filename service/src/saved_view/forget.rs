//! What becomes of a person's views when he goes, and of his user name in those of others.
//!
//! What he chose and what only he saw goes. What he shared is others' too: it stays under the name that says nothing.
//! Views that ask for his records by his user name ask by the new one.

use entity::{saved_view, view_choice};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value as Json};

use super::query;
use crate::error::Result;
use crate::system::Unit;

/// Parameters that name people by their user names.
const NAMING: [&str; 3] = ["assignee", "reported_by", "filter"];

/// So many views are looked at at once.
const AT_ONCE: u64 = 100;

/// Forgets what a user chose, and his views but for those that he shared where these are to stay. Answers how many views
/// and how many choices.
pub(crate) async fn forget(unit: &Unit<'_>, user: i64, with_shared: bool) -> Result<(u64, u64)> {
    let mut his = Condition::all().add(saved_view::Column::OwnerId.eq(user));
    if !with_shared {
        his = his.add(saved_view::Column::SharedWith.is_null());
    }
    let ids = Query::select()
        .column(saved_view::Column::Id)
        .from(saved_view::Entity)
        .cond_where(his.clone())
        .to_owned();
    let choices = Condition::any()
        .add(view_choice::Column::UserId.eq(user))
        .add(view_choice::Column::ViewId.in_subquery(ids));
    let choices = view_choice::Entity::delete_many().filter(choices);
    let choices = choices.exec(unit.tx).await?.rows_affected;
    let views = saved_view::Entity::delete_many().filter(his);
    Ok((views.exec(unit.tx).await?.rows_affected, choices))
}

/// Has views ask for somebody by another user name; answers how many did. `is_his`: whether a name is one of his.
pub(crate) async fn rename(
    unit: &Unit<'_>,
    is_his: impl Fn(&str) -> bool,
    instead: &str,
) -> Result<u64> {
    let (mut after, mut renamed) = (0, 0);
    loop {
        let rows = saved_view::Entity::find()
            .filter(saved_view::Column::Id.gt(after))
            .order_by_asc(saved_view::Column::Id)
            .limit(AT_ONCE)
            .all(unit.tx)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(renamed);
        };
        after = last.id;
        for row in rows {
            let mut kept = query::stored(&row.query)?;
            if !rename_in(&mut kept, &is_his, instead) {
                continue;
            }
            let new = saved_view::ActiveModel {
                query: Set(Json::Object(kept).to_string()),
                version: Set(row.version + 1),
                ..Default::default()
            };
            saved_view::Entity::update_many()
                .set(new)
                .filter(saved_view::Column::Id.eq(row.id))
                .exec(unit.tx)
                .await?;
            renamed += 1;
        }
    }
}

fn rename_in(query: &mut Map<String, Json>, is_his: &impl Fn(&str) -> bool, instead: &str) -> bool {
    let mut any = false;
    for name in NAMING {
        let texts: Vec<&mut String> = match query.get_mut(name) {
            Some(Json::String(text)) => vec![text],
            Some(Json::Array(items)) => {
                let texts = items.iter_mut().filter_map(|item| match item {
                    Json::String(text) => Some(text),
                    _ => None,
                });
                texts.collect()
            }
            _ => Vec::new(),
        };
        for text in texts {
            let renamed = rename_words(text, is_his, instead);
            any |= renamed != *text;
            *text = renamed;
        }
    }
    any
}

/// The text with another word for each that is his: no user name holds what separates them.
fn rename_words(text: &str, is_his: &impl Fn(&str) -> bool, instead: &str) -> String {
    let separates = |c: char| c.is_whitespace() || ",:!\"".contains(c);
    let words = text.split_inclusive(separates).map(|word| {
        let name = word.trim_end_matches(separates);
        match is_his(name) {
            true => format!("{instead}{}", &word[name.len()..]),
            false => word.to_owned(),
        }
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_name_goes_where_people_are_named_and_stays_elsewhere() {
        let mut query = json!({
            "assignee": "me,ana.lopez,!ANA.LOPEZ", "reported_by": ["ana.lopez", "ana"],
            "filter": "assignee:ana.lopez reporter:\"ana.lopez\" -severity:minor", "external_id": "ana.lopez",
        });
        let left = json!({
            "assignee": "me,erased-7-ab,!erased-7-ab", "reported_by": ["erased-7-ab", "ana"],
            "filter": "assignee:erased-7-ab reporter:\"erased-7-ab\" -severity:minor", "external_id": "ana.lopez",
        });
        let is_his = |name: &str| name.eq_ignore_ascii_case("ana.lopez");
        let Some(sent) = query.as_object_mut() else {
            unreachable!("it is one");
        };
        assert!(rename_in(sent, &is_his, "erased-7-ab"));
        assert!(!rename_in(sent, &is_his, "erased-7-ab"), "once");
        assert_eq!(query, left);
    }
}
