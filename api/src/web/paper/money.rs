//! The cost box: what a record has come to, and what of; no box for who does not see cost.

use service::Error;
use service::defects::totals::MoneyTotals;
use service::defects::{cost, totals};
use service::words::QualityClass;

use super::read::all;
use super::record::partner;
use super::section::{Fact, Section, Table, fact};
use super::sheet::Sheet;
use crate::web::visit::Visit;

/// The totals of a record and, on a form of the whole record, its entries.
pub(super) async fn section(
    visit: &Visit,
    sheet: &Sheet,
    id: i64,
    with_entries: bool,
) -> Result<Option<Section>, Error> {
    let totals = totals::show(&visit.system, &visit.actor, id).await?;
    let Some(money) = totals.money else {
        return Ok(None);
    };
    let mut section = Section::titled(sheet.labels.text("paper-cost"));
    section.facts = facts(visit, sheet, &money);
    if with_entries {
        section.table = entries(visit, sheet, id).await?;
    }
    Ok(Some(section))
}

fn facts(visit: &Visit, sheet: &Sheet, money: &MoneyTotals) -> Vec<Fact> {
    let labels = &sheet.labels;
    let currency = &visit.system.settings.currency.code;
    let shown = |amount: &str| format!("{amount} {currency}");
    let mut facts = vec![
        fact(labels.text("paper-cost-all"), shown(&money.total)),
        fact(labels.text("paper-cost-labor"), shown(&money.labor_cost)),
        fact(labels.text("paper-cost-entries"), shown(&money.cost_total)),
    ];
    let classes = &money.by_quality_class;
    for (class, amount) in [
        (QualityClass::Prevention, &classes.prevention),
        (QualityClass::Appraisal, &classes.appraisal),
        (QualityClass::InternalFailure, &classes.internal_failure),
        (QualityClass::ExternalFailure, &classes.external_failure),
    ] {
        facts.push(fact(
            labels.word("quality-class", class.word()),
            shown(amount),
        ));
    }
    for charged in &money.charged {
        let label = labels.text("paper-charged-to");
        let amount = shown(&charged.amount);
        facts.push(fact(
            label,
            format!("{}: {amount}", partner(&charged.partner)),
        ));
    }
    facts
}

async fn entries(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Option<Table>, Error> {
    let (system, actor, labels) = (&visit.system, &visit.actor, &sheet.labels);
    let entries = all(|query| async move { cost::list(system, actor, id, &query).await }).await?;
    let heads = vec![
        labels.field("kind"),
        labels.field("amount"),
        labels.text("paper-charged-to"),
        labels.field("note"),
        labels.text("paper-by"),
    ];
    let rows = entries.iter().map(|entry| {
        // A reversal says why it was made where others say what they are.
        let note = entry.note.as_ref().or(entry.reason.as_ref());
        vec![
            labels.word("cost-kind", entry.kind.word()),
            entry.amount.clone(),
            entry.charged_to.as_ref().map(partner).unwrap_or_default(),
            note.cloned().unwrap_or_default(),
            sheet.by(Some(&entry.created_by), Some(&entry.created_at)),
        ]
    });
    Ok(Table::of(heads, rows.collect()))
}
