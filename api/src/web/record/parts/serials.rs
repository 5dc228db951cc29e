//! Serial numbers on a tag, on the page of its record.

use actix_web::{post, web};
use service::Error;
use service::defects::serials::{self, NewSerial};
use service::rights::field;

use super::{Look, Rows, again, section};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::go;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(add_serial).service(remove_serial);
}

/// How many numbers the page shows.
const SHOWN: u8 = 100;

const WHAT: &str = "serial number";

/// The serial numbers on a tag.
#[derive(Default)]
pub(in crate::web) struct Serials {
    pub(in crate::web) rows: Rows<Serial>,
    /// Whether numbers may be added and removed.
    pub(in crate::web) may_change: bool,
}

/// A serial number.
pub(in crate::web) struct Serial {
    pub(in crate::web) id: i64,
    pub(in crate::web) number: String,
}

impl Serials {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = serials::list(system, actor, look.defect, &look.query(SHOWN)).await?;
        Ok(Self {
            rows: look.rows("serials", found, |one| Serial {
                id: one.id,
                number: one.serial_number,
            }),
            may_change: look.writes(field::SERIALS),
        })
    }
}

/// Adds a serial number.
#[post("/defects/{id}/serials")]
async fn add_serial(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let draft = sent.typed.draft::<NewSerial>();
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match serials::add(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "serials"), Some("serial-added")),
        Err(error) => again(&sent, id, "serial", sent.typed.clone(), error).await,
    }
}

/// Takes a serial number off the tag.
#[post("/defects/{id}/serials/{child_id}/removal")]
async fn remove_serial(sent: Posted) -> Reply {
    let (id, serial) = (sent.id("defect")?, sent.child(WHAT)?);
    match serials::remove(&sent.system, &sent.actor, id, serial, &sent.if_match()).await {
        // The second time that a button is pressed there is nothing to remove.
        Ok(_) | Err(Error::NotFound(WHAT)) => go(&section(id, "serials"), Some("serial-removed")),
        Err(error) => again(&sent, id, "serial", sent.typed.clone(), error).await,
    }
}
