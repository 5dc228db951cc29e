//! How records name each other in answers: an id, and what people read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A user as others see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonRef {
    /// Id of the user.
    pub id: i64,
    /// Display name.
    pub name: String,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartRef {
    /// Id of the part.
    pub id: i64,
    /// Part number.
    pub number: String,
    /// Revision.
    pub revision: String,
    /// Name.
    pub name: String,
}

/// A work center.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkCenterRef {
    /// Id of the work center.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A customer or supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartnerRef {
    /// Id of the partner.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}
