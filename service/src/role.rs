//! Roles, and sets of them: several add up.

crate::choice! {
    /// What a person is in the plant.
    pub enum Role {
        /// Manages users and lists and corrects data; never decides or signs.
        Admin = "admin",
        /// Finds and reports.
        Inspector = "inspector",
        /// Reports, says what happened, repairs.
        Operator = "operator",
        /// Finds cause and cost.
        TechEngineer = "tech_engineer",
        /// Disposes, verifies, signs.
        QualityEngineer = "quality_engineer",
        /// All that quality engineers do; reopens and voids.
        QualityManager = "quality_manager",
        /// Reads.
        Viewer = "viewer",
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// Whether `role` is among them.
    pub fn has(self, role: Role) -> bool {
        self.0 & bit(role) != 0
    }

    /// Whether any of `roles` is among them.
    pub fn has_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in the order of the design.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL
            .iter()
            .copied()
            .filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | bit(role)))
    }
}

const fn bit(role: Role) -> u8 {
    1 << role as u8
}
