//! What a proposed disposition needs besides its lines: whose votes, whether they are signed, and a concession where
//! material is used although it does not conform.
//!
//! Whose votes is said by the rules of [`crate::approval_rule`], those that match any of the lines taken together: each
//! role once, each by a different person, so that a board of two is never one person with two roles. A concession's
//! quantity is used by the lines that are approved, wherever they are: whoever approves holds the concession's row, so
//! of two who use the last of it at once, the second sees what the first has left.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{concession, defect, disposition_line, part};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::approvals;
use super::guards::Line;
use super::record::Record;
use crate::approval_rule::{self, Rule};
use crate::concession::{self as concessions, Terms};
use crate::error::{FieldError, Result};
use crate::role::{Role, Roles};
use crate::system::{System, Unit};
use crate::words::{Disposition, Severity};

/// A vote that stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vote {
    pub(crate) approver: i64,
    /// The roles that he had when he voted.
    pub(crate) roles: Roles,
    pub(crate) is_signed: bool,
}

/// What the rules ask of a proposal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Whose votes, and by which rules.
    roles: BTreeMap<Role, BTreeSet<String>>,
    /// Whether the votes and the approval are signed.
    pub(crate) signature: bool,
    /// The lines that need the customer's consent, and by which rule.
    customer: Vec<(i64, String)>,
}

impl Asked {
    /// What `rules` ask of these lines of a record of this severity, where a piece costs so much.
    pub(crate) fn of(
        rules: &[Rule],
        severity: Option<Severity>,
        lines: &[Line],
        unit_cost: Option<i64>,
    ) -> Result<Self> {
        let mut asked = Self::default();
        for line in lines {
            let disposition = Disposition::stored(&line.disposition)?;
            for rule in rules {
                if rule.matches(severity, disposition, (line.quantity, unit_cost)) {
                    asked.add(rule, line.id);
                }
            }
        }
        Ok(asked)
    }

    /// Whether they ask for nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        self.roles.is_empty() && !self.signature && self.customer.is_empty()
    }

    fn add(&mut self, rule: &Rule, line: i64) {
        for role in &rule.roles {
            let by = self.roles.entry(*role).or_default();
            by.insert(rule.code.clone());
        }
        self.signature |= rule.signature_required;
        if rule.customer_required {
            self.customer.push((line, rule.code.clone()));
        }
    }
}

/// A proposal with what its guards look at.
#[derive(Debug, Default)]
pub(crate) struct Proposal {
    pub(crate) asked: Asked,
    pub(crate) votes: Vec<Vote>,
    terms: Vec<Terms>,
    /// The customer who owns the part's design.
    design_owner: Option<i64>,
    today: NaiveDate,
}

impl Proposal {
    /// A proposal of which only rules and votes are looked at.
    pub(crate) fn told(asked: Asked, votes: Vec<Vote>) -> Self {
        Self {
            asked,
            votes,
            ..Self::default()
        }
    }

