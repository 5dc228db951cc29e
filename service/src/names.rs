//! Names that records show beside ids (of parts, work centers, partners, people and codes), kept in memory.
//!
//! A record names up to nine others, and joining them costs more than reading the record. Names hardly ever change,
//! so they are kept, and are right all the same on every server: whatever changes a name moves the label, a row of
//! `setting`, in the same transaction ([`moved`]), and every record is read together with the label of the same
//! moment. Where that is not the label of the names kept, or a name is not among them, the record is read once more,
//! with its names.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use db::Tx;
use entity::setting;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::error::Result;
use crate::reference::{PartRef, PartnerRef, PersonRef, WorkCenterRef};

/// The row of `setting`.
pub(crate) const LABEL: &str = "names";

/// The fields that records show of what they refer to.
pub(crate) const FIELDS: &[&str] = &["number", "revision", "name", "code", "display_name"];

/// How many names are kept at most.
const MOST: usize = 20_000;

/// Names that hold as long as the label does.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// None in a system that was never settled: then nothing is kept.
    label: Option<String>,
    pub(crate) parts: HashMap<i64, PartRef>,
    pub(crate) work_centers: HashMap<i64, WorkCenterRef>,
    pub(crate) partners: HashMap<i64, PartnerRef>,
    pub(crate) people: HashMap<i64, PersonRef>,
    pub(crate) codes: HashMap<i64, String>,
}

impl Names {
    /// None yet.
    pub(crate) fn under(label: Option<String>) -> Self {
        Self {
            label,
            ..Self::default()
        }
    }

    fn len(&self) -> usize {
        self.parts.len()
            + self.work_centers.len()
            + self.partners.len()
            + self.people.len()
            + self.codes.len()
    }

    fn add(&mut self, more: Self) {
        self.parts.extend(more.parts);
        self.work_centers.extend(more.work_centers);
        self.partners.extend(more.partners);
        self.people.extend(more.people);
        self.codes.extend(more.codes);
    }
}

/// The names kept by this server.
#[derive(Debug, Default)]
pub(crate) struct NameCache(RwLock<Names>);

impl NameCache {
    /// What `read` makes of the names; none where they are not those of `label`, or where it misses one.
    pub(crate) fn at<T>(
        &self,
        label: Option<&str>,
        read: impl FnOnce(&Names) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if label.is_none() || names.label.as_deref() != label {
            return Ok(None);
        }
        read(&names)
    }

    /// Keeps names that were just read.
    pub(crate) fn learn(&self, more: Names) {
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if names.label == more.label && names.len() + more.len() <= MOST {
            names.add(more);
        } else {
            *names = more;
        }
    }
}

/// Selects the label of the names that hold now.
pub(crate) fn label() -> SelectStatement {
    // In the text: bound, it would be one more value of every statement around it.
    let name = Expr::cust(format!("'{LABEL}'"));
    Query::select()
        .column(setting::Column::Content)
        .from(setting::Entity)
        .and_where(Expr::col(setting::Column::Name).eq(name))
        .to_owned()
}

/// Moves the label; whoever else is about to, waits until this transaction ends.
pub(crate) async fn moved(tx: &Tx, label: &str) -> Result<()> {
    setting::Entity::update_many()
        .col_expr(setting::Column::Content, Expr::value(label))
        .filter(setting::Column::Name.eq(LABEL))
        .exec(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn names(label: &str, ids: std::ops::Range<i64>) -> Names {
        let mut names = Names::under(Some(label.to_owned()));
        names
            .codes
            .extend(ids.map(|id| (id, format!("{label}{id}"))));
        names
    }

    fn code(cache: &NameCache, label: &str, id: i64) -> Option<String> {
        let read = |names: &Names| Ok(names.codes.get(&id).cloned());
        cache.at(Some(label), read).unwrap()
    }

    #[test]
    fn names_hold_under_their_label_alone() {
        let cache = NameCache::default();
        cache.learn(names("a", 0..1));
        cache.learn(names("a", 1..2));
        assert_eq!(code(&cache, "a", 0).as_deref(), Some("a0"));
        assert_eq!(code(&cache, "a", 1).as_deref(), Some("a1"));
        assert_eq!(code(&cache, "a", 2), None);
        assert_eq!(code(&cache, "b", 0), None);
        cache.learn(names("b", 0..1));
        assert_eq!(code(&cache, "b", 0).as_deref(), Some("b0"));
        assert_eq!(code(&cache, "b", 1), None);
        assert_eq!(code(&cache, "a", 0), None);
    }

    #[test]
    fn without_a_label_nothing_is_kept() {
        let cache = NameCache::default();
        cache.learn(Names::under(None));
        assert!(cache.at(None, |_| Ok(Some(()))).unwrap().is_none());
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let cache = NameCache::default();
        for n in 0..5 {
            cache.learn(names("a", n * 9_000..(n + 1) * 9_000));
        }
        let len = cache.0.read().unwrap().len();
        assert!(len <= MOST, "{len}");
    }
}
