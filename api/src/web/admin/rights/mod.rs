//! Who may do what, as tables: the same that the program works by and `docs/permissions.md` is printed from, in the
//! visitor's language ([`ids`] says by which messages).

mod ids;

use actix_web::{get, web};
use askama::Template;
use service::approval_rule::VOTERS;
use service::corrective::lifecycle as corrective;
use service::lifecycle::{Action, REPORTERS, TRANSITIONS, Transition};
use service::notice::Event;
use service::notice::audience::{Audience, TOLD};
use service::rights::{
    APPROVAL_RULES, ARCHIVES, AUDIT, CONCESSIONS, CONTROL_LIMITS, CORRECTIVE, Cell, INSPECTORS,
    MASTER_DATA, OUTBOX, OWN_LIMITS, PREMISES, REDACTORS, RIGHTS, Right, SHARED_VIEWS,
    SUPPLIER_LINKS, USERS, VOIDERS, WEBHOOKS,
};
use service::role::Role;

use super::{Area, trail};
use crate::answer::Reply;
use crate::web::page::{Page, show};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_rights);
}

#[derive(Template)]
#[template(path = "admin/rights.html")]
struct RightsPage {
    page: Page,
    trail: Vec<(String, String)>,
    title: String,
    roles: Vec<String>,
    fields: Vec<FieldsRow>,
    actions: Vec<MoveRow>,
    corrective: Vec<FieldsRow>,
    moves: Vec<MoveRow>,
    /// What a check leads to that finds no effect.
    check_fails: String,
    /// What is written outside of records, and by whom.
    others: Vec<(String, String)>,
    /// An event, and who is told of it.
    told: Vec<(String, String)>,
}

/// A group of fields, and what each role may do with it.
struct FieldsRow {
    title: String,
    names: &'static [&'static str],
    cells: Vec<String>,
}

/// What moves a record.
struct MoveRow {
    action: String,
    from: String,
    to: String,
    who: String,
    needs: Vec<String>,
}

/// Shows who may do what.
#[get("/admin/rights")]
async fn show_rights(visit: Visit) -> Reply {
    let area = Area::named("rights");
    let page = area.page(&visit)?;
    show(&RightsPage {
        trail: trail(&page, &visit),
        title: area.title(&page),
        roles: Role::ALL.iter().map(|role| name(&page, *role)).collect(),
        fields: fields(&page, "admin-right", RIGHTS),
        actions: actions(&page),
        corrective: fields(&page, "admin-right-car", CORRECTIVE),
        moves: moves(&page),
        check_fails: check_fails(&page),
        others: others(&page),
        told: told(&page)
            .into_iter()
            .map(|(_, event, who)| (event, who))
            .collect(),
        page,
    })
}

fn name(page: &Page, role: Role) -> String {
    page.word("role", role.word())
}

fn names(page: &Page, roles: &[Role]) -> String {
    let names: Vec<String> = roles.iter().map(|role| name(page, *role)).collect();
    names.join(", ")
}

fn fields(page: &Page, kind: &str, rights: &'static [Right]) -> Vec<FieldsRow> {
    let row = |right: &'static Right| FieldsRow {
        title: page.words.text(&ids::right(kind, right)),
        names: right.fields,
        cells: Role::ALL
            .iter()
            .map(|role| cell(page, right, *role))
            .collect(),
    };
    rights.iter().map(row).collect()
}

fn cell(page: &Page, right: &Right, role: Role) -> String {
    match right.cell(role) {
        Cell::Hidden => page.t("admin-right-hidden"),
        Cell::Read => page.t("admin-right-reads"),
        Cell::Write(when) => page.word("admin-right-writes", ids::when(when)),
    }
}

fn actions(page: &Page) -> Vec<MoveRow> {
    let report = MoveRow {
        action: page.word("action", "report"),
        from: String::new(),
        to: page.word("status", "reported"),
        who: names(page, REPORTERS),
        needs: vec![page.t("admin-guard-report")],
    };
    let rows = TRANSITIONS
        .iter()
        .map(|transition| action(page, transition));
    std::iter::once(report).chain(rows).collect()
}

