//! The form that the material review board decides on: the case in short, a verdict to tick, the cost, and lines to sign.

use actix_web::get;
use service::Error;
use service::defects::approvals::{self, ApprovalView};
use service::words::Authority;

use super::read::all;
use super::record::Record;
use super::section::{Section, Table};
use super::sheet::{FORMS, Form, Sheet};
use super::{form, lines, money, signed};
use crate::answer::Reply;
use crate::web::visit::Visit;

/// Shows the form of the material review board, as it is to be printed.
#[get("/defects/{id}/mrb")]
pub(super) async fn show_board(visit: Visit) -> Reply {
    let record = Record::of(&visit).await?;
    let sheet = Sheet::of(&visit, FORMS, record.place())?;
    let (labels, id) = (&sheet.labels, record.view.item.id);
    let mut sections = vec![
        form::report(&visit, &sheet, &record).await?,
        form::engineering(&visit, &sheet, &record).await?,
    ];
    let lines = lines::of(&visit, id).await?;
    let mut verdict = Section::titled(labels.text("paper-verdict"));
    verdict.verdicts = lines::verdicts(&sheet, &lines);
    sections.push(verdict);
    if !lines.is_empty() {
        sections.extend(lines::sections(&sheet, &record, &lines));
    }
    sections.extend(money::section(&visit, &sheet, id, false).await?);
    sections.push(votes(&visit, &sheet, id).await?);
    let mut signatures = signed::of_defect(&visit, &sheet, id).await?;
    let authority = |authority: &Authority| labels.word("authority", authority.word());
    signatures.by_hand = Authority::ALL.iter().map(authority).collect();
    sections.push(signatures);
    let title = labels.text("paper-mrb");
    Form::show(sheet, title, &record.view.item.tag_number, sections)
}

/// Who voted how, those of past rounds too.
async fn votes(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Section, Error> {
    let (system, actor, labels) = (&visit.system, &visit.actor, &sheet.labels);
    let votes =
        all(|query| async move { approvals::list(system, actor, id, &query).await }).await?;
    let heads = vec![
        labels.text("paper-round"),
        labels.text("paper-by"),
        labels.field("roles"),
        labels.text("paper-vote"),
        labels.field("reason"),
        labels.field("signature"),
    ];
    let mut section = Section::titled(labels.text("paper-votes"));
    let rows = votes.into_iter().map(|vote| row(sheet, vote));
    section.table = Table::of(heads, rows.collect());
    Ok(section)
}

fn row(sheet: &Sheet, vote: ApprovalView) -> Vec<String> {
    let labels = &sheet.labels;
    let roles = vote
        .roles
        .iter()
        .map(|role| labels.word("role", role.word()));
    let roles: Vec<String> = roles.collect();
    vec![
        vote.round.to_string(),
        sheet.by(Some(&vote.approver), Some(&vote.voted_at)),
        roles.join(", "),
        labels.word("decision", vote.decision.word()),
        vote.reason.unwrap_or_default(),
        labels.whether(vote.signature_id.is_some()),
    ]
}
