//! A disposition line as requests and answers write it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::reference::PersonRef;
use crate::value::{Id, Instant, LongText, Quantity, Text};
use crate::words::{Authority, Disposition, LineStatus, Reinspection};

crate::input! {
    /// A new disposition line.
    pub struct NewLine {
        /// What becomes of the material.
        disposition: required Disposition,
        /// Of how much.
        quantity: required Quantity,
        /// Why.
        justification: required LongText,
        /// What is to be done.
        instructions: optional LongText,
        /// On whose authority; `quality` unless said.
        authority: optional Authority,
        /// The concession under which it is used as it is, or repaired.
        concession_id: optional Id,
    }
}

crate::choice! {
    /// What may be said of a line's progress; to what it was before, only actions set it.
    pub enum LineProgress {
        /// Somebody is at work on it.
        InExecution = "in_execution",
        /// It is carried out.
        Done = "done",
    }
}

crate::input! {
    /// What may be changed of a disposition line.
    pub struct LinePatch {
        /// What becomes of the material.
        disposition: change Disposition,
        /// Of how much.
        quantity: change Quantity,
        /// Why.
        justification: change LongText,
        /// What is to be done.
        instructions: clearable LongText,
        /// On whose authority.
        authority: change Authority,
        /// The concession under which it is used as it is, or repaired.
        concession_id: clearable Id,
        /// How far it has come: from approved to in_execution and done, or straight to done.
        status: change LineProgress,
        /// Who rendered scrap unusable; whoever says that it is done, unless another is named.
        rendered_unusable_by: change Id,
        /// When; the moment at which it is said to be done, unless another is given.
        rendered_unusable_at: change Instant,
        /// The number under which material goes back to the supplier; needed before that is done.
        return_number: clearable Text<100>,
        /// What inspection found after rework or repair.
        reinspection_result: change Reinspection,
        /// For how much of the line that holds; the rest becomes a line of its own, with the other result.
        reinspection_quantity: change Quantity,
    }
}

/// A disposition line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// Id.
    pub id: i64,
    /// What becomes of the material.
    pub disposition: Disposition,
    /// Of how much.
    #[schema(example = "7")]
    pub quantity: String,
    /// Why.
    pub justification: String,
    /// What is to be done.
    #[schema(required)]
    pub instructions: Option<String>,
    /// On whose authority.
    pub authority: Authority,
    /// The technical engineer who gave the authority of engineering.
    #[schema(required)]
    pub engineered_by: Option<PersonRef>,
    /// The concession under which it is used.
    #[serde(default)]
    #[schema(required)]
    pub concession_id: Option<i64>,
    /// Who last wrote what becomes of the material and why; on lines of earlier versions nobody.
    #[serde(default)]
    #[schema(required)]
    pub proposed_by: Option<PersonRef>,
    /// Who approved it.
    #[serde(default)]
    #[schema(required)]
    pub decided_by: Option<PersonRef>,
    /// When it was approved.
    #[serde(default)]
    #[schema(required, format = DateTime)]
    pub decided_at: Option<String>,
    /// How far it has come.
    pub status: LineStatus,
    /// Who rendered the scrap unusable.
    #[serde(default)]
    #[schema(required)]
    pub rendered_unusable_by: Option<PersonRef>,
    /// When the scrap was rendered unusable.
    #[serde(default)]
    #[schema(required, format = DateTime)]
    pub rendered_unusable_at: Option<String>,
    /// The number under which it goes back to the supplier.
    #[serde(default)]
    #[schema(required)]
    pub return_number: Option<String>,
    /// What inspection found after rework or repair.
    #[schema(required)]
    pub reinspection_result: Option<Reinspection>,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who added it.
    pub created_by: PersonRef,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}
