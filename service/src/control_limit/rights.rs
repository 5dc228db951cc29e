//! Who does what with frozen limits, by how far they have come.

use super::forms::ControlLimitView;
use crate::actor::Actor;
use crate::error::Result;
use crate::rights::{CONTROL_LIMITS, OWN_LIMITS};
use crate::words::LimitStatus;

/// Refuses whoever does not freeze limits; those who do approve and retire them too.
///
/// # Errors
/// `Forbidden`.
pub fn may_freeze(actor: &Actor) -> Result<()> {
    actor.require(CONTROL_LIMITS, "freeze control limits")
}

/// What the caller may do with frozen limits now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitRights {
    /// Approve them.
    pub approve: bool,
    /// Approve them, had he not frozen them himself.
    pub waits_for_another: bool,
    /// Retire them.
    pub retire: bool,
}

impl LimitRights {
    /// By his roles, by who froze them, and by how far they have come.
    pub fn of(actor: &Actor, limits: &ControlLimitView) -> Self {
        Self::frozen_by(actor, limits.created_by.id, limits.status)
    }

    fn frozen_by(actor: &Actor, person: i64, status: LimitStatus) -> Self {
        let approves = status == LimitStatus::Draft && may_freeze(actor).is_ok();
        let is_his = require_another(actor, person).is_err();
        Self {
            approve: approves && !is_his,
            waits_for_another: approves && is_his,
            retire: status != LimitStatus::Retired && may_freeze(actor).is_ok(),
        }
    }
}

/// Refuses approving what one froze oneself, unless one may that as well.
pub(super) fn require_another(actor: &Actor, frozen_by: i64) -> Result<()> {
    if actor.id != Some(frozen_by) {
        return Ok(());
    }
    let what = "approve the control limits that he froze himself";
    actor.require(OWN_LIMITS, what)
}

#[cfg(test)]
mod tests {
    use super::LimitRights;
    use crate::actor::Actor;
    use crate::role::Role;
    use crate::words::LimitStatus;

    fn person(id: i64, role: Role) -> Actor {
        Actor {
            id: Some(id),
            roles: [role].into_iter().collect(),
            ..Actor::command_line()
        }
    }

    #[test]
    fn quality_approves_what_others_froze_and_managers_their_own_too() {
        for role in Role::ALL {
            let freezes = matches!(role, Role::QualityEngineer | Role::QualityManager);
            let manages = *role == Role::QualityManager;
            for is_own in [false, true] {
                let actor = person(1, *role);
                let frozen_by = if is_own { 1 } else { 2 };
                let draft = LimitRights::frozen_by(&actor, frozen_by, LimitStatus::Draft);
                let expected = LimitRights {
                    approve: freezes && (manages || !is_own),
                    waits_for_another: freezes && is_own && !manages,
                    retire: freezes,
                };
                assert_eq!(draft, expected, "{role}, own: {is_own}");
            }
        }
    }

    #[test]
    fn only_drafts_are_approved_and_nothing_is_retired_twice() {
        let quality = person(1, Role::QualityEngineer);
        let approved = LimitRights::frozen_by(&quality, 2, LimitStatus::Approved);
        let retires = LimitRights {
            retire: true,
            ..LimitRights::default()
        };
        assert_eq!(approved, retires);
        let retired = LimitRights::frozen_by(&quality, 2, LimitStatus::Retired);
        assert_eq!(retired, LimitRights::default());
    }
}
