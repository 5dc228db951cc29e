//! The demo plant: its people, parts, work centers, customers and suppliers.

use crate::role::Role;
use crate::words::{Milestone, Severity};

/// Somebody who signs in.
pub(super) struct Person {
    pub(super) username: &'static str,
    pub(super) display_name: &'static str,
    pub(super) role: Role,
}

/// The password of somebody of the demo, by the name that he signs in with.
pub(super) fn password(username: &str) -> String {
    format!("{username}-demo")
}

const fn person(username: &'static str, display_name: &'static str, role: Role) -> Person {
    Person {
        username,
        display_name,
        role,
    }
}

/// In the order of their ids.
pub(super) const PEOPLE: &[Person] = &[
    person("admin", "Admin", Role::Admin),
    person("inspector", "Inspector", Role::Inspector),
    person("operator", "Operator", Role::Operator),
    person("engineer", "Engineer", Role::TechEngineer),
    person("quality", "Quality", Role::QualityEngineer),
    person("manager", "Manager", Role::QualityManager),
    person("viewer", "Viewer", Role::Viewer),
];

/// A part; what one costs is in hundredths.
pub(super) struct Part {
    pub(super) number: &'static str,
    pub(super) revision: &'static str,
    pub(super) name: &'static str,
    pub(super) cost: i64,
}

const fn part(number: &'static str, revision: &'static str, name: &'static str, cost: i64) -> Part {
    Part {
        number,
        revision,
        name,
        cost,
    }
}

pub(super) const PARTS: &[Part] = &[
    part("PN-100", "A", "Flange DN 80", 1_850),
    part("PN-100", "B", "Flange DN 80", 1_920),
    part("PN-101", "A", "Flange DN 100", 2_480),
    part("PN-110", "C", "Bearing housing", 8_640),
    part("PN-111", "B", "Bearing cap", 1_275),
    part("PN-120", "D", "Drive shaft", 14_300),
    part("PN-121", "A", "Hollow shaft", 11_750),
    part("PN-130", "B", "Gear wheel 42T", 9_860),
    part("PN-131", "B", "Pinion 17T", 6_420),
    part("PN-140", "A", "Bracket left", 740),
    part("PN-141", "A", "Bracket right", 740),
    part("PN-150", "E", "Cover plate", 1_130),
    part("PN-151", "C", "Base plate", 4_990),
    part("PN-160", "B", "Hydraulic manifold", 23_800),
    part("PN-161", "B", "Valve body", 12_640),
    part("PN-170", "A", "Pump impeller", 7_310),
    part("PN-171", "C", "Pump casing", 18_900),
    part("PN-180", "F", "Welded frame", 41_200),
    part("PN-181", "B", "Cross beam", 9_450),
    part("PN-190", "A", "Coupling half", 3_260),
    part("PN-200", "C", "Cable harness", 5_120),
    part("PN-201", "D", "Control board", 13_870),
    part("PN-202", "A", "Sensor housing", 960),
    part("PN-210", "A", "Gasket set", 410),
    part("PN-220", "B", "Compression spring", 185),
    part("PN-230", "A", "Hex bolt M12", 35),
    part("PN-240", "B", "Motor mount", 2_890),
    part("PN-250", "A", "Heat exchanger core", 32_600),
    part("PN-260", "C", "Tank shell", 27_450),
    part("PN-270", "A", "Guide rail", 6_080),
];

/// A work center in an area.
pub(super) struct WorkCenter {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// One of [`super::codes::AREAS`].
    pub(super) area: &'static str,
}

const fn work_center(code: &'static str, name: &'static str, area: &'static str) -> WorkCenter {
    WorkCenter { code, name, area }
}

pub(super) const WORK_CENTERS: &[WorkCenter] = &[
    work_center("WC-10", "Incoming inspection", "RECEIVING"),
    work_center("WC-20", "Turning", "MACHINING"),
    work_center("WC-30", "Drilling", "MACHINING"),
    work_center("WC-35", "Milling", "MACHINING"),
    work_center("WC-40", "Grinding", "MACHINING"),
    work_center("WC-50", "Manual welding", "WELDING"),
    work_center("WC-55", "Welding robot", "WELDING"),
    work_center("WC-60", "Paint shop", "COATING"),
    work_center("WC-65", "Galvanising", "COATING"),
    work_center("WC-70", "Assembly line 1", "ASSEMBLY"),
    work_center("WC-75", "Assembly line 2", "ASSEMBLY"),
    work_center("WC-80", "Final inspection", "ASSEMBLY"),
    work_center("WC-90", "Packing and dispatch", "DISPATCH"),
];

/// A customer, a supplier, or both.
pub(super) struct Partner {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) is_customer: bool,
    pub(super) is_supplier: bool,
}

const fn customer(code: &'static str, name: &'static str) -> Partner {
    Partner {
        code,
        name,
        is_customer: true,
        is_supplier: false,
    }
}

const fn supplier(code: &'static str, name: &'static str) -> Partner {
    Partner {
        code,
        name,
        is_customer: false,
        is_supplier: true,
    }
}

pub(super) const PARTNERS: &[Partner] = &[
    customer("C-1001", "Nordwind Turbines"),
    customer("C-1002", "Atlas Tractors"),
    customer("C-1003", "Maquinaria Río Claro"),
    customer("C-1004", "海风泵业"),
    customer("C-1005", "Meridian Rail"),
    customer("C-1006", "Polar Marine"),
    supplier("S-2001", "Castwell Foundry"),
    supplier("S-2002", "Aceros del Norte"),
    supplier("S-2003", "金河精密"),
    supplier("S-2004", "Bolt and Thread"),
    supplier("S-2005", "Elektra Cables"),
    supplier("S-2006", "Fine Surface Coatings"),
    Partner {
        code: "P-3001",
        name: "Kestrel Machining",
        is_customer: true,
        is_supplier: true,
    },
];

/// How many days the plant gives itself for a defect and for the steps of a request: severity, what is to be done, days.
pub(super) const DUE_RULES: &[(Severity, Milestone, i64)] = &[
    (Severity::Critical, Milestone::Containment, 0),
    (Severity::Critical, Milestone::Disposition, 3),
    (Severity::Critical, Milestone::Closure, 14),
    (Severity::Major, Milestone::Containment, 1),
    (Severity::Major, Milestone::Disposition, 7),
    (Severity::Major, Milestone::Closure, 30),
    (Severity::Minor, Milestone::Closure, 60),
    (Severity::Critical, Milestone::D3, 1),
    (Severity::Critical, Milestone::D5, 14),
    (Severity::Critical, Milestone::D8, 45),
    (Severity::Major, Milestone::D3, 3),
    (Severity::Major, Milestone::D5, 30),
    (Severity::Major, Milestone::D8, 90),
];

/// A concession of the first customer, for any of his parts: its number, his reference, how many pieces.
pub(super) const CONCESSION: (&str, &str, i64) = ("CN-0001", "Deviation permit 4711", 500);

/// Where material is held until it is decided on.
pub(super) const HOLD_LOCATIONS: &[&str] = &[
    "Quarantine A-1",
    "Quarantine A-4",
    "Quarantine B-2",
    "Cage 3",
    "Rack Q-17",
    "Yard Q",
];
