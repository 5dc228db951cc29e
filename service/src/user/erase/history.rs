//! A person's names in the history: of whoever did something, and in the user's own rows.
//!
//! A row keeps its hash; what the hash of its content is since goes into the person's chain, which vouches for it.

use entity::audit_event;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

use super::Person;
use crate::audit::erased::{AT_ONCE, ERASED, GONE, NAMES, Place, REFUSED, Vouched, is_no_name};
use crate::audit::{CHAINED, Trail, rows};
use crate::error::Result;
use crate::system::Unit;

const USERS: &str = "app_user";

/// Replaces the names; says in how many rows, and how many rows the person's chain grew by.
///
/// Chains are gone through in their order, so what vouches for a row can be found without looking through all of it.
pub(super) async fn erase(
    unit: &Unit<'_>,
    trail: &mut Trail,
    person: &mut Person,
) -> Result<(u64, u64)> {
    let (mut changed, mut vouching) = (0, 0);
    let mut done = Vec::new();
    for entity in CHAINED {
        let mut after = (0, 0);
        loop {
            let range = (after, i64::MAX);
            let wanted = person.rows_of(entity);
            let found = rows::behind(unit.tx, entity, range, wanted, AT_ONCE as u64).await?;
            let Some(last) = found.last() else {
                break;
            };
            after = (last.entity_id, last.seq);
            let nameless: Vec<_> = found
                .into_iter()
                .filter_map(|row| person.left_of(row))
                .collect();
            for row in &nameless {
                done.push((
                    Place::of(&row.row),
                    unit.system.audit_key.row_hash(&row.row)?,
                ));
            }
            changed += nameless.len() as u64;
            write(unit, person, nameless).await?;
            while done.len() >= AT_ONCE {
                let rest = done.split_off(AT_ONCE);
                vouching += vouch(unit, trail, &done).await?;
                done = rest;
            }
        }
    }
    vouching += vouch(unit, trail, &done).await?;
    Ok((changed, vouching))
}

/// A row without the person's names.
struct Nameless {
    row: audit_event::Model,
    /// Whether more than the name of who did it was replaced.
    has_new_values: bool,
}

impl Person {
    /// Which rows of a table's chains may hold a name of his.
    fn rows_of(&self, entity: &str) -> Condition {
        use audit_event::Column;
        let named = Condition::any()
            .add(Column::ActorName.ne(&self.display_name))
            .add(Column::Field.eq(REFUSED));
        let did = Condition::all().add(Column::Actor.eq(self.id)).add(named);
        if entity != USERS {
            return did;
        }
        let told = Condition::any()
            .add(Column::Field.is_null())
            .add(Column::Field.is_in(NAMES));
        let own = Condition::all().add(Column::EntityId.eq(self.id)).add(told);
        Condition::any().add(did).add(own)
    }

    /// A row without his names; none where it has none. What he was called is remembered.
    fn left_of(&mut self, mut row: audit_event::Model) -> Option<Nameless> {
        let before = row.clone();
        let did = row.actor == Some(self.id);
        if did {
            self.learn(&row.actor_name);
            row.actor_name.clone_from(&self.display_name);
        }
        let field = row.field.as_deref();
        if did && field == Some(REFUSED) {
            row.new_value = Some(json!(self.display_name).to_string());
        } else if row.entity == USERS && row.entity_id == self.id {
            let is_name = field.is_some_and(|field| NAMES.contains(&field));
            for value in [&mut row.old_value, &mut row.new_value] {
                let told = value
                    .as_deref()
                    .and_then(|text| serde_json::from_str::<Json>(text).ok());
                let Some(mut told) = told else {
                    continue;
                };
                match (field, is_name) {
                    (None, _) => NAMES.iter().for_each(|name| {
                        if let Some(name) = told.get_mut(*name) {
                            self.take(name);
                        }
                    }),
                    (_, true) => self.take(&mut told),
                    _ => continue,
                }
                *value = Some(told.to_string());
            }
        }
        let has_new_values = row.old_value != before.old_value || row.new_value != before.new_value;
        (row != before).then_some(Nameless {
            row,
            has_new_values,
        })
    }

    /// Takes a name that a value is.
    fn take(&mut self, value: &mut Json) {
        if let Json::String(name) = value
            && !is_no_name(self.id, name)
        {
            self.learn(name);
            *value = json!(GONE);
        }
    }
}

/// Writes rows: those that only have another name of who did it at once.
async fn write(unit: &Unit<'_>, person: &Person, nameless: Vec<Nameless>) -> Result<()> {
    use audit_event::Column;
    let (alone, more): (Vec<_>, Vec<_>) = nameless.into_iter().partition(|one| !one.has_new_values);
    if !alone.is_empty() {
        audit_event::Entity::update_many()
            .col_expr(Column::ActorName, Expr::value(&person.display_name))
            .filter(Column::Id.is_in(alone.iter().map(|one| one.row.id)))
            .exec(unit.tx)
            .await?;
    }
    for Nameless { row, .. } in more {
        audit_event::Entity::update_many()
            .col_expr(Column::ActorName, Expr::value(row.actor_name))
            .col_expr(Column::OldValue, Expr::value(row.old_value))
            .col_expr(Column::NewValue, Expr::value(row.new_value))
            .filter(Column::Id.eq(row.id))
            .exec(unit.tx)
            .await?;
    }
    Ok(())
}

async fn vouch(unit: &Unit<'_>, trail: &mut Trail, done: &[(Place, String)]) -> Result<u64> {
    let Some(content) = Vouched::content(done) else {
        return Ok(0);
    };
    trail.changed(unit, ERASED, &Json::Null, &content)?;
    trail.write(unit).await?;
    Ok(1)
}
