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
    /// Writers of these roles everywhere, of those on what they reported, or made, themselves.
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
    /// Whether it is done on a closed or void record too.
    pub(super) even_closed: bool,
}

const fn row(route: &'static str, thing: Thing, who: Who, ok: u16, body: &'static str) -> Row {
    Row {
        route,
        thing,
        who,
        ok,
        body,
        not_now: &[],
        even_closed: false,
    }
}

impl Row {
    const fn not_now(mut self, roles: &'static [Role]) -> Self {
        self.not_now = roles;
        self
    }

    const fn even_closed(mut self) -> Self {
        self.even_closed = true;
        self
    }
}

use Role::{Admin, Inspector, Operator, QualityEngineer, QualityManager, TechEngineer, Viewer};
use Thing::{Child, Master, Nothing, OwnToken, Record, Request, RequestChild, User};

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
/// All but those who only read.
const WRITERS: &[Role] = &[
    Inspector,
    Operator,
    TechEngineer,
    QualityEngineer,
    QualityManager,
    Admin,
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
const CLOCK: &[Role] = &[TechEngineer, QualityEngineer, QualityManager, Admin];
const LINES: &[Role] = &[TechEngineer, QualityEngineer, QualityManager];
const QUALITY: &[Role] = &[QualityEngineer, QualityManager];
const CONCESSIONS: &[Role] = &[Admin, QualityEngineer, QualityManager];

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
    row("GET /api/v1/me/sessions", Nothing, Who::Readers, 200, ""),
    row("DELETE /api/v1/me/sessions", Nothing, Who::Writers(ALL), 204, ""),
    row("DELETE /api/v1/me/sessions/{id}", Thing::OtherSession, Who::Writers(ALL), 204, ""),
    row("GET /api/v1/me/tokens", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/me/tokens", Nothing, Who::Writers(ALL), 201, r#"{"name": "mes"}"#),
    row("DELETE /api/v1/me/tokens/{id}", OwnToken, Who::Writers(ALL), 204, ""),

    row("GET /api/v1/users/names", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/users", Nothing, Who::ReadersOf(ADMIN), 200, ""),
    row("POST /api/v1/users", Nothing, Who::Writers(ADMIN), 201, r#"{"username": "NEW", "display_name": "New", "roles": ["viewer"], "password": "correct horse battery"}"#),
    row("GET /api/v1/users/{id}", User, Who::ReadersOf(ADMIN), 200, ""),
    row("PATCH /api/v1/users/{id}", User, Who::Writers(ADMIN), 200, r#"{"display_name": "NEW"}"#),
    row("DELETE /api/v1/users/{id}", User, Who::Writers(ADMIN), 204, ""),

    row("PUT /api/v1/me/locale", Nothing, Who::Writers(ALL), 204, r#"{"locale": "es"}"#),
    row("PUT /api/v1/me/email", Nothing, Who::Writers(ALL), 204, r#"{"email": "anna.koch@example.com"}"#),
    row("GET /api/v1/me/notifications", Nothing, Who::Readers, 200, ""),
    row("PUT /api/v1/me/notifications", Nothing, Who::Writers(ALL), 200, r#"{"immediate": ["assigned"], "daily": []}"#),

    row("GET /api/v1/webhooks", Nothing, Who::ReadersOf(ADMIN), 200, ""),
    row("POST /api/v1/webhooks", Nothing, Who::Writers(ADMIN), 201, r#"{"url": "https://mes.example.com/NEW", "events": ["closed"]}"#),
    row("GET /api/v1/webhooks/{id}", Thing::Webhook, Who::ReadersOf(ADMIN), 200, ""),
    row("PATCH /api/v1/webhooks/{id}", Thing::Webhook, Who::Writers(ADMIN), 200, r#"{"description": "NEW"}"#),
    row("DELETE /api/v1/webhooks/{id}", Thing::Webhook, Who::Writers(ADMIN), 204, ""),
    row("GET /api/v1/webhooks/{id}/deliveries", Thing::Webhook, Who::ReadersOf(ADMIN), 200, ""),
    row("POST /api/v1/webhooks/{id}/test", Thing::Webhook, Who::Writers(ADMIN), 201, ""),
    row("POST /api/v1/webhooks/{id}/secret", Thing::Webhook, Who::Writers(ADMIN), 200, ""),
    row("GET /api/v1/outbox", Nothing, Who::ReadersOf(ADMIN), 200, ""),
    row("GET /api/v1/outbox/{id}", Thing::Message, Who::ReadersOf(ADMIN), 200, ""),
    // It waits for its first attempt; only what is dead is tried again.
    row("POST /api/v1/outbox/{id}/retry", Thing::Message, Who::Writers(ADMIN), 409, ""),

    // The whole data, secrets and all: not for a token that may only read.
    row("GET /api/v1/export", Nothing, Who::Writers(ADMIN), 200, ""),
    row("POST /api/v1/import", Nothing, Who::Writers(ADMIN), 400, "no archive"),
    row("GET /api/v1/audit/verify", Nothing, Who::ReadersOf(MANAGERS), 200, ""),
    row("GET /api/v1/jobs", Nothing, Who::ReadersOf(ADMIN), 200, ""),
    row("GET /api/v1/jobs/{id}", Thing::Job, Who::ReadersOf(ADMIN), 200, ""),

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
    row("GET /api/v1/due-rules", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/due-rules", Nothing, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "severity": "minor", "milestone": "closure", "days": 30}"#),
    row("GET /api/v1/due-rules/{id}", Master("due-rules"), Who::Readers, 200, ""),
    row("PATCH /api/v1/due-rules/{id}", Master("due-rules"), Who::Writers(MANAGERS), 200, r#"{"code": "NEW"}"#),
    row("DELETE /api/v1/due-rules/{id}", Master("due-rules"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/saved-views", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/saved-views", Nothing, Who::Writers(ALL), 201, r#"{"name": "NEW", "query": {"status": "reported"}}"#),
    // Nobody begins with one here.
    row("GET /api/v1/saved-views/default", Nothing, Who::Readers, 404, ""),
    row("GET /api/v1/saved-views/{id}", Thing::View, Who::Readers, 200, ""),
    row("PATCH /api/v1/saved-views/{id}", Thing::View, Who::WritersOrReporter(MANAGERS, ALL), 200, r#"{"shared_with": null}"#),
    row("PUT /api/v1/saved-views/{id}/choice", Thing::View, Who::Writers(ALL), 200, r#"{"is_default": false, "digest": "weekly"}"#),
    row("DELETE /api/v1/saved-views/{id}", Thing::View, Who::WritersOrReporter(MANAGERS, ALL), 204, ""),
    row("GET /api/v1/codes/{list}", Thing::List, Who::Readers, 200, ""),
    row("POST /api/v1/codes/{list}", Thing::List, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "labels": {"en": "New"}}"#),
    row("POST /api/v1/codes/{list}/import", Thing::List, Who::Writers(MANAGERS), 200, "code,labels.en\nNEW,New\n"),
    row("GET /api/v1/codes/{list}/import/template", Thing::List, Who::Readers, 200, ""),
    row("GET /api/v1/codes/{list}/{id}", Master("codes"), Who::Readers, 200, ""),
    row("PATCH /api/v1/codes/{list}/{id}", Master("codes"), Who::Writers(MANAGERS), 200, r#"{"labels": {"en": "NEW"}}"#),
    row("DELETE /api/v1/codes/{list}/{id}", Master("codes"), Who::Writers(MANAGERS), 204, ""),

    row("GET /api/v1/approval-rules", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/approval-rules", Nothing, Who::Writers(ADMIN), 201, r#"{"code": "NEW", "name": "Votes", "roles": ["quality_manager"], "severity": "critical", "disposition": "sort"}"#),
    row("GET /api/v1/approval-rules/{id}", Thing::Rule, Who::Readers, 200, ""),
    row("PATCH /api/v1/approval-rules/{id}", Thing::Rule, Who::Writers(ADMIN), 200, r#"{"name": "NEW"}"#),
    row("GET /api/v1/concessions", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/concessions", Nothing, Who::Writers(CONCESSIONS), 201, r#"{"number": "NEW", "customer_id": CUSTOMER, "max_quantity": "5", "valid_until": "2030-12-31"}"#),
    row("GET /api/v1/concessions/{id}", Master("concessions"), Who::Readers, 200, ""),
    row("PATCH /api/v1/concessions/{id}", Master("concessions"), Who::Writers(CONCESSIONS), 200, r#"{"reference": "NEW"}"#),
    row("DELETE /api/v1/concessions/{id}", Master("concessions"), Who::Writers(CONCESSIONS), 204, ""),

    row("GET /api/v1/inspections", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/inspections", Nothing, Who::Writers(REPORTERS), 201, "INSPECT"),
    // Headings alone: its parts and places would have to be named.
    row("POST /api/v1/inspections/import", Nothing, Who::Writers(REPORTERS), 200, "part_number,part_revision,work_center,inspected_at,sample_size\n"),
    row("GET /api/v1/inspections/import/template", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/inspections/{id}", Thing::Inspection, Who::Readers, 200, ""),
    row("POST /api/v1/inspections/{id}/void", Thing::Inspection, Who::WritersOrReporter(QUALITY, REPORTERS), 200, r#"{"reason": "A mistake."}"#),
    row("GET /api/v1/control-limits/{id}", Thing::Limits, Who::Readers, 200, ""),
    row("POST /api/v1/control-limits/{id}/approval", Thing::Limits, Who::Writers(QUALITY), 200, ""),
    row("POST /api/v1/control-limits/{id}/retirement", Thing::Limits, Who::Writers(QUALITY), 200, r#"{"reason": "A mistake."}"#),
    row("GET /api/v1/control-limits", Nothing, Who::Readers, 200, ""),
    // Of the inspections that were made above.
    row("POST /api/v1/control-limits", Nothing, Who::Writers(QUALITY), 201, "LIMITS"),
    row("GET /api/v1/reports/control-chart", Nothing, Who::Readers, 422, ""),

    row("GET /api/v1/defects", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/defects/export", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/defects/similar", Nothing, Who::Readers, 422, ""),
    row("GET /api/v1/defects/{id}/similar", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/repeat-rule", Nothing, Who::Readers, 200, ""),
    row("PATCH /api/v1/repeat-rule", Nothing, Who::Writers(MANAGERS), 200, r#"{"repeats": 3}"#),
    row("POST /api/v1/defects", Nothing, Who::Writers(REPORTERS), 201, "REPORT"),
    row("GET /api/v1/defects/{id}", Record("reported"), Who::Readers, 200, ""),
    row("PATCH /api/v1/defects/{id}", Record("reported"), Who::WritersOrReporter(EDITORS, &[Operator]), 200, r#"{"title": "NEW"}"#),
    row("POST /api/v1/defects/{id}/transitions", Record("reported"), Who::WritersOrReporter(&[QualityManager], REPORTERS), 200, r#"{"action": "void", "reason": "A mistake."}"#),
    row("POST /api/v1/defects/{id}/hold", Record("reported"), Who::Writers(CLOCK), 200, r#"{"reason": "The customer decides."}"#),
    // Of a record that is not on hold.
    row("POST /api/v1/defects/{id}/release", Record("reported"), Who::Writers(CLOCK), 409, "{}"),
    row("GET /api/v1/defects/{id}/permissions", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/history", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/totals", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/approvals", Record("proposed"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/approvals", Record("proposed"), Who::Writers(LINES), 201, r#"{"decision": "approve"}"#),
    row("GET /api/v1/defects/{id}/approvals/{child_id}", Child("approvals"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/signatures", Record("reported"), Who::Readers, 200, ""),

    row("GET /api/v1/defects/{id}/serials", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/serials", Record("reported"), Who::WritersOrReporter(EDITORS, &[Operator]), 201, r#"{"serial_number": "NEW"}"#),
    row("GET /api/v1/defects/{id}/serials/{child_id}", Child("serials"), Who::Readers, 200, ""),
    row("DELETE /api/v1/defects/{id}/serials/{child_id}", Child("serials"), Who::WritersOrReporter(EDITORS, &[Operator]), 204, ""),

    row("GET /api/v1/defects/{id}/links", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/links", Record("reported"), Who::Writers(WRITERS), 201, "LINK"),
    row("GET /api/v1/defects/{id}/links/{child_id}", Child("links"), Who::Readers, 200, ""),
    row("DELETE /api/v1/defects/{id}/links/{child_id}", Child("links"), Who::Writers(WRITERS), 204, ""),

    row("GET /api/v1/defects/{id}/notes", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/notes", Record("reported"), Who::Writers(WRITERS), 201, r#"{"body": "NEW"}"#).even_closed(),
    row("GET /api/v1/defects/{id}/notes/{child_id}", Child("notes"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/notes/{child_id}/redaction", Child("notes"), Who::Writers(&[QualityManager]), 200, r#"{"reason": "A name."}"#),

    row("GET /api/v1/defects/{id}/translations", Record("reported"), Who::Readers, 200, ""),
    row("PUT /api/v1/defects/{id}/translations/{language}", Record("reported"), Who::Writers(WRITERS), 200, r#"{"title": "NEW"}"#).even_closed(),

    row("GET /api/v1/defects/{id}/attachments", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/attachments", Record("reported"), Who::Writers(WRITERS), 201, "FILE"),
    row("GET /api/v1/defects/{id}/attachments/{child_id}", Child("attachments"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/attachments/{child_id}/content", Child("attachments"), Who::Readers, 200, ""),
    // It is a text, of which there is no small picture.
    row("GET /api/v1/defects/{id}/attachments/{child_id}/thumbnail", Child("attachments"), Who::Readers, 404, ""),
    row("POST /api/v1/defects/{id}/attachments/{child_id}/void", Child("attachments"), Who::Writers(QUALITY), 200, r#"{"reason": "Another part."}"#),

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

    // By what is not said.
    row("GET /api/v1/reports/pareto", Nothing, Who::Readers, 422, ""),
    row("GET /api/v1/reports/trend", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/reports/ageing", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/reports/flow", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/reports/copq", Nothing, Who::ReadersOf(COST), 200, ""),
    row("GET /api/v1/reports/suppliers", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/reports/summary", Nothing, Who::Readers, 200, ""),

    row("GET /api/v1/corrective-actions", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/corrective-actions", Nothing, Who::Writers(LINES), 201, r#"{"title": "NEW", "description": "Again."}"#),
    row("GET /api/v1/corrective-actions/{id}", Request("d0"), Who::Readers, 200, ""),
    row("PATCH /api/v1/corrective-actions/{id}", Request("d0"), Who::Writers(COST), 200, r#"{"title": "NEW"}"#),
    row("POST /api/v1/corrective-actions/{id}/transitions", Request("d0"), Who::Writers(&[QualityManager]), 200, r#"{"action": "void", "reason": "A mistake."}"#),
    row("GET /api/v1/corrective-actions/{id}/permissions", Request("d0"), Who::Readers, 200, ""),
    row("GET /api/v1/corrective-actions/{id}/history", Request("d0"), Who::Readers, 200, ""),
    row("GET /api/v1/corrective-actions/{id}/signatures", Request("d0"), Who::Readers, 200, ""),

    row("GET /api/v1/corrective-actions/{id}/defects", Request("d0"), Who::Readers, 200, ""),
    row("POST /api/v1/corrective-actions/{id}/defects", Request("d0"), Who::Writers(LINES), 201, "ABOUT"),
    row("GET /api/v1/corrective-actions/{id}/defects/{child_id}", RequestChild("defects"), Who::Readers, 200, ""),
    row("DELETE /api/v1/corrective-actions/{id}/defects/{child_id}", RequestChild("defects"), Who::Writers(LINES), 204, ""),

    row("GET /api/v1/corrective-actions/{id}/root-causes", Request("d0"), Who::Readers, 200, ""),
    row("POST /api/v1/corrective-actions/{id}/root-causes", Request("d0"), Who::Writers(LINES), 201, r#"{"kind": "systemic", "text": "NEW"}"#),
    row("GET /api/v1/corrective-actions/{id}/root-causes/{child_id}", RequestChild("root-causes"), Who::Readers, 200, ""),
    row("PATCH /api/v1/corrective-actions/{id}/root-causes/{child_id}", RequestChild("root-causes"), Who::Writers(LINES), 200, r#"{"text": "NEW"}"#),
    row("DELETE /api/v1/corrective-actions/{id}/root-causes/{child_id}", RequestChild("root-causes"), Who::Writers(LINES), 204, ""),

    row("GET /api/v1/corrective-actions/{id}/actions", Request("d0"), Who::Readers, 200, ""),
    row("POST /api/v1/corrective-actions/{id}/actions", Request("d0"), Who::Writers(LINES), 201, r#"{"kind": "preventive", "text": "NEW"}"#),
    row("GET /api/v1/corrective-actions/{id}/actions/{child_id}", RequestChild("actions"), Who::Readers, 200, ""),
    row("PATCH /api/v1/corrective-actions/{id}/actions/{child_id}", RequestChild("actions"), Who::Writers(LINES), 200, r#"{"text": "NEW"}"#),
    row("DELETE /api/v1/corrective-actions/{id}/actions/{child_id}", RequestChild("actions"), Who::Writers(LINES), 204, ""),

    row("GET /api/v1/corrective-actions/{id}/effectiveness-checks", Request("d7"), Who::Readers, 200, ""),
    row("POST /api/v1/corrective-actions/{id}/effectiveness-checks", Request("d7"), Who::Writers(QUALITY), 201, r#"{"criterion": "No burr.", "outcome": "effective"}"#),
    row("GET /api/v1/corrective-actions/{id}/effectiveness-checks/{child_id}", RequestChild("effectiveness-checks"), Who::Readers, 200, ""),

    row("POST /api/v1/corrective-actions/{id}/supplier-link", Request("d0"), Who::Writers(QUALITY), 201, r#"{}"#),
    row("GET /api/v1/corrective-actions/{id}/supplier-link", Thing::LinkedRequest, Who::ReadersOf(QUALITY), 200, ""),
    row("DELETE /api/v1/corrective-actions/{id}/supplier-link", Thing::LinkedRequest, Who::Writers(QUALITY), 204, ""),
    // Whoever has the link.
    row("GET /api/v1/supplier/{token}", Thing::SupplierLink, Who::Anyone, 200, ""),
    row("PATCH /api/v1/supplier/{token}", Thing::SupplierLink, Who::Anyone, 200, r#"{"d3": "NEW"}"#),
];