    /// Reads what there is of a record's proposal.
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        system: &System,
        row: &defect::Model,
        lines: &[Line],
    ) -> Result<Self> {
        let part = part::Entity::find_by_id(row.part_id).one(db).await?;
        let (unit_cost, design_owner) = part
            .map(|part| (part.unit_cost, part.design_owner_id))
            .unwrap_or_default();
        let severity = row.severity.as_deref().map(Severity::stored).transpose()?;
        let rules = approval_rule::active(db).await?;
        let ids: BTreeSet<i64> = lines.iter().filter_map(|line| line.concession_id).collect();
        Ok(Self {
            asked: Asked::of(&rules, severity, lines, unit_cost)?,
            votes: approvals::standing(db, row.id).await?,
            terms: concessions::terms(db, &ids).await?,
            design_owner,
            today: system.settings.today(&system.clock),
        })
    }

    /// Whether somebody of engineering has voted for it.
    pub(super) fn has_engineering(&self) -> bool {
        let mut votes = self.votes.iter();
        votes.any(|vote| vote.roles.has(Role::TechEngineer))
    }

    /// The roles whose votes are missing.
    pub(super) fn missing_roles(&self) -> Vec<Role> {
        self.missing().into_iter().map(|(role, _)| role).collect()
    }

    /// The roles whose votes are asked for, by which rules, and whether each is missing.
    pub(super) fn wanted_votes(&self) -> Vec<(Role, Vec<String>, bool)> {
        let missing = self.missing_roles();
        let all = self.asked.roles.iter();
        let told = all.map(|(role, rules)| {
            let rules = rules.iter().cloned().collect();
            (*role, rules, missing.contains(role))
        });
        told.collect()
    }

    /// The votes that are missing, one for each role.
    pub(super) fn missing_votes(&self) -> Vec<FieldError> {
        let signed = if self.asked.signature { "signed " } else { "" };
        let told = self.missing().into_iter().map(|(role, rules)| {
            let rules: Vec<_> = rules.iter().map(String::as_str).collect();
            let message = format!(
                "a {signed}vote of a {role} is missing, besides those of the other roles (approval rule {})",
                rules.join(", ")
            );
            FieldError::unmet(format!("approvals[{role}]"), message)
        });
        told.collect()
    }

    /// The roles whose votes are missing, and the rules that ask for them; nobody votes for two of them.
    fn missing(&self) -> Vec<(Role, &BTreeSet<String>)> {
        let counted: Vec<&Vote> = self
            .votes
            .iter()
            .filter(|vote| vote.is_signed || !self.asked.signature)
            .collect();
        let mut given: BTreeMap<i64, Role> = BTreeMap::new();
        let mut missing = Vec::new();
        for (role, rules) in &self.asked.roles {
            if !place(*role, &counted, &mut given, &mut BTreeSet::new()) {
                missing.push((*role, rules));
            }
        }
        missing
    }

    /// What is wrong with the concessions of the lines, or with there being none.
    pub(super) fn concessions(
        &self,
        row: &defect::Model,
        lines: &[Line],
    ) -> Result<Vec<FieldError>> {
        let mut errors = Vec::new();
        for line in lines {
            let field = format!("disposition_lines[{}].concession_id", line.id);
            let refusals = match line.concession_id {
                Some(id) => self.refusals(row, lines, id),
                None => self.wanted(line)?.into_iter().collect(),
            };
            errors.extend(
                refusals
                    .into_iter()
                    .map(|message| FieldError::unmet(field.clone(), message)),
            );
        }
        Ok(errors)
    }

    /// Why a line without a concession needs one.
    fn wanted(&self, line: &Line) -> Result<Option<String>> {
        let accepts = Disposition::stored(&line.disposition)?.needs_engineering();
        if accepts && self.design_owner.is_some() {
            let message = "a valid concession is needed: the customer owns the part's design";
            return Ok(Some(message.to_owned()));
        }
        let mut by = self.asked.customer.iter();
        let rule = by.find(|(id, _)| *id == line.id);
        Ok(rule.map(|(_, code)| {
            format!("a concession is needed: the approval rule {code} asks for the customer")
        }))
    }

    /// Why a concession does not cover the lines that refer to it.
    fn refusals(&self, row: &defect::Model, lines: &[Line], id: i64) -> Vec<String> {
        let same = lines.iter().filter(|line| line.concession_id == Some(id));
        let wanted = same.map(|line| line.quantity).sum();
        match self.terms.iter().find(|terms| terms.row.id == id) {
            Some(terms) => terms.refusals(row, self.design_owner, self.today, wanted),
            None => vec!["there is no such concession".to_owned()],
        }
    }
}

/// Finds somebody for a role, if need be by giving somebody else's another one (Kuhn's augmenting paths).
fn place(
    role: Role,
    votes: &[&Vote],
    given: &mut BTreeMap<i64, Role>,
    asked: &mut BTreeSet<i64>,
) -> bool {
    for vote in votes.iter().filter(|vote| vote.roles.has(role)) {
        if !asked.insert(vote.approver) {
            continue;
        }
        let is_free = match given.get(&vote.approver).copied() {
            Some(other) => place(other, votes, given, asked),
            None => true,
        };
        if is_free {
            given.insert(vote.approver, role);
            return true;
        }
    }
    false
}

