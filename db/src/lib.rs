//! The shared connection: everything that differs between SQLite, PostgreSQL, MariaDB and MySQL
//! lives here.
//!
//! [`DatabaseUrl`] reads `DATABASE_URL`, [`Db`] connects and hands out readers, [`Db::write`] is
//! the one way to change data, [`Error`] is the one place where an engine's error numbers get a
//! meaning, [`lock`] lets one of ten starting servers migrate, and [`dialect`] names the facts that
//! the schema and the queries need. Nothing here knows a defect: no table, no entity, no rule of
//! the business.

pub mod bulk;
pub mod dialect;
pub mod file;
pub mod instant;
pub mod lock;
pub mod request;
pub mod search;

mod classify;
mod connect;
mod doubt;
mod engine;
mod error;
mod group;
mod in_place;
mod late;
mod lend;
mod lent;
mod parts;
mod pool;
mod session;
mod snapshot;
mod sqlite;
mod tx;
mod url;
mod write;

pub use connect::{Db, PoolState, UNHURRIED};
pub use engine::Engine;
pub use error::{Error, Rejection};
pub use futures_util::future::BoxFuture;
pub use in_place::{Cell, Row};
pub use lent::Reads;
pub use pool::PoolOptions;
pub use sea_orm::DbErr;
pub use tx::Tx;
pub use url::{DatabaseUrl, Family, UrlError};
pub use write::TxError;
