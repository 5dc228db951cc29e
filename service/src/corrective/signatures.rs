//! The signatures under a request: made by closing it, read here. Each says whether what was signed is still what is
//! written.

use entity::{car_signature, corrective_action};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::WHAT;
use super::closure::content_hash;
use super::lifecycle::CorrectiveMove;
use crate::actor::Actor;
use crate::defects::ChildQuery;
use crate::defects::children::{Kind, page_of};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::system::System;
use crate::value::Instant;
use crate::words::Meaning;

/// A signature under a corrective action request (21 CFR 11.50).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectiveSignature {
    /// Id.
    pub id: i64,
    /// What was done.
    pub action: CorrectiveMove,
    /// What the signature stands for.
    pub meaning: Meaning,
    /// Who signed, by the printed name of that time.
    pub signer: PersonRef,
    /// When.
    #[schema(format = DateTime)]
    pub signed_at: String,
    /// The request's version that was signed.
    pub record_version: i64,
    /// SHA-256 of what was signed.
    pub content_sha256: String,
    /// Whether what is written is still what was signed.
    pub matches: bool,
}

/// Lists the signatures under a request.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    car_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<CorrectiveSignature>> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = corrective_action::Entity::find_by_id(car_id)
        .one(db)
        .await?;
    let row = row.ok_or(Error::NotFound(WHAT))?;
    let kind = Kind::<car_signature::Entity> {
        name: "corrective-signatures",
        id: car_signature::Column::Id,
        parent: car_signature::Column::CarId,
        long: &[],
    };
    let page = page_of(db, car_id, kind, draft, |signature| signature.id).await?;
    let now = match page.items.is_empty() {
        true => String::new(),
        false => content_hash(db, &row).await?,
    };
    page.try_map(|signature| view(signature, &now))
}

/// A signature as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("signatures/{id}")
}

/// A signature as history keeps it.
pub(crate) fn content(row: &car_signature::Model) -> Json {
    json!({
        "action": row.action,
        "meaning": row.meaning,
        "signer_id": row.signer_id,
        "signer_name": row.signer_name,
        "signed_at": Instant::show(&row.signed_at),
        "record_version": row.record_version,
        "content_sha256": row.content_hash,
    })
}

fn view(signature: car_signature::Model, now: &str) -> Result<CorrectiveSignature> {
    Ok(CorrectiveSignature {
        id: signature.id,
        action: CorrectiveMove::stored(&signature.action)?,
        meaning: Meaning::stored(&signature.meaning)?,
        signer: PersonRef {
            id: signature.signer_id,
            name: signature.signer_name,
        },
        signed_at: Instant::show(&signature.signed_at),
        record_version: signature.record_version,
        matches: signature.content_hash == now,
        content_sha256: signature.content_hash,
    })
}
