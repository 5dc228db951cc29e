//! What stands around the records: histories and children, most of them small and one record's large, and lists as long
//! as those of a large plant.

use db::bulk::Rows;
use entity::{
    access_token, app_user, audit_event, code_label, code_value, cost_entry, defect_serial,
    disposition_line, job, labor_entry, part, partner, signature, user_role, work_center,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use service::actor::Actor;
use service::role::Role;
use service::words::CodeList;
use testkit::TestSystem;

use crate::data::{Plant, RECORDS, store};
use crate::work;

/// Whose record and tokens a list is of.
pub(crate) struct Crowd {
    /// The record with a long history and many children.
    pub(crate) record: i64,
    /// Sees everything.
    pub(crate) manager: Actor,
    /// Sees no cost.
    pub(crate) viewer: Actor,
    /// Sees the users; has many tokens.
    pub(crate) admin: Actor,
    /// A corrective action request with much on it.
    pub(crate) request: i64,
    /// A webhook that is called often.
    pub(crate) webhook: i64,
}

/// How many rows the large record has of each kind.
pub(crate) const MANY: usize = 300;

/// The moment at which all of it came.
const AT: &str = "2026-11-20T08:00:00Z";

/// Adds everything to a plant that has records.
pub(crate) async fn fill(system: &TestSystem, plant: &Plant) -> Crowd {
    let mut crowd = Crowd {
        record: plant.first + RECORDS / 2,
        manager: system.member(Role::QualityManager).await,
        viewer: system.member(Role::Viewer).await,
        admin: system.member(Role::Admin).await,
        request: 0,
        webhook: 0,
    };
    let user = crowd.manager.id.unwrap();
    store(system, histories(plant, crowd.record)).await;
    store(system, children(plant, crowd.record, user)).await;
    let hall = system.code(CodeList::Area, "HALL").await.id;
    store(
        system,
        vec![parts(), work_centers(hall), partners(), codes()],
    )
    .await;
    store(system, vec![labels(system).await]).await;
    store(system, vec![users()]).await;
    let users = ids_of_users(system).await;
    store(
        system,
        vec![
            roles(&users),
            tokens(&users, crowd.admin.id.unwrap()),
            jobs(crowd.admin.id.unwrap()),
        ],
    )
    .await;
    let owners = owners(plant, 2, crowd.record);
    store(system, work::on_records(&owners, user)).await;
    crowd.request = work::requests(system, user).await;
    store(system, work::on_requests(crowd.request, &owners, user)).await;
    crowd.webhook = work::webhooks(system).await;
    store(
        system,
        vec![work::outbox(crowd.webhook, crowd.admin.id.unwrap())],
    )
    .await;
    crowd
}

pub(crate) fn at() -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(AT).unwrap()
}

/// The records that have something: the large one again and again, and then many small ones. Behind each row of the
/// large one there are many of others, as if it had been the first.
fn owners(plant: &Plant, every: usize, large: i64) -> Vec<i64> {
    let small = (plant.first + 1..plant.first + RECORDS).step_by(every);
    std::iter::repeat_n(large, MANY)
        .chain(small.filter(|id| *id != large))
        .collect()
}

fn histories(plant: &Plant, large: i64) -> Vec<Rows> {
    let event = |entity: &str, entity_id, seq, field: &str| audit_event::Model {
        id: 0,
        entity: entity.to_owned(),
        entity_id,
        seq,
        field: Some(field.to_owned()),
        old_value: Some("\"before\"".to_owned()),
        new_value: Some("\"after\"".to_owned()),
        actor: None,
        actor_name: "somebody".to_owned(),
        at: at(),
        reason: None,
        request_id: None,
        prev_hash: "0".repeat(64),
        hash: "1".repeat(64),
    };
    let last = plant.first + RECORDS;
    let small = (plant.first + 1..last)
        .filter(|id| *id != large)
        .flat_map(|id| {
            [
                event("defect", id, 1, "title"),
                event("defect", id, 2, "cost_entries/1"),
            ]
        });
    let long = (1..)
        .take(MANY)
        .map(|seq| event("defect", large, seq, "description"));
    let parts = (1_000_000..1_002_000).map(|id| event("part", id, 1, "name"));
    vec![Rows::without_ids::<audit_event::Entity>(
        long.chain(small).chain(parts).collect(),
    )]
}

