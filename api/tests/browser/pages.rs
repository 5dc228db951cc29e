//! Every page, and who sees it: the table that the pages are crawled by.
//!
//! `{record}` and the like stand for what [`crate::furnished`] has made. A page that is not in the table fails a test, so
//! does a row that no page answers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::furnished::Furnished;
use crate::site::PEOPLE;

type Who = &'static [&'static str];

const ALL: Who = &PEOPLE;
const REPORTERS: Who = &["inspector", "operator", "engineer", "quality", "manager"];
/// Who sees cost.
const PAYERS: Who = &["admin", "engineer", "quality", "manager"];
const ENGINEERS: Who = &["engineer", "quality", "manager"];
const QUALITY: Who = &["quality", "manager"];
const MANAGER: Who = &["manager"];
/// Who reverses labor in the disposition.
const BOOKERS: Who = &["engineer", "manager"];
/// Who makes void what the inspector has attached.
const VOIDERS: Who = &["inspector", "quality", "manager"];
/// Who writes the head and the steps of a request.
const WRITERS: Who = &["admin", "engineer", "quality", "manager"];
const KEEPERS: Who = &["admin", "manager"];
/// Who keeps concessions, and so has something to administer.
const GRANTERS: Who = &["admin", "quality", "manager"];
const ADMIN: Who = &["admin"];

#[rustfmt::skip]
const TABLE: &[(&str, Who)] = &[
    ("/", ALL), ("/me", ALL), ("/me/notifications", ALL), ("/nothing-here", ALL),
    ("/floor", REPORTERS), ("/floor?part_id={part}", REPORTERS), ("/floor/reports/{record}", ALL),
    ("/defects", ALL), ("/defects?severity=major", ALL), ("/defects?filter=status:open&columns=title,due_at", ALL), ("/board", ALL),
    // The record: with everything on it, and as it looks in later states.
    ("/defects/{record}", ALL), ("/defects/{executing}", ALL), ("/defects/{verifying}", ALL), ("/defects/{closed}", ALL),
    ("/defects/{record}/disposition-lines", ALL), ("/defects/{record}/labor-entries", ALL),
    ("/defects/{record}/cost-entries", PAYERS), ("/defects/{record}/approvals", ALL), ("/defects/{closed}/signatures", ALL),
    ("/defects/{record}/notes", ALL), ("/defects/{record}/attachments", ALL), ("/defects/{record}/serials", ALL),
    ("/defects/{record}/links", ALL), ("/defects/{record}/history", ALL), ("/defects/{record}/translations/es", ALL),
    ("/defects/{record}/attachments/{attachment}", ALL), ("/defects/{record}/attachments/{photo}", ALL),
    ("/defects/{record}/disposition-lines/{line}", ALL), ("/defects/{executing}/disposition-lines/{executed}", ALL),
    // Why something is taken back is asked of those who may.
    ("/defects/{record}/labor-entries/{labor}/reversal", BOOKERS), ("/defects/{record}/cost-entries/{cost}/reversal", PAYERS),
    ("/defects/{record}/notes/{note}/redaction", MANAGER), ("/defects/{record}/attachments/{attachment}/void", VOIDERS),
    ("/defects/{record}/transitions/return_to_analysis", QUALITY), ("/defects/{verifying}/transitions/close", QUALITY),
    ("/defects/{closed}/transitions/reopen", MANAGER),
    // Paper.
    ("/defects/{record}/tag", ALL), ("/defects/{record}/tag?size=label", ALL), ("/defects/{record}/form", ALL),
    ("/defects/{closed}/form?paper=letter", ALL), ("/defects/{record}/mrb", ALL), ("/corrective-actions/{request}/form", ALL),
    // Corrective actions.
    ("/corrective-actions", ALL), ("/corrective-actions/new?defect={record}", ENGINEERS), ("/corrective-actions/{request}", ALL),
    ("/corrective-actions/{request}/head", WRITERS), ("/corrective-actions/{request}/steps/d7", WRITERS),
    ("/corrective-actions/{request}/root-causes/{cause}", ENGINEERS), ("/corrective-actions/{request}/actions/{action}", ENGINEERS),
    ("/corrective-actions/{request}/history", ALL),
    // Inspections.
    ("/inspections", ALL), ("/inspections?failed=true&from=2020-01-01", ALL), ("/inspections/new", REPORTERS),
    ("/inspections/import", REPORTERS), ("/inspections/{inspection}", ALL),
    // Reports.
    ("/reports", ALL), ("/reports/pareto", ALL), ("/reports/trend", ALL), ("/reports/ageing", ALL), ("/reports/flow", ALL),
    ("/reports/copq", PAYERS), ("/reports/suppliers", ALL), ("/reports/control-chart", ALL),
    ("/reports/control-chart?chart=p&part_id={inspected}", ALL),
    // Administration.
    ("/admin", GRANTERS), ("/admin/rights", ALL),
    ("/admin/concessions", ALL), ("/admin/concessions/new", GRANTERS), ("/admin/concessions/{concession}", ALL),
    ("/admin/repeat-rule", KEEPERS),
    ("/admin/users", ADMIN), ("/admin/users/new", ADMIN), ("/admin/users/{user}", ADMIN),
    ("/admin/parts", KEEPERS), ("/admin/parts/new", KEEPERS), ("/admin/parts/{part}", KEEPERS),
    ("/admin/work-centers", KEEPERS), ("/admin/work-centers/new", KEEPERS), ("/admin/work-centers/{center}", KEEPERS),
    ("/admin/partners", KEEPERS), ("/admin/partners/new", KEEPERS), ("/admin/partners/{partner}", KEEPERS),
    ("/admin/codes", KEEPERS), ("/admin/codes/failure_code", KEEPERS), ("/admin/codes/failure_code/new", KEEPERS),
    ("/admin/codes/failure_code/{code}", KEEPERS),
    ("/admin/approval-rules", KEEPERS), ("/admin/approval-rules/new", ADMIN), ("/admin/approval-rules/{rule}", KEEPERS),
    ("/admin/due-rules", KEEPERS), ("/admin/due-rules/new", KEEPERS), ("/admin/due-rules/{due}", KEEPERS),
    ("/admin/webhooks", ADMIN), ("/admin/webhooks/new", ADMIN), ("/admin/webhooks/{webhook}", ADMIN),
    ("/admin/webhooks/{webhook}/deliveries", ADMIN), ("/admin/outbox", ADMIN),
    ("/admin/imports", KEEPERS), ("/admin/imports/parts", KEEPERS),
    ("/admin/audit", KEEPERS), ("/admin/audit/check?entity=defect&id={record}", KEEPERS), ("/admin/system", ADMIN),
    // What the set-up leads to; here it says that the demo is there.
    ("/set-up/demo", ADMIN),
];

