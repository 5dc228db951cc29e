//! From the words of codes to their ids and back, for whatever refers to codes.

use std::collections::HashMap;

use entity::code_value;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::error::{FieldError, Result};
use crate::master;
use crate::words::CodeList;

/// What a code of a list is called in messages.
pub(super) fn noun(list: CodeList) -> &'static str {
    match list {
        CodeList::FailureCode => "failure code",
        CodeList::Cause => "cause",
        CodeList::Area => "area",
    }
}

/// The id of an active code; what is wrong with it is noted.
pub(crate) async fn find_active(
    conn: &impl ConnectionTrait,
    list: CodeList,
    code: &str,
    field: &str,
    errors: &mut Vec<FieldError>,
) -> Result<Option<i64>> {
    let found = super::on(list)
        .filter(code_value::Column::Code.eq(code))
        .one(conn)
        .await?;
    let is_active = found.as_ref().map(|row| row.is_active);
    master::refuse_reference(errors, field, noun(list), is_active);
    Ok(found.filter(|row| row.is_active).map(|row| row.id))
}

/// The ids of codes that a filter names, retired ones included; one that is unknown has none, as an unknown id of a
/// part finds nothing. Without codes, nothing is asked.
pub(crate) async fn by_code(
    conn: &impl ConnectionTrait,
    list: CodeList,
    codes: Vec<String>,
) -> Result<HashMap<String, i64>> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<(String, i64)> = super::on(list)
        .filter(code_value::Column::Code.is_in(codes))
        .select_only()
        .column(code_value::Column::Code)
        .column(code_value::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// The words of codes by their ids; without ids, nothing is asked.
pub(crate) async fn words_of(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, String>> {
    let ids: std::collections::BTreeSet<_> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let words: Vec<(i64, String)> = code_value::Entity::find()
        .filter(code_value::Column::Id.is_in(ids))
        .select_only()
        .column(code_value::Column::Id)
        .column(code_value::Column::Code)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(words.into_iter().collect())
}