fn children(plant: &Plant, large: i64, user: i64) -> Vec<Rows> {
    let lines = owners(plant, 2, large)
        .into_iter()
        .map(|defect_id| disposition_line::Model {
            id: 0,
            defect_id,
            disposition: "scrap".to_owned(),
            quantity: 1_000,
            justification: "worn".to_owned(),
            instructions: None,
            authority: "quality".to_owned(),
            engineered_by: None,
            status: "done".to_owned(),
            reinspection_result: None,
            created_at: at(),
            created_by: user,
            updated_at: at(),
            updated_by: user,
            rendered_unusable_by: None,
            proposed_by: None,
            decided_by: None,
            decided_at: None,
            rendered_unusable_at: None,
            return_number: None,
            concession_id: None,
        });
    let labor = owners(plant, 2, large)
        .into_iter()
        .map(|defect_id| labor_entry::Model {
            id: 0,
            defect_id,
            work_date: at().date_naive(),
            minutes: 10,
            activity: "repair".to_owned(),
            note: None,
            reverses_id: None,
            reason: None,
            created_at: at(),
            created_by: user,
            worker_id: None,
            rate: None,
            cost: None,
        });
    let cost = owners(plant, 2, large)
        .into_iter()
        .map(|defect_id| cost_entry::Model {
            id: 0,
            defect_id,
            kind: "material".to_owned(),
            amount: 100,
            note: None,
            reverses_id: None,
            reason: None,
            created_at: at(),
            created_by: user,
            charged_to_id: None,
            quality_class: None,
        });
    let serials = owners(plant, 3, large).into_iter().enumerate();
    let serials = serials.map(|(number, defect_id)| defect_serial::Model {
        id: 0,
        defect_id,
        serial_number: format!("SN-{number}"),
        created_at: at(),
        created_by: user,
    });
    let signatures = owners(plant, 2, large)
        .into_iter()
        .map(|defect_id| signature::Model {
            id: 0,
            defect_id,
            action: "close".to_owned(),
            meaning: "closure".to_owned(),
            signer_id: user,
            signer_name: "somebody".to_owned(),
            signed_at: at(),
            record_version: 3,
            content_hash: "2".repeat(64),
        });
    vec![
        Rows::without_ids::<disposition_line::Entity>(lines.collect()),
        Rows::without_ids::<labor_entry::Entity>(labor.collect()),
        Rows::without_ids::<cost_entry::Entity>(cost.collect()),
        Rows::without_ids::<defect_serial::Entity>(serials.collect()),
        Rows::without_ids::<signature::Entity>(signatures.collect()),
    ]
}

fn parts() -> Rows {
    let parts = (0..8_000).map(|number| part::Model {
        id: 0,
        part_number: format!("N-{:05}", number / 2 * 7_919 % 4_000),
        revision: ["A", "B"][number % 2].to_owned(),
        name: format!("Part {number}"),
        unit_cost: None,
        design_owner_id: None,
        is_active: number % 10 != 0,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at(),
        updated_at: at(),
    });
    Rows::without_ids::<part::Entity>(parts.collect())
}

fn work_centers(hall: i64) -> Rows {
    let work_centers = (0..400).map(|number| work_center::Model {
        id: 0,
        code: format!("C-{:03}", number * 37 % 400),
        name: format!("Work center {number}"),
        area_id: (number % 5 == 0).then_some(hall),
        is_active: number % 10 != 0,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at(),
        updated_at: at(),
    });
    Rows::without_ids::<work_center::Entity>(work_centers.collect())
}

