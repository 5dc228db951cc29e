//! The signatures on a record: made by closing and reopening it, read here.

use entity::signature;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::ChildQuery;
use super::children::{Kind, page};
use crate::actor::Actor;
use crate::error::Result;
use crate::input::Draft;
use crate::lifecycle::Action;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::system::System;
use crate::value::Instant;
use crate::words::Meaning;

/// A signature (21 CFR 11.50).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignatureView {
    /// Id.
    pub id: i64,
    /// What was done.
    pub action: Action,
    /// What the signature stands for.
    pub meaning: Meaning,
    /// Who signed, by the printed name of that time.
    pub signer: PersonRef,
    /// When.
    #[schema(format = DateTime)]
    pub signed_at: String,
    /// The record's version that was signed.
    pub record_version: i64,
    /// SHA-256 of what was signed.
    pub content_sha256: String,
}

/// Lists a record's signatures.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<SignatureView>> {
    actor.may_read()?;
    let kind = Kind::<signature::Entity> {
        name: "signatures",
        id: signature::Column::Id,
        parent: signature::Column::DefectId,
        long: &[],
    };
    let page = page(system, defect_id, kind, draft, |signature| signature.id).await?;
    page.try_map(view)
}

/// A signature as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("signatures/{id}")
}

/// A signature as history keeps it.
pub(crate) fn content(row: &signature::Model) -> Json {
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

fn view(signature: signature::Model) -> Result<SignatureView> {
    Ok(SignatureView {
        id: signature.id,
        action: Action::stored(&signature.action)?,
        meaning: Meaning::stored(&signature.meaning)?,
        signer: PersonRef {
            id: signature.signer_id,
            name: signature.signer_name,
        },
        signed_at: Instant::show(&signature.signed_at),
        record_version: signature.record_version,
        content_sha256: signature.content_hash,
    })
}
