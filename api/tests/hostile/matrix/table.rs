//! The table: every route of the document, and who may ask it.

use service::role::Role;

use super::objects::Thing;

/// Who may do it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    /// Anyone, with or without a token.
    Anyone,
    /// Whoever has a token of whatever scope.
    SignedIn,
    /// Whoever reads.
    Readers,
    /// Readers with one of these roles.
    ReadersOf(&'static [Role]),
    /// Those of these roles, with a token that may write.
    Writers(&'static [Role]),
    /// Writers of these roles everywhere, of those on what they reported themselves.
    WritersOrReporter(&'static [Role], &'static [Role]),
}

/// A route: what it is about, who may ask it, what he is answered.
pub(super) struct Row {
    pub(super) route: &'static str,
    pub(super) thing: Thing,
    pub(super) who: Who,
    pub(super) ok: u16,
    pub(super) body: &'static str,
    /// Roles that may do it, though not while the record is in this state.
    pub(super) not_now: &'static [Role],
}

const fn row(route: &'static str, thing: Thing, who: Who, ok: u16, body: &'static str) -> Row {
    Row {
        route,
        thing,
        who,
        ok,
        body,
        not_now: &[],
    }
}

impl Row {
    const fn not_now(mut self, roles: &'static [Role]) -> Self {
        self.not_now = roles;
        self
    }
}

use Role::{Admin, Inspector, Operator, QualityEngineer, QualityManager, TechEngineer, Viewer};
use Thing::{Child, Master, Nothing, OwnToken, Record, User};

const ALL: &[Role] = &[
    Admin,
    Inspector,
    Operator,
    TechEngineer,
    QualityEngineer,
    QualityManager,
    Viewer,
];
pub(super) const ADMIN: &[Role] = &[Admin];
const MANAGERS: &[Role] = &[Admin, QualityManager];
const REPORTERS: &[Role] = &[
    Inspector,
    Operator,
    TechEngineer,
    QualityEngineer,
    QualityManager,
];
const EDITORS: &[Role] = &[
    Inspector,
    TechEngineer,
    QualityEngineer,
    QualityManager,
    Admin,
];
pub(super) const COST: &[Role] = &[TechEngineer, QualityEngineer, QualityManager, Admin];
const LABOR: &[Role] = &[Operator, TechEngineer, QualityManager];
const LINES: &[Role] = &[TechEngineer, QualityEngineer, QualityManager];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row("GET /health", Nothing, Who::Anyone, 200, ""),
    row("GET /ready", Nothing, Who::Anyone, 200, ""),
    row("GET /version", Nothing, Who::Anyone, 200, ""),
    // From another machine; the test of /metrics has the rest.
    row("GET /metrics", Nothing, Who::SignedIn, 200, ""),
    row("POST /api/v1/auth/token", Nothing, Who::Anyone, 422, ""),
    row("DELETE /api/v1/auth/token", Thing::OwnSession, Who::SignedIn, 204, ""),
    row("POST /api/v1/setup", Nothing, Who::Anyone, 409, r#"{"token": "x", "username": "ada", "display_name": "Ada", "password": "analytical engine"}"#),
    row("GET /api/v1/me", Nothing, Who::SignedIn, 200, ""),
    row("PUT /api/v1/me/password", Thing::OwnSession, Who::Writers(ALL), 204, r#"{"current_password": "correct horse battery", "new_password": "staple horse battery"}"#),
    row("GET /api/v1/me/tokens", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/me/tokens", Nothing, Who::Writers(ALL), 201, r#"{"name": "mes"}"#),
    row("DELETE /api/v1/me/tokens/{id}", OwnToken, Who::Writers(ALL), 204, ""),

    row("GET /api/v1/users/names", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/users", Nothing, Who::ReadersOf(ADMIN), 200, ""),
    row("POST /api/v1/users", Nothing, Who::Writers(ADMIN), 201, r#"{"username": "NEW", "display_name": "New", "roles": ["viewer"], "password": "correct horse battery"}"#),
    row("GET /api/v1/users/{id}", User, Who::ReadersOf(ADMIN), 200, ""),
    row("PATCH /api/v1/users/{id}", User, Who::Writers(ADMIN), 200, r#"{"display_name": "NEW"}"#),
    row("DELETE /api/v1/users/{id}", User, Who::Writers(ADMIN), 204, ""),

    row("GET /api/v1/parts", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/parts", Nothing, Who::Writers(MANAGERS), 201, r#"{"number": "NEW", "revision": "A", "name": "Flange"}"#),
    row("POST /api/v1/parts/import", Nothing, Who::Writers(MANAGERS), 200, "number,revision,name\nNEW,A,Flange\n"),
    row("GET /api/v1/parts/import/template", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/parts/{id}", Master("parts"), Who::Readers, 200, ""),
    row("PATCH /api/v1/parts/{id}", Master("parts"), Who::Writers(MANAGERS), 200, r#"{"name": "NEW"}"#),
    row("DELETE /api/v1/parts/{id}", Master("parts"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/work-centers", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/work-centers", Nothing, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "name": "Drilling"}"#),
    row("POST /api/v1/work-centers/import", Nothing, Who::Writers(MANAGERS), 200, "code,name\nNEW,Drilling\n"),
    row("GET /api/v1/work-centers/import/template", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/work-centers/{id}", Master("work-centers"), Who::Readers, 200, ""),
    row("PATCH /api/v1/work-centers/{id}", Master("work-centers"), Who::Writers(MANAGERS), 200, r#"{"name": "NEW"}"#),
    row("DELETE /api/v1/work-centers/{id}", Master("work-centers"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/partners", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/partners", Nothing, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "name": "Supplier", "is_supplier": true}"#),
    row("POST /api/v1/partners/import", Nothing, Who::Writers(MANAGERS), 200, "code,name,is_supplier\nNEW,Supplier,true\n"),
    row("GET /api/v1/partners/import/template", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/partners/{id}", Master("partners"), Who::Readers, 200, ""),
    row("PATCH /api/v1/partners/{id}", Master("partners"), Who::Writers(MANAGERS), 200, r#"{"name": "NEW"}"#),
    row("DELETE /api/v1/partners/{id}", Master("partners"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/codes/{list}", Thing::List, Who::Readers, 200, ""),
    row("POST /api/v1/codes/{list}", Thing::List, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "labels": {"en": "New"}}"#),
    row("POST /api/v1/codes/{list}/import", Thing::List, Who::Writers(MANAGERS), 200, "code,labels.en\nNEW,New\n"),
    row("GET /api/v1/codes/{list}/import/template", Thing::List, Who::Readers, 200, ""),
    row("GET /api/v1/codes/{list}/{id}", Master("codes"), Who::Readers, 200, ""),
    row("PATCH /api/v1/codes/{list}/{id}", Master("codes"), Who::Writers(MANAGERS), 200, r#"{"labels": {"en": "NEW"}}"#),
    row("DELETE /api/v1/codes/{list}/{id}", Master("codes"), Who::Writers(MANAGERS), 204, ""),

    row("GET /api/v1/defects", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/defects/export", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/defects", Nothing, Who::Writers(REPORTERS), 201, "REPORT"),
    row("GET /api/v1/defects/{id}", Record("reported"), Who::Readers, 200, ""),
    row("PATCH /api/v1/defects/{id}", Record("reported"), Who::WritersOrReporter(EDITORS, &[Operator]), 200, r#"{"title": "NEW"}"#),
    row("POST /api/v1/defects/{id}/transitions", Record("reported"), Who::WritersOrReporter(&[QualityManager], REPORTERS), 200, r#"{"action": "void", "reason": "A mistake."}"#),
    row("GET /api/v1/defects/{id}/permissions", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/history", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/signatures", Record("reported"), Who::Readers, 200, ""),

    row("GET /api/v1/defects/{id}/serials", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/serials", Record("reported"), Who::WritersOrReporter(EDITORS, &[Operator]), 201, r#"{"serial_number": "NEW"}"#),
    row("GET /api/v1/defects/{id}/serials/{child_id}", Child("serials"), Who::Readers, 200, ""),
    row("DELETE /api/v1/defects/{id}/serials/{child_id}", Child("serials"), Who::WritersOrReporter(EDITORS, &[Operator]), 204, ""),

    row("GET /api/v1/defects/{id}/labor-entries", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/labor-entries", Record("reported"), Who::Writers(LABOR), 201, r#"{"work_date": "2026-11-19", "minutes": 5, "activity": "inspect"}"#).not_now(&[Operator]),
    row("GET /api/v1/defects/{id}/labor-entries/{child_id}", Child("labor-entries"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/labor-entries/{child_id}/reversal", Child("labor-entries"), Who::Writers(LABOR), 201, r#"{"reason": "Typed wrongly."}"#).not_now(&[Operator]),

    row("GET /api/v1/defects/{id}/cost-entries", Record("reported"), Who::ReadersOf(COST), 200, ""),
    row("POST /api/v1/defects/{id}/cost-entries", Record("reported"), Who::Writers(COST), 201, r#"{"kind": "freight", "amount": "1"}"#),
    row("GET /api/v1/defects/{id}/cost-entries/{child_id}", Child("cost-entries"), Who::ReadersOf(COST), 200, ""),
    row("POST /api/v1/defects/{id}/cost-entries/{child_id}/reversal", Child("cost-entries"), Who::Writers(COST), 201, r#"{"reason": "Typed wrongly."}"#),

    row("GET /api/v1/defects/{id}/disposition-lines", Record("disposition"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/disposition-lines", Record("disposition"), Who::Writers(LINES), 201, r#"{"disposition": "scrap", "quantity": "1", "justification": "Cannot be used."}"#),
    row("GET /api/v1/defects/{id}/disposition-lines/{child_id}", Child("disposition-lines"), Who::Readers, 200, ""),
    row("PATCH /api/v1/defects/{id}/disposition-lines/{child_id}", Child("disposition-lines"), Who::Writers(LINES), 200, r#"{"justification": "NEW"}"#),
    row("DELETE /api/v1/defects/{id}/disposition-lines/{child_id}", Child("disposition-lines"), Who::Writers(LINES), 204, ""),
];
