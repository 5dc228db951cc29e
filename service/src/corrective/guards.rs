//! What a request lacks before a move: the guards of [`super::lifecycle`], all of them at once.

use entity::{car_action, car_cause, corrective_action};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::checks;
use super::lifecycle::{Guard, Transition};
use super::steps::Steps;
use crate::error::{FieldError, Result};
use crate::words::{CorrectiveKind, Effectiveness, RootCauseKind, Step};

/// A request with what its guards look at.
pub(super) struct Facts<'a> {
    row: &'a corrective_action::Model,
    /// The steps that have a text.
    written: Vec<Step>,
    actions: Vec<ActionFact>,
    /// What the verified root causes explain.
    explained: Vec<String>,
    checked: Option<Effectiveness>,
    /// Who makes the move.
    actor: Option<i64>,
}

/// An action as far as guards look at it: id, kind, attempt, and whether it is done and verified.
struct ActionFact {
    id: i64,
    kind: String,
    attempt: i64,
    is_done: bool,
    is_verified: bool,
}

impl<'a> Facts<'a> {
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        row: &'a corrective_action::Model,
        actor: Option<i64>,
    ) -> Result<Self> {
        let steps = Steps::of(db, row.id).await?;
        let mut written = Vec::new();
        for step in Step::ALL {
            let of = steps.get(*step)?;
            if of.content.is_some() || of.supplier_content.is_some() {
                written.push(*step);
            }
        }
        let explained = car_cause::Entity::find()
            .select_only()
            .column(car_cause::Column::Kind)
            .filter(car_cause::Column::CarId.eq(row.id))
            .filter(car_cause::Column::VerifiedAt.is_not_null())
            .into_tuple()
            .all(db)
            .await?;
        Ok(Self {
            row,
            written,
            actions: actions_of(db, row.id).await?,
            explained,
            checked: checks::last(db, row.id, row.attempt).await?,
            actor,
        })
    }

    /// Everything that the guards of a move find missing.
    pub(super) fn unmet(&self, transition: &Transition) -> Vec<FieldError> {
        let mut unmet = Vec::new();
        for guard in transition.guards {
            self.check(*guard, transition, &mut unmet);
        }
        unmet
    }

    fn check(&self, guard: Guard, transition: &Transition, unmet: &mut Vec<FieldError>) {
        let mut need = |ok: bool, field: &str, message: &str| {
            if !ok {
                unmet.push(FieldError::unmet(field, message));
            }
        };
        match guard {
            Guard::Written => {
                if let Some(step) = transition.completes {
                    let field = format!("{step}.text");
                    need(
                        self.written.contains(&step),
                        &field,
                        "must be written first",
                    );
                }
            }
            Guard::ContainmentDone => self.each(unmet, CorrectiveKind::Containment, false),
            Guard::CausesVerified => {
                for kind in [RootCauseKind::Occurrence, RootCauseKind::NonDetection] {
                    if !self.explained.iter().any(|one| one == kind.word()) {
                        let message = format!("a verified one of the kind {kind} is needed");
                        unmet.push(FieldError::unmet("root_causes", message).of(kind.word()));
                    }
                }
            }
            Guard::CorrectiveChosen => {
                let chosen = |action: &ActionFact| {
                    action.kind == CorrectiveKind::Corrective.word()
                        && action.attempt == self.row.attempt
                };
                let message = "a corrective one of this attempt is needed";
                need(self.actions.iter().any(chosen), "actions", message);
            }
            Guard::CorrectiveVerified => self.each(unmet, CorrectiveKind::Corrective, true),
            Guard::PreventiveVerified => self.each(unmet, CorrectiveKind::Preventive, true),
            Guard::Effective => need(
                self.checked == Some(Effectiveness::Effective),
                "effectiveness_checks",
                "the last one of this attempt must say effective",
            ),
            Guard::SecondPerson => need(
                self.actor != Some(self.row.owner_id),
                "closed_by",
                "a request is closed by somebody else than its owner",
            ),
        }
    }

    /// Every action of a kind that is not done, or not verified where it has to be, is named by its id.
    fn each(&self, unmet: &mut Vec<FieldError>, kind: CorrectiveKind, verified: bool) {
        for action in self.actions.iter().filter(|one| one.kind == kind.word()) {
            let (ok, field, message) = match verified {
                _ if !action.is_done => (false, "is_done", "must be done first"),
                true => (
                    action.is_verified,
                    "is_verified",
                    "must be verified first, by somebody else than who did it",
                ),
                false => (true, "", ""),
            };
            if !ok {
                let field = format!("actions[{}].{field}", action.id);
                unmet.push(FieldError::unmet(field, format!("{message} ({kind})")));
            }
        }
    }
}

async fn actions_of(db: &impl ConnectionTrait, car_id: i64) -> Result<Vec<ActionFact>> {
    type Row = (i64, String, i64, Option<i64>, Option<i64>);
    let rows: Vec<Row> = car_action::Entity::find()
        .select_only()
        .columns([
            car_action::Column::Id,
            car_action::Column::Kind,
            car_action::Column::Attempt,
            car_action::Column::DoneBy,
            car_action::Column::VerifiedBy,
        ])
        .filter(car_action::Column::CarId.eq(car_id))
        .order_by_asc(car_action::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let facts = rows
        .into_iter()
        .map(|(id, kind, attempt, done_by, verified_by)| ActionFact {
            id,
            kind,
            attempt,
            is_done: done_by.is_some(),
            is_verified: verified_by.is_some(),
        });
    Ok(facts.collect())
}