fn partners() -> Rows {
    let partners = (0..2_000).map(|number| partner::Model {
        id: 0,
        code: format!("C-{:04}", number * 37 % 2_000),
        name: format!("Partner {number}"),
        is_customer: number % 3 == 0,
        is_supplier: number % 3 != 0,
        is_active: number % 10 != 0,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at(),
        updated_at: at(),
    });
    Rows::without_ids::<partner::Entity>(partners.collect())
}

fn codes() -> Rows {
    let codes = (0..1_500).map(|number| code_value::Model {
        id: 0,
        list_name: if number % 15 == 0 {
            "cause"
        } else {
            "failure_code"
        }
        .to_owned(),
        code: format!("C-{:04}", number * 37 % 1_500),
        parent_id: None,
        sort_order: number % 20,
        is_active: number % 10 != 0,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at(),
        updated_at: at(),
    });
    Rows::without_ids::<code_value::Entity>(codes.collect())
}

async fn labels(system: &TestSystem) -> Rows {
    let codes: Vec<i64> = code_value::Entity::find()
        .filter(code_value::Column::Code.starts_with("C-"))
        .select_only()
        .column(code_value::Column::Id)
        .into_tuple()
        .all(system.db.reader())
        .await
        .unwrap();
    let labels = codes.into_iter().map(|code_id| code_label::Model {
        code_id,
        locale: "en".to_owned(),
        label: format!("Code {code_id}"),
    });
    Rows::of::<code_label::Entity>(labels.collect())
}

fn users() -> Rows {
    let users = (0..600).map(|number| app_user::Model {
        id: 0,
        username: format!("worker-{number}"),
        username_key: format!("worker-{:03}", number * 37 % 600),
        display_name: format!("Worker {number}"),
        locale: "en".to_owned(),
        is_active: number % 10 != 0,
        password_hash: "-".to_owned(),
        failed_attempts: 0,
        locked_until: None,
        last_sign_in_at: None,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at(),
        updated_at: at(),
        email: None,
    });
    Rows::without_ids::<app_user::Entity>(users.collect())
}

async fn ids_of_users(system: &TestSystem) -> Vec<i64> {
    app_user::Entity::find()
        .filter(app_user::Column::UsernameKey.starts_with("worker-"))
        .order_by_asc(app_user::Column::Id)
        .select_only()
        .column(app_user::Column::Id)
        .into_tuple()
        .all(system.db.reader())
        .await
        .unwrap()
}

fn roles(users: &[i64]) -> Rows {
    let roles = users
        .iter()
        .enumerate()
        .map(|(place, user)| user_role::Model {
            user_id: *user,
            role: if place % 6 == 0 {
                "inspector"
            } else {
                "operator"
            }
            .to_owned(),
        });
    Rows::of::<user_role::Entity>(roles.collect())
}

/// Some sessions for everybody; for one, many tokens of his programs.
fn tokens(users: &[i64], many: i64) -> Rows {
    let token = |(place, (user_id, kind)): (usize, (i64, &str))| access_token::Model {
        id: 0,
        user_id,
        kind: kind.to_owned(),
        name: None,
        token_hash: format!("{place:064}"),
        scopes: None,
        created_at: at(),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    let sessions = users
        .iter()
        .flat_map(|user| std::iter::repeat_n((*user, "session"), 5));
    let programs = std::iter::repeat_n((many, "api"), 60);
    let tokens = sessions.chain(programs).enumerate().map(token);
    Rows::without_ids::<access_token::Entity>(tokens.collect())
}

/// Imports of some years, nearly all of them done.
fn jobs(admin: i64) -> Rows {
    let jobs = (0..3_000).map(|number| job::Model {
        id: 0,
        kind: "import".to_owned(),
        status: if number % 50 == 0 { "failed" } else { "done" }.to_owned(),
        slot: None,
        holder: None,
        stage: None,
        place: None,
        done: 100,
        total: 100,
        input: "{}".to_owned(),
        result: None,
        error: None,
        created_by: admin,
        created_at: at(),
        updated_at: at(),
        lease_until: at(),
        finished_at: Some(at()),
    });
    Rows::without_ids::<job::Entity>(jobs.collect())
}
