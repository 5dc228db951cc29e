//! What hangs on the records and on corrective action requests, and what is sent: much of it on one, little on many.

use db::bulk::Rows;
use entity::{
    attachment, car_action, car_cause, car_check, car_defect, car_signature, corrective_action,
    defect_link, defect_note, outbox, webhook,
};
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use testkit::TestSystem;

use crate::crowd::{MANY, at};
use crate::data::store;

/// How many requests there are.
const REQUESTS: usize = 3_000;

/// Notes, attachments and links of records.
pub(crate) fn on_records(owners: &[i64], user: i64) -> Vec<Rows> {
    let notes = owners.iter().map(|defect_id| defect_note::Model {
        id: 0,
        defect_id: *defect_id,
        body: Some("seen".to_owned()),
        body_salt: Some("0".repeat(32)),
        body_digest: "1".repeat(64),
        created_at: at(),
        created_by: user,
        redacted_at: None,
        redacted_by: None,
        redaction_reason: None,
    });
    let attachments = owners.iter().map(|defect_id| attachment::Model {
        id: 0,
        defect_id: *defect_id,
        file_name: "photo.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        byte_count: 1_000,
        sha256: format!("{defect_id:064}"),
        width: Some(10),
        height: Some(10),
        thumbnail_sha256: None,
        created_at: at(),
        created_by: user,
        voided_at: None,
        voided_by: None,
        void_reason: None,
    });
    let links = owners
        .iter()
        .enumerate()
        .map(|(place, defect_id)| defect_link::Model {
            id: 0,
            defect_id: *defect_id,
            // No two links have the same sides.
            other_id: owners[(place + MANY) % owners.len()],
            kind: "relates_to".to_owned(),
            created_at: at(),
            created_by: user,
        });
    vec![
        Rows::without_ids::<defect_note::Entity>(notes.collect()),
        Rows::without_ids::<attachment::Entity>(attachments.collect()),
        Rows::without_ids::<defect_link::Entity>(links.collect()),
    ]
}

/// Adds requests, most of them closed; answers one of them.
pub(crate) async fn requests(system: &TestSystem, user: i64) -> i64 {
    let requests = (0..REQUESTS).map(|number| corrective_action::Model {
        id: 0,
        car_number: format!("C-{number:06}"),
        status: if number % 50 == 0 { "d3" } else { "closed" }.to_owned(),
        title: "Cracks".to_owned(),
        description: "Cracks".to_owned(),
        severity: None,
        supplier_id: None,
        owner_id: user,
        due_at: (number % 3 == 0).then(at),
        attempt: 1,
        closed_at: None,
        closed_by: None,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at() + chrono::TimeDelta::minutes(number as i64),
        updated_at: at(),
        created_by: user,
        updated_by: None,
        overdue_told: None,
    });
    store(
        system,
        vec![Rows::without_ids::<corrective_action::Entity>(
            requests.collect(),
        )],
    )
    .await;
    corrective_action::Entity::find()
        .select_only()
        .column(corrective_action::Column::Id)
        .order_by_asc(corrective_action::Column::Id)
        .offset(REQUESTS as u64 / 2)
        .into_tuple()
        .one(system.db.reader())
        .await
        .unwrap()
        .unwrap()
}

/// Much on one request, and one of each kind on those behind it.
pub(crate) fn on_requests(large: i64, records: &[i64], user: i64) -> Vec<Rows> {
    let owners: Vec<i64> = std::iter::repeat_n(large, MANY)
        .chain(large + 1..large + REQUESTS as i64 / 2)
        .collect();
    let defects = owners.iter().zip(&records[MANY..]);
    let defects = defects.map(|(car_id, defect_id)| car_defect::Model {
        id: 0,
        car_id: *car_id,
        defect_id: *defect_id,
        created_at: at(),
        created_by: user,
    });
    let causes = owners.iter().map(|car_id| car_cause::Model {
        id: 0,
        car_id: *car_id,
        kind: "occurrence".to_owned(),
        cause_id: None,
        content: "worn".to_owned(),
        whys: None,
        from_supplier: false,
        verified_at: None,
        verified_by: None,
        created_at: at(),
        created_by: Some(user),
        updated_at: at(),
        updated_by: None,
    });
    let actions = owners.iter().map(|car_id| car_action::Model {
        id: 0,
        car_id: *car_id,
        kind: "corrective".to_owned(),
        content: "replace".to_owned(),
        owner_id: user,
        due_at: None,
        attempt: 1,
        outcome: None,
        done_at: None,
        done_by: None,
        verified_at: None,
        verified_by: None,
        created_at: at(),
        created_by: user,
        updated_at: at(),
        updated_by: user,
        overdue_told: None,
    });
    let checks = owners.iter().map(|car_id| car_check::Model {
        id: 0,
        car_id: *car_id,
        criterion: "none again".to_owned(),
        outcome: "effective".to_owned(),
        note: None,
        attempt: 1,
        checked_at: at(),
        checked_by: user,
    });
    let signatures = owners.iter().map(|car_id| car_signature::Model {
        id: 0,
        car_id: *car_id,
        action: "close".to_owned(),
        meaning: "closure".to_owned(),
        signer_id: user,
        signer_name: "somebody".to_owned(),
        signed_at: at(),
        record_version: 3,
        content_hash: "2".repeat(64),
    });
    vec![
        Rows::without_ids::<car_defect::Entity>(defects.collect()),
        Rows::without_ids::<car_cause::Entity>(causes.collect()),
        Rows::without_ids::<car_action::Entity>(actions.collect()),
        Rows::without_ids::<car_check::Entity>(checks.collect()),
        Rows::without_ids::<car_signature::Entity>(signatures.collect()),
    ]
}

/// Adds webhooks; answers one of them.
pub(crate) async fn webhooks(system: &TestSystem) -> i64 {
    let webhooks = (0..20).map(|number| webhook::Model {
        id: 0,
        url: format!("https://example.com/{number}"),
        description: None,
        events: "[]".to_owned(),
        secret: "-".to_owned(),
        is_active: true,
        version: 1,
        audit_seq: 1,
        audit_head: "0".repeat(64),
        created_at: at(),
        updated_at: at(),
    });
    let webhooks = Rows::without_ids::<webhook::Entity>(webhooks.collect());
    store(system, vec![webhooks]).await;
    webhook::Entity::find()
        .select_only()
        .column(webhook::Column::Id)
        .order_by_asc(webhook::Column::Id)
        .into_tuple()
        .one(system.db.reader())
        .await
        .unwrap()
        .unwrap()
}

/// What was sent in some weeks: many calls of one webhook, and behind each of them mails.
pub(crate) fn outbox(webhook_id: i64, user_id: i64) -> Rows {
    let letters = (0..MANY * 20).map(|number| {
        let is_call = number % 20 == 0;
        outbox::Model {
            id: 0,
            message_id: format!("msg-{number}"),
            channel: if is_call { "webhook" } else { "mail" }.to_owned(),
            event: Some("reported".to_owned()),
            webhook_id: is_call.then_some(webhook_id),
            user_id: (!is_call).then_some(user_id),
            content: "{}".to_owned(),
            status: if number % 100 == 1 { "dead" } else { "sent" }.to_owned(),
            attempts: 1,
            due_at: at(),
            holder: None,
            answer: None,
            error: None,
            created_at: at(),
            finished_at: Some(at()),
        }
    });
    Rows::without_ids::<outbox::Entity>(letters.collect())
}
