//! The signatures on a record: made by whoever votes, approves, closes and reopens, read here together with whether what
//! was signed is still what the record says (21 CFR 11.70). It is computed from the record each time, never stored.

use std::collections::HashMap;

use entity::{audit_event, defect, signature};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{Kind, Under, page};
use super::close::Signable;
use super::{ChildQuery, ENTITY, WHAT};
use crate::actor::Actor;
use crate::audit::MERGED_FROM;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::system::System;
use crate::value::Instant;
use crate::words::{Meaning, Signed};

/// A signature (21 CFR 11.50).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignatureView {
    /// Id.
    pub id: i64,
    /// What was signed.
    pub action: Signed,
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
    /// Whether what was signed is still what the record says: of a vote and an approval the proposal, otherwise all that
    /// is written on the record. Null where it was signed in another system, whose ids are not those of this one.
    #[schema(required)]
    pub matches: Option<bool>,
}

/// Lists a record's signatures.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<SignatureView>> {
    actor.may_read()?;
    let kind = Kind::<signature::Entity> {
        name: "signatures",
        id: signature::Column::Id,
        parent: signature::Column::DefectId,
        long: &[],
    };
    let under: Under = under.into();
    let page = page(system, under, kind, draft, |signature| signature.id).await?;
    let now = Now::of(system.db.reader(), under.id, &page.items).await?;
    page.try_map(|signature| view(signature, &now))
}

/// What would be signed now.
#[derive(Default)]
struct Now {
    hashes: HashMap<Signed, String>,
    /// Where in the record's history each signature stands.
    places: HashMap<i64, i64>,
    /// Up to where the history came from another system.
    merged: i64,
}

impl Now {
    async fn of(
        db: &impl ConnectionTrait,
        id: i64,
        signatures: &[signature::Model],
    ) -> Result<Self> {
        let mut now = Self::default();
        if signatures.is_empty() {
            return Ok(now);
        }
        let row = defect::Entity::find_by_id(id).one(db).await?;
        let row = row.ok_or(Error::NotFound(WHAT))?;
        let signable = Signable::load(db, &row).await?;
        for signed in Signed::ALL {
            now.hashes.insert(*signed, signable.hash(*signed));
        }
        now.find_places(db, id).await?;
        Ok(now)
    }

    async fn find_places(&mut self, db: &impl ConnectionTrait, id: i64) -> Result<()> {
        let told: Vec<(i64, Option<String>)> = audit_event::Entity::find()
            .select_only()
            .columns([audit_event::Column::Seq, audit_event::Column::Field])
            .filter(audit_event::Column::Entity.eq(ENTITY))
            .filter(audit_event::Column::EntityId.eq(id))
            .filter(
                Condition::any()
                    .add(audit_event::Column::Field.eq(MERGED_FROM))
                    .add(audit_event::Column::Field.like("signatures/%")),
            )
            .into_tuple()
            .all(db)
            .await?;
        for (seq, field) in told {
            let field = field.unwrap_or_default();
            if field == MERGED_FROM {
                self.merged = self.merged.max(seq);
            } else if let Some(id) = field.strip_prefix("signatures/") {
                self.places.extend(id.parse().map(|id: i64| (id, seq)));
            }
        }
        Ok(())
    }

    fn matches(&self, signed: Signed, row: &signature::Model) -> Option<bool> {
        // Of a history that was left short the report tells it, which is its first row.
        let place = self.places.get(&row.id).copied().unwrap_or(1);
        let here = self.hashes.get(&signed) == Some(&row.content_hash);
        (here || place > self.merged).then_some(here)
    }
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

fn view(signature: signature::Model, now: &Now) -> Result<SignatureView> {
    let action = Signed::stored(&signature.action)?;
    Ok(SignatureView {
        matches: now.matches(action, &signature),
        id: signature.id,
        action,
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