/// Holds the concessions of a record's lines until the transaction ends, always in the same order.
pub(super) async fn lock_concessions(unit: &Unit<'_>, defect_id: i64) -> Result<()> {
    let used: Vec<Option<i64>> = disposition_line::Entity::find()
        .select_only()
        .column(disposition_line::Column::ConcessionId)
        .filter(disposition_line::Column::DefectId.eq(defect_id))
        .filter(disposition_line::Column::ConcessionId.is_not_null())
        .into_tuple()
        .all(unit.tx)
        .await?;
    if used.is_empty() {
        return Ok(());
    }
    concession::Entity::find()
        .filter(concession::Column::Id.is_in(used.into_iter().flatten()))
        .order_by_asc(concession::Column::Id)
        .lock_exclusive()
        .all(unit.tx)
        .await?;
    Ok(())
}

/// Refuses a concession that a line cannot be used under, as far as that is known while it is proposed.
pub(super) async fn require_concession(
    record: &Record<'_>,
    (id, disposition): (Option<i64>, Disposition),
    quantity: i64,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let Some(id) = id else {
        return Ok(());
    };
    const FIELD: &str = "concession_id";
    if !disposition.needs_engineering() {
        let message =
            format!("only use_as_is and repair lines have a concession; this one is {disposition}");
        errors.push(FieldError::unmet(FIELD, message));
        return Ok(());
    }
    let db = record.unit.tx;
    let terms = concessions::terms(db, &BTreeSet::from([id])).await?;
    let Some(terms) = terms.first() else {
        errors.push(FieldError::unknown_reference(FIELD, "concession"));
        return Ok(());
    };
    let part = part::Entity::find_by_id(record.row.part_id).one(db).await?;
    let owner = part.and_then(|part| part.design_owner_id);
    let today = record.unit.system.settings.day(&record.unit.now);
    let refusals = terms.refusals(&record.row, owner, today, quantity);
    errors.extend(
        refusals
            .into_iter()
            .map(|message| FieldError::unmet(FIELD, message)),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(roles: &[Role], votes: &[(i64, &[Role])]) -> Proposal {
        let asked = Asked {
            roles: roles
                .iter()
                .map(|role| (*role, BTreeSet::from(["R".to_owned()])))
                .collect(),
            ..Asked::default()
        };
        let votes = votes.iter().map(|(approver, roles)| Vote {
            approver: *approver,
            roles: roles.iter().copied().collect(),
            is_signed: false,
        });
        Proposal::told(asked, votes.collect())
    }

    fn missing(roles: &[Role], votes: &[(i64, &[Role])]) -> Vec<String> {
        let missing = proposal(roles, votes).missing_votes().into_iter();
        missing.map(|error| error.field).collect()
    }

    #[test]
    fn a_person_with_two_roles_votes_for_one_of_them() {
        use Role::{QualityManager as Manager, TechEngineer as Engineer};
        let board = [Engineer, Manager];
        assert_eq!(
            missing(&board, &[]),
            ["approvals[tech_engineer]", "approvals[quality_manager]"]
        );
        assert_eq!(
            missing(&board, &[(1, &board)]),
            ["approvals[quality_manager]"]
        );
        assert_eq!(missing(&board, &[(1, &board), (2, &[Engineer])]), [""; 0]);
        assert_eq!(missing(&board, &[(1, &board), (2, &[Manager])]), [""; 0]);
        assert_eq!(
            missing(&board, &[(1, &[Engineer]), (2, &[Engineer])]),
            ["approvals[quality_manager]"]
        );
    }

    #[test]
    fn where_a_signature_is_asked_for_only_signed_votes_count() {
        let mut proposal = proposal(&[Role::TechEngineer], &[(1, &[Role::TechEngineer])]);
        assert!(proposal.missing_votes().is_empty());
        proposal.asked.signature = true;
        let missing = proposal.missing_votes();
        assert!(
            missing[0]
                .message
                .starts_with("a signed vote of a tech_engineer")
        );
        proposal.votes[0].is_signed = true;
        assert!(proposal.missing_votes().is_empty());
    }
}
