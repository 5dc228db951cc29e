//! How much a system holds: what a backup is compared by, and what says that a database is not empty.

use db::Db;
use entity::{app_user, audit_event, defect, part};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::error::Result;

/// Rows that are never deleted, or hardly ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Users.
    pub users: u64,
    /// Parts.
    pub parts: u64,
    /// Defects.
    pub records: u64,
    /// Rows of history.
    pub history: u64,
}

impl Holdings {
    /// Counts them in a database that has this program's tables.
    pub async fn of(db: &Db) -> Result<Self> {
        let db = db.reader();
        Ok(Self {
            users: app_user::Entity::find().count(db).await?,
            parts: part::Entity::find().count(db).await?,
            records: defect::Entity::find().count(db).await?,
            history: audit_event::Entity::find().count(db).await?,
        })
    }

    /// Whether nobody has worked here yet. The lists that the first start fills do not count.
    pub fn is_empty(&self) -> bool {
        self.users == 0 && self.parts == 0 && self.records == 0
    }

    /// Whether what is only added to is at least what it was.
    pub fn has_all_of(&self, earlier: &Self) -> bool {
        self.records >= earlier.records && self.history >= earlier.history
    }
}
