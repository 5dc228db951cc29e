//! What a record lacks before an action: the guards of [`crate::lifecycle`], all of them at once.

use entity::{defect, disposition_line, labor_entry};
use sea_orm::prelude::DateTimeWithTimeZone;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder,
    SelectExt,
};

use super::proposal::Proposal;
use crate::corrective;
use crate::error::{FieldError, Result};
use crate::lifecycle::Guard;
use crate::value::Quantity;
use crate::words::{Authority, Disposition, LineStatus, Reinspection, Severity, Status};

/// A record with what its guards look at.
pub(crate) struct Facts<'a> {
    pub(crate) row: &'a defect::Model,
    pub(crate) lines: &'a [Line],
    pub(crate) has_labor: bool,
    /// The number of an open corrective action request about the record.
    pub(crate) open_request: Option<String>,
    /// What an approval looks at; empty for other actions.
    pub(crate) proposal: &'a Proposal,
    /// Who takes the action.
    pub(crate) actor: Option<i64>,
}

/// A disposition line as far as guards look at it: without its texts, which may be long.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "disposition_line::Entity")]
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) disposition: String,
    pub(crate) quantity: i64,
    pub(crate) authority: String,
    pub(crate) engineered_by: Option<i64>,
    pub(crate) status: String,
    pub(crate) reinspection_result: Option<String>,
    pub(crate) concession_id: Option<i64>,
    pub(crate) created_by: i64,
    pub(crate) proposed_by: Option<i64>,
    pub(crate) decided_by: Option<i64>,
    pub(crate) decided_at: Option<DateTimeWithTimeZone>,
    pub(crate) rendered_unusable_by: Option<i64>,
    pub(crate) return_number: Option<String>,
}

impl Line {
    /// Whether somebody wrote what it proposes.
    pub(super) fn is_by(&self, person: Option<i64>) -> bool {
        person.is_some() && (person == Some(self.created_by) || person == self.proposed_by)
    }
}

impl From<&disposition_line::Model> for Line {
    fn from(line: &disposition_line::Model) -> Self {
        Self {
            id: line.id,
            disposition: line.disposition.clone(),
            quantity: line.quantity,
            authority: line.authority.clone(),
            engineered_by: line.engineered_by,
            status: line.status.clone(),
            reinspection_result: line.reinspection_result.clone(),
            concession_id: line.concession_id,
            created_by: line.created_by,
            proposed_by: line.proposed_by,
            decided_by: line.decided_by,
            decided_at: line.decided_at,
            rendered_unusable_by: line.rendered_unusable_by,
            return_number: line.return_number.clone(),
        }
    }
}

/// The disposition lines of a record, in the order in which they were added.
pub(super) async fn lines_of(db: &impl ConnectionTrait, defect_id: i64) -> Result<Vec<Line>> {
    let lines = disposition_line::Entity::find()
        .filter(disposition_line::Column::DefectId.eq(defect_id))
        .order_by_asc(disposition_line::Column::Id)
        .into_partial_model()
        .all(db)
        .await?;
    Ok(lines)
}

/// Whether there is labor on a record that was not reversed.
pub(super) async fn has_labor(db: &impl ConnectionTrait, defect_id: i64) -> Result<bool> {
    let reversed = Query::select()
        .column(labor_entry::Column::ReversesId)
        .from(labor_entry::Entity)
        .and_where(labor_entry::Column::DefectId.eq(defect_id))
        .and_where(labor_entry::Column::ReversesId.is_not_null())
        .to_owned();
    let standing = labor_entry::Entity::find()
        .filter(labor_entry::Column::DefectId.eq(defect_id))
        .filter(labor_entry::Column::ReversesId.is_null())
        .filter(labor_entry::Column::Id.not_in_subquery(reversed))
        .exists(db)
        .await?;
    Ok(standing)
}

/// The number of an open corrective action request about a record; asked only where a record could be reopened.
pub(super) async fn open_request(
    db: &impl ConnectionTrait,
    row: &defect::Model,
) -> Result<Option<String>> {
    if row.status != Status::Closed.word() {
        return Ok(None);
    }
    corrective::defects::open_request(db, row.id).await
}

