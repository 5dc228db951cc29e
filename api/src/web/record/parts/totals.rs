//! What a defect has come to, on the page of its record: time, and for who may see it money by kind of cost of quality and
//! by who is charged.

use service::defects::totals;

use super::Look;
use crate::problem::Problem;

/// What a record has come to.
#[derive(Default)]
pub(in crate::web) struct Totals {
    pub(in crate::web) minutes: i64,
    /// Label and amount, the total last; nothing for who does not see cost.
    pub(in crate::web) money: Vec<(String, String)>,
    /// The same by kind of cost of quality, without those that are nothing.
    pub(in crate::web) classes: Vec<(String, String)>,
    /// What partners are charged with.
    pub(in crate::web) charged: Vec<(String, String)>,
    pub(in crate::web) currency: String,
}

impl Totals {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor, page) = (&look.visit.system, &look.visit.actor, &look.page);
        let found = totals::show(system, actor, look.defect).await?;
        let mut shown = Self {
            minutes: found.labor_minutes,
            currency: system.settings.currency.code.clone(),
            ..Self::default()
        };
        let Some(money) = found.money else {
            return Ok(shown);
        };
        let nothing = system.settings.money(0);
        let classes = money.by_quality_class;
        let classes = [
            ("prevention", classes.prevention),
            ("appraisal", classes.appraisal),
            ("internal_failure", classes.internal_failure),
            ("external_failure", classes.external_failure),
        ];
        let classes = classes.into_iter().filter(|(_, amount)| *amount != nothing);
        shown.classes = classes
            .map(|(class, amount)| (page.word("quality-class", class), amount))
            .collect();
        shown.money = vec![
            (page.t("totals-labor"), money.labor_cost),
            (page.t("totals-cost"), money.cost_total),
            (page.t("totals-all"), money.total),
        ];
        let charged = money.charged.into_iter();
        shown.charged = charged.map(|one| (one.partner.name, one.amount)).collect();
        Ok(shown)
    }
}
