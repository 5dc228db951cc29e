//! What webhooks are asked and shown as.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notice::Event;
use crate::page::{Count, Limit};
use crate::value::{List, Text, WebAddress};

/// A webhook as administrators see it; its secret is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookView {
    /// Id.
    pub id: i64,
    /// What is called.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it is told of.
    pub events: Vec<Event>,
    /// False once switched off.
    pub is_active: bool,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A webhook whose secret was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedWebhook {
    /// What it is.
    #[serde(flatten)]
    pub view: WebhookView,
    /// The secret that signs its calls, shown this once. Null in the answer to a repeated request with the same
    /// Idempotency-Key, for which nothing secret is kept: if the first answer was lost, have a new one made.
    pub secret: Option<String>,
}

impl std::fmt::Debug for IssuedWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedWebhook")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

crate::input! {
    /// A webhook to add.
    pub struct NewWebhook {
        /// What to call: `https://`, and inside the plant's own network only what the server's configuration allows.
        url: required WebAddress,
        /// What it is for.
        description: optional Text<500>,
        /// What to tell it of.
        events: required List<Event>,
        /// False to add it switched off; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a webhook.
    pub struct WebhookPatch {
        /// What to call.
        url: change WebAddress,
        /// What it is for.
        description: clearable Text<500>,
        /// What to tell it of.
        events: change List<Event>,
        /// False to switch it off.
        is_active: change bool,
    }
}

crate::input! {
    /// Which webhooks to list, in the order in which they were added.
    pub struct WebhookQuery {
        /// Only those that are switched on, or off.
        is_active: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}