impl Facts<'_> {
    /// Everything that the guards find missing.
    pub(crate) fn unmet(&self, guards: &[Guard]) -> Result<Vec<FieldError>> {
        let mut unmet = Vec::new();
        for guard in guards {
            self.check(*guard, &mut unmet)?;
        }
        Ok(unmet)
    }

    fn check(&self, guard: Guard, unmet: &mut Vec<FieldError>) -> Result<()> {
        let row = self.row;
        let mut need = |ok: bool, field: &str, message: &str| {
            if !ok {
                unmet.push(FieldError::unmet(field, message));
            }
        };
        match guard {
            Guard::SeveritySet => need(row.severity.is_some(), "severity", "must be set first"),
            Guard::CriticalIsContained => need(
                self.severity()? != Some(Severity::Critical) || row.is_contained,
                "is_contained",
                "critical material must be contained first",
            ),
            Guard::ProcessAnalysis => {
                need(
                    row.process_analysis.is_some(),
                    "process_analysis",
                    "must be written first",
                );
            }
            Guard::EngineeringFindings => need(
                self.severity()? == Some(Severity::Minor) || row.engineering_findings.is_some(),
                "engineering_findings",
                "must be written first, unless the defect is minor",
            ),
            Guard::FailureCode => need(
                row.failure_code_id.is_some(),
                "failure_code",
                "must be set first",
            ),
            Guard::SecondPerson => need(
                self.severity()? == Some(Severity::Minor) || self.actor != Some(row.reported_by),
                "closed_by",
                "a major or critical record is closed by somebody else than its reporter",
            ),
            Guard::NoOpenRequest => {
                let number = self.open_request.as_deref().unwrap_or_default();
                let message =
                    format!("{number} is about this defect and open; close or void it first");
                need(number.is_empty(), "corrective_actions", &message);
            }
            Guard::LinesAddUp => self.check_sum(unmet),
            Guard::LaborRecorded => need(
                self.has_labor || !self.any_line(|line| line.is_worked())?,
                "labor_entries",
                "a rework or repair line needs at least one labor entry",
            ),
            Guard::EngineeringAuthority => self.check_each(
                unmet,
                |line, disposition| {
                    !disposition.needs_engineering()
                        || self.proposal.has_engineering()
                        || (line.authority == Authority::Engineering.word()
                            && line.engineered_by.is_some())
                },
                "authority",
                "must be engineering, set by a tech_engineer",
            )?,
            Guard::Votes => unmet.extend(self.proposal.missing_votes()),
            Guard::Concessions => {
                unmet.extend(self.proposal.concessions(self.row, self.lines)?);
            }
            Guard::Evidence => self.check_evidence(unmet)?,
            Guard::LinesDone => self.check_each(
                unmet,
                |line, _| line.status == LineStatus::Done.word(),
                "status",
                "must be done first",
            )?,
            Guard::Reinspected => self.check_each(
                unmet,
                |line, disposition| {
                    !disposition.is_worked()
                        || line.reinspection_result.as_deref() == Some(Reinspection::Pass.word())
                },
                "reinspection_result",
                "must be pass first",
            )?,
        }
        Ok(())
    }

    fn severity(&self) -> Result<Option<Severity>> {
        self.row
            .severity
            .as_deref()
            .map(Severity::stored)
            .transpose()
    }

    fn check_sum(&self, unmet: &mut Vec<FieldError>) {
        if self.lines.is_empty() {
            unmet.push(FieldError::unmet(
                "disposition_lines",
                "at least one is needed",
            ));
            return;
        }
        let sum: i64 = self.lines.iter().map(|line| line.quantity).sum();
        if sum != self.row.quantity_defective {
            unmet.push(FieldError::unmet(
                "disposition_lines",
                format!(
                    "the lines total {}, the defective quantity is {}",
                    Quantity::show(sum),
                    Quantity::show(self.row.quantity_defective)
                ),
            ));
        }
    }

    fn check_evidence(&self, unmet: &mut Vec<FieldError>) -> Result<()> {
        // Only of lines that were done by an earlier version: the others get it with it.
        self.check_each(
            unmet,
            |line, disposition| {
                disposition != Disposition::Scrap
                    || line.status != LineStatus::Done.word()
                    || line.rendered_unusable_by.is_some()
            },
            "rendered_unusable_by",
            "say first who rendered it unusable",
        )?;
        self.check_each(
            unmet,
            |line, disposition| {
                disposition != Disposition::ReturnToSupplier || line.return_number.is_some()
            },
            "return_number",
            "say first under which number it goes back",
        )
    }

    fn any_line(&self, holds: impl Fn(Disposition) -> bool) -> Result<bool> {
        for line in self.lines {
            if holds(Disposition::stored(&line.disposition)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every line that does not hold is named by its id.
    fn check_each(
        &self,
        unmet: &mut Vec<FieldError>,
        holds: impl Fn(&Line, Disposition) -> bool,
        field: &str,
        message: &str,
    ) -> Result<()> {
        for line in self.lines {
            let disposition = Disposition::stored(&line.disposition)?;
            if !holds(line, disposition) {
                let field = format!("disposition_lines[{}].{field}", line.id);
                unmet.push(FieldError::unmet(
                    field,
                    format!("{message} ({disposition})"),
                ));
            }
        }
        Ok(())
    }
}