/// For whoever is not signed in.
const GUESTS: &[&str] = &["/sign-in", "/supplier/{token}"];

/// What is asked for by pages and their scripts and is none, what only leads to a page, and the page of an empty system.
#[rustfmt::skip]
const NO_PAGES: &[&str] = &[
    "/assets/{name}", "/favicon.ico", "/worker.js", "/manifest.webmanifest", "/home/trend.svg", "/home/pareto.svg",
    "/floor/parts", "/floor/codes", "/floor/proof", "/floor/find", "/defects/export", "/defects/{id}/sections/{section}",
    "/defects/{id}/attachments/{child_id}/content", "/defects/{id}/attachments/{child_id}/thumbnail",
    "/corrective-actions/{id}/fishbone.svg", "/reports/{name}.{form}", "/admin/imports/{kind}/template",
    "/inspections/import/template", "/set-up",
];

/// A page.
pub(crate) struct Page {
    pub(crate) path: String,
    who: Who,
}

/// All pages for people who are signed in.
pub(crate) fn pages(made: &Furnished) -> Vec<Page> {
    let page = |(pattern, who): &(&str, Who)| Page {
        path: made.address(pattern),
        who,
    };
    TABLE.iter().map(page).collect()
}

/// The addresses of the pages for nobody in particular.
pub(crate) fn guest_pages(made: &Furnished) -> Vec<String> {
    GUESTS.iter().map(|path| made.address(path)).collect()
}

/// Whether somebody sees cost.
pub(crate) fn sees_cost(name: &str) -> bool {
    PAYERS.contains(&name)
}

/// What is in the menu of somebody, of what not everybody has there.
pub(crate) fn menu(name: &str) -> Vec<&'static str> {
    let places = [("/floor", REPORTERS), ("/admin", GRANTERS)];
    let seen = places.into_iter().filter(|(_, who)| who.contains(&name));
    seen.map(|(place, _)| place).collect()
}

impl Page {
    pub(crate) fn is_seen_by(&self, name: &str) -> bool {
        self.who.contains(&name)
    }

    /// The status for those who see it.
    pub(crate) fn status(&self) -> u64 {
        if self.path == "/nothing-here" {
            404
        } else {
            200
        }
    }

    /// The status for another: labor is an operator's to reverse, only not in the state of that record.
    pub(crate) fn refusal(&self, name: &str) -> u64 {
        if name == "operator" && self.path.contains("/labor-entries/") {
            409
        } else {
            403
        }
    }

    /// Whether it is a sheet of paper, which is laid out in millimetres.
    pub(crate) fn is_paper(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        ["/tag", "/form", "/mrb"]
            .iter()
            .any(|end| path.ends_with(end))
    }
}

#[test]
fn every_page_is_in_the_table() {
    let mut files = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"),
        &mut files,
    );
    let routes: BTreeSet<String> = files.iter().flat_map(|file| routes_of(file)).collect();
    assert!(routes.len() > 50, "{routes:?}");
    let listed = TABLE
        .iter()
        .map(|(path, _)| *path)
        .chain(GUESTS.iter().copied());
    let listed: Vec<&str> = listed.map(|path| path.split('?').next().unwrap()).collect();
    let is_listed = |route: &str| listed.iter().any(|path| fits(route, path));
    let missing: Vec<_> = routes
        .iter()
        .filter(|route| !is_listed(route.as_str()) && !NO_PAGES.contains(&plain(route).as_str()))
        .collect();
    assert!(missing.is_empty(), "pages that are in no row: {missing:?}");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The addresses that handlers of a file answer to GET.
fn routes_of(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let attributes = text.split("#[get(").skip(1);
    let quoted = attributes.filter_map(|rest| rest.split('"').nth(1));
    quoted.map(str::to_owned).collect()
}

/// A route without what its parts may be: `{id:[0-9]+}` is `{id}`.
fn plain(route: &str) -> String {
    let parts = route.split('/').map(|part| match part.split_once(':') {
        Some((name, _)) => format!("{name}}}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a row of the table is of a route: part by part, where a part in braces is anything.
fn fits(route: &str, path: &str) -> bool {
    let (route, path) = (route.split('/'), path.split('/'));
    let is_same = |(of, part): (&str, &str)| of.starts_with('{') || of == part;
    route.clone().count() == path.clone().count() && route.zip(path).all(is_same)
}