fn action(page: &Page, transition: &Transition) -> MoveRow {
    let from = transition.from.iter();
    let from: Vec<String> = from.map(|it| page.word("status", it.word())).collect();
    let mut who = names(page, transition.who);
    if transition.reporter_while_reported {
        who = format!("{who}; {}", page.t("admin-right-reporter"));
    }
    let guards = transition.guards.iter();
    let mut needs: Vec<String> = guards
        .map(|it| page.word("admin-guard", ids::guard(*it)))
        .collect();
    add_proofs(
        page,
        &mut needs,
        transition.needs_reason,
        transition.needs_signature,
    );
    if transition.signed_by_rule {
        needs.push(page.t("admin-guard-signature-by-rule"));
    }
    let mut to = page.word("status", transition.to.word());
    if transition.action == Action::ApproveDisposition {
        to = format!("{to} ({})", page.t("admin-right-onward"));
    }
    MoveRow {
        action: page.word("action", transition.action.word()),
        from: from.join(", "),
        to,
        who,
        needs,
    }
}

fn moves(page: &Page) -> Vec<MoveRow> {
    let raise = MoveRow {
        action: page.t("admin-move-raise"),
        from: String::new(),
        to: page.word("corrective-status", "d0"),
        who: names(page, corrective::ENGINEERS),
        needs: vec![page.t("admin-guard-raise")],
    };
    let rows = corrective::TRANSITIONS.iter();
    let rows = rows.map(|transition| corrective_move(page, transition));
    std::iter::once(raise).chain(rows).collect()
}

fn corrective_move(page: &Page, transition: &corrective::Transition) -> MoveRow {
    let status = |status: &str| page.word("corrective-status", status);
    let from = transition.from.iter();
    let from: Vec<String> = from.map(|it| status(it.word())).collect();
    let guards = transition.guards.iter();
    let guards = guards.map(|it| page.word("admin-guard-car", ids::corrective_guard(*it)));
    let mut needs: Vec<String> = guards.collect();
    add_proofs(
        page,
        &mut needs,
        transition.needs_reason,
        transition.needs_signature,
    );
    MoveRow {
        action: page.word("admin-move", transition.action.word()),
        from: from.join(", "),
        to: status(transition.to.word()),
        who: names(page, transition.who),
        needs,
    }
}

fn check_fails(page: &Page) -> String {
    let states = corrective::CHECKED_IN.iter();
    let states = states.map(|it| page.word("corrective-status", it.word()));
    let states: Vec<String> = states.collect();
    page.with(
        "admin-right-check-fails",
        &[("states", states.join(", ").as_str())],
    )
}

fn add_proofs(page: &Page, needs: &mut Vec<String>, reason: bool, signature: bool) {
    if reason {
        needs.push(page.field("reason"));
    }
    if signature {
        needs.push(page.t("admin-guard-signature"));
    }
}

fn others(page: &Page) -> Vec<(String, String)> {
    let row =
        |(id, roles): (&str, &[Role])| (page.word("admin-right-other", id), names(page, roles));
    let rows: [(&str, &[Role]); 17] = [
        ("master-data", MASTER_DATA),
        ("users", USERS),
        ("approval-rules", APPROVAL_RULES),
        ("votes", VOTERS),
        ("concessions", CONCESSIONS),
        ("inspections", INSPECTORS),
        ("void", VOIDERS),
        ("redact", REDACTORS),
        ("control-limits", CONTROL_LIMITS),
        ("own-limits", OWN_LIMITS),
        ("supplier-links", SUPPLIER_LINKS),
        ("shared-views", SHARED_VIEWS),
        ("audit", AUDIT),
        ("webhooks", WEBHOOKS),
        ("outbox", OUTBOX),
        ("archives", ARCHIVES),
        ("premises", PREMISES),
    ];
    rows.into_iter().map(row).collect()
}

/// Of what people are told: each event, what it is called, and who is told of it.
pub(crate) fn told(page: &Page) -> Vec<(Event, String, String)> {
    let audience = |audience: &Audience| match audience {
        Audience::Reporter => page.t("admin-right-told-reporter"),
        Audience::Assignee => page.t("admin-right-told-assignee"),
        Audience::InCharge => page.t("admin-right-told-in-charge"),
        Audience::Named => page.t("admin-right-told-named"),
        Audience::Voters => page.t("admin-right-told-voters"),
        Audience::Roles(roles) => names(page, roles),
    };
    let rows = TOLD.iter().map(|(event, audiences)| {
        let who: Vec<String> = audiences.iter().map(audience).collect();
        let name = page.word("admin-event", event.word());
        (*event, name, who.join("; "))
    });
    rows.collect()
}
