//! What a record has come to: time, money by kind of cost of quality, and who is charged with how much of it.
//!
//! Computed from its entries each time. What came back (`recovery`) lowers what it is counted under, so that the classes
//! add up to the total, and the total is the labor and the cost of the record. Who does not see cost sees the minutes.

use std::collections::{BTreeMap, HashMap};

use entity::{cost_entry, labor_entry};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::children::Under;
use super::cost::{class_of, partners_of};
use crate::actor::Actor;
use crate::error::Result;
use crate::reference::PartnerRef;
use crate::rights::sees_cost;
use crate::setting::Settings;
use crate::system::System;
use crate::words::{Activity, CostKind, QualityClass};

/// What a record has come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TotalsView {
    /// Time spent.
    pub labor_minutes: i64,
    /// Money; not there for those who do not see cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<MoneyTotals>,
}

/// What a record has cost, in the system's currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoneyTotals {
    /// Time at its rates; time without a rate costs nothing here.
    #[schema(example = "72.00")]
    pub labor_cost: String,
    /// Cost entries, less what came back; the record's `cost_total`.
    #[schema(example = "12.50")]
    pub cost_total: String,
    /// Both.
    #[schema(example = "84.50")]
    pub total: String,
    /// The total by kind of cost of quality.
    pub by_quality_class: ClassTotals,
    /// Cost entries that partners are charged with, less what came back from them.
    pub charged: Vec<ChargedTotal>,
}

/// Money by kind of cost of quality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassTotals {
    /// Keeping it from happening again.
    #[schema(example = "0.00")]
    pub prevention: String,
    /// Finding out whether it conforms: inspecting and sorting are of this class.
    #[schema(example = "12.00")]
    pub appraisal: String,
    /// It failed before it left the house: all other labor is of this class.
    #[schema(example = "72.50")]
    pub internal_failure: String,
    /// It failed at the customer.
    #[schema(example = "0.00")]
    pub external_failure: String,
}

/// What a partner is charged with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChargedTotal {
    /// Who.
    pub partner: PartnerRef,
    /// How much.
    #[schema(example = "12.50")]
    pub amount: String,
}

/// What a record has come to.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, under: impl Into<Under>) -> Result<TotalsView> {
    actor.may_read()?;
    let db = system.db.reader();
    let under: Under = under.into();
    let Under { id, .. } = under.found(db).await?;
    let labor = labor_entry::Entity::find()
        .filter(labor_entry::Column::DefectId.eq(id))
        .all(db)
        .await?;
    let labor_minutes = labor.iter().map(|entry| entry.minutes).sum();
    if !sees_cost(actor.roles) {
        let money = None;
        return Ok(TotalsView {
            labor_minutes,
            money,
        });
    }
    let costs = cost_entry::Entity::find()
        .filter(cost_entry::Column::DefectId.eq(id))
        .all(db)
        .await?;
    let sums = Sums::of(&labor, &costs)?;
    let charged = sums.charged.keys().copied().collect();
    let partners = partners_of(db, charged).await?;
    Ok(TotalsView {
        labor_minutes,
        money: Some(sums.view(&system.settings, &partners)),
    })
}

/// The sums in minor units.
#[derive(Default)]
struct Sums {
    labor: i64,
    costs: i64,
    classes: HashMap<QualityClass, i64>,
    charged: BTreeMap<i64, i64>,
}

impl Sums {
    fn of(labor: &[labor_entry::Model], costs: &[cost_entry::Model]) -> Result<Self> {
        let mut sums = Self::default();
        for entry in labor {
            let cost = entry.cost.unwrap_or(0);
            let class = Activity::stored(&entry.activity)?.quality_class();
            sums.labor += cost;
            *sums.classes.entry(class).or_default() += cost;
        }
        for entry in costs {
            let amount = match CostKind::stored(&entry.kind)? {
                CostKind::Recovery => -entry.amount,
                _ => entry.amount,
            };
            sums.costs += amount;
            *sums.classes.entry(class_of(entry)?).or_default() += amount;
            if let Some(partner) = entry.charged_to_id {
                *sums.charged.entry(partner).or_default() += amount;
            }
        }
        Ok(sums)
    }

    fn view(self, settings: &Settings, partners: &HashMap<i64, PartnerRef>) -> MoneyTotals {
        let class = |class| settings.money(self.classes.get(&class).copied().unwrap_or(0));
        let charged = self.charged.iter().filter_map(|(id, amount)| {
            Some(ChargedTotal {
                partner: partners.get(id)?.clone(),
                amount: settings.money(*amount),
            })
        });
        MoneyTotals {
            labor_cost: settings.money(self.labor),
            cost_total: settings.money(self.costs),
            total: settings.money(self.labor + self.costs),
            by_quality_class: ClassTotals {
                prevention: class(QualityClass::Prevention),
                appraisal: class(QualityClass::Appraisal),
                internal_failure: class(QualityClass::InternalFailure),
                external_failure: class(QualityClass::ExternalFailure),
            },
            charged: charged.collect(),
        }
    }
}
