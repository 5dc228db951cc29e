//! The other lists: children and history of a record, parts and the rest of the master data, users, tokens, sessions, jobs.
//!
//! Of what grows with the records no list reads a table whole, and pages of parts and jobs are read in the order of an index,
//! not sorted. What has some thousand rows at most is found as each server likes.

use std::future::Future;

use sea_orm::Statement;
use serde_json::{Value as Json, json};
use service::asked::statements_of;
use service::corrective::{self, actions, causes, checks};
use service::defects::{
    attachments, cost, history, labor, lines, links, notes, serials, signatures,
};
use service::input::Input;
use service::page::Page;
use service::{Draft, Result, code, job, outbox, part, partner, token, user, work_center};
use testkit::{Engine, TestSystem, each_db};

use crate::crowd::{self, Crowd};
use crate::data;
use crate::explain::{Plan, explain};

/// A list, the table that it is read from, what it is filtered by, and what its plans have to be.
type List = (&'static str, &'static str, &'static [&'static str], Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Rows of a record, found by this index, which begins with the record, and in its order.
    InOrder(&'static str),
    /// Rows of a record or a person, of which there are some thousand at most: found by one of these indexes, which
    /// begin with whose they are, and sorted where the server likes that better.
    Whose(&'static [&'static str]),
    /// Pages are read in the order of this index, unless so few rows are wanted that it may not be worth while.
    Long(&'static str),
    /// Rows of a corrective action request, of which there are few: in the order of this index on SQLite, and on a
    /// server as it likes.
    OfRequest(&'static str),
    /// Links of a record with others, found from either side.
    Links,
    /// Short enough to be read as each server likes.
    Short,
}

use Kind::{InOrder, Links, Long, OfRequest, Short, Whose};

#[rustfmt::skip]
const LISTS: &[List] = &[
    ("disposition lines", "disposition_line", &["{}"], InOrder("ix_line_defect")),
    ("labor entries", "labor_entry", &["{}"], InOrder("ix_labor_defect")),
    ("cost entries", "cost_entry", &["{}"], InOrder("ix_cost_defect")),
    ("serials", "defect_serial", &["{}"], Whose(&["ix_serial_defect", "uq_serial_serial_number"])),
    ("signatures", "signature", &["{}"], InOrder("ix_sign_defect")),
    ("history", "audit_event", &["{}"], InOrder("uq_audit_seq")),
    ("history without cost", "audit_event", &["{}"], InOrder("uq_audit_seq")),
    ("parts", "part", &["{}", r#"{"is_active": true}"#, r#"{"is_active": false}"#, r#"{"number": "N-00001"}"#, r#"{"q": "N-000"}"#], Long("ix_part_number")),
    ("work centers", "work_center", &["{}", r#"{"is_active": true}"#, r#"{"area": ["HALL"]}"#, r#"{"q": "C-1"}"#], Short),
    ("partners", "partner", &["{}", r#"{"is_active": true}"#, r#"{"is_customer": true}"#, r#"{"is_supplier": true}"#, r#"{"q": "C-01"}"#], Short),
    ("codes", "code_value", &["{}", r#"{"is_active": true}"#, r#"{"parent": "C-0001"}"#, r#"{"q": "C-01"}"#], Short),
    ("users", "app_user", &["{}", r#"{"is_active": true}"#, r#"{"role": "inspector"}"#, r#"{"q": "worker-1"}"#], Short),
    ("names", "app_user", &["{}", r#"{"role": "inspector"}"#, r#"{"q": "Worker 1"}"#], Short),
    ("tokens", "access_token", &["{}"], Whose(&["ix_token_user"])),
    ("sessions", "access_token", &["{}"], Whose(&["ix_token_user"])),
    ("notes", "defect_note", &["{}"], InOrder("ix_note_defect")),
    ("attachments", "attachment", &["{}"], InOrder("ix_attachment_defect")),
    ("links", "defect_link", &["{}"], Links),
    ("corrective actions", "corrective_action", &["{}", r#"{"status": ["d3"]}"#, r#"{"overdue": true}"#], Long("ix_car_created")),
    ("defects of a request", "car_defect", &["{}"], Short),
    ("root causes", "car_cause", &["{}"], OfRequest("ix_ccause_car")),
    ("actions", "car_action", &["{}"], OfRequest("ix_cact_car")),
    ("effectiveness checks", "car_check", &["{}"], OfRequest("ix_ccheck_car")),
    ("signatures of a request", "car_signature", &["{}"], OfRequest("ix_csign_car")),
    ("outbox", "outbox", &["{}", r#"{"status": ["dead"]}"#, r#"{"channel": "mail"}"#], Long("primary key")),
    ("calls of a webhook", "outbox", &["{}"], InOrder("ix_outbox_webhook")),
    ("jobs", "job", &["{}", r#"{"kind": "import"}"#, r#"{"status": ["failed"]}"#], Long("primary key")),
];

/// Filters that let nearly everything through, so that the order's index is clearly the best.
const EVERYTHING: [&str; 2] = ["{}", r#"{"is_active": true}"#];

/// Reads a page; answers where the next one begins, and with which statements it was read.
async fn read(
    t: &TestSystem,
    crowd: &Crowd,
    list: &str,
    query: &Json,
) -> (Option<String>, Vec<Statement>) {
    let Crowd {
        record,
        manager,
        viewer,
        admin,
        request,
        webhook,
    } = crowd;
    match list {
        "disposition lines" => {
            watched(Box::pin(lines::list(t, manager, *record, &draft(query)))).await
        }
        "labor entries" => watched(Box::pin(labor::list(t, manager, *record, &draft(query)))).await,
        "cost entries" => watched(Box::pin(cost::list(t, manager, *record, &draft(query)))).await,
        "serials" => watched(Box::pin(serials::list(t, manager, *record, &draft(query)))).await,
        "signatures" => {
            watched(Box::pin(signatures::list(
                t,
                manager,
                *record,
                &draft(query),
            )))
            .await
        }
        "history" => watched(Box::pin(history::list(t, manager, *record, &draft(query)))).await,
        "history without cost" => {
            watched(Box::pin(history::list(t, viewer, *record, &draft(query)))).await
        }
        "parts" => watched(Box::pin(part::list(t, viewer, &draft(query)))).await,
        "work centers" => watched(Box::pin(work_center::list(t, viewer, &draft(query)))).await,
        "partners" => watched(Box::pin(partner::list(t, viewer, &draft(query)))).await,
        "codes" => {
            watched(Box::pin(code::list(
                t,
                viewer,
                "failure_code",
                &draft(query),
            )))
            .await
        }
        "users" => watched(Box::pin(user::list(t, admin, &draft(query)))).await,
        "names" => watched(Box::pin(user::names(t, viewer, &draft(query)))).await,
        "tokens" => watched(Box::pin(token::list_own(t, admin, &draft(query)))).await,
        "sessions" => watched(Box::pin(token::list_sessions(t, admin, &draft(query)))).await,
        "notes" => watched(Box::pin(notes::list(t, viewer, *record, &draft(query)))).await,
        "attachments" => {
            watched(Box::pin(attachments::list(
                t,
                viewer,
                *record,
                &draft(query),
            )))
            .await
        }
        "links" => watched(Box::pin(links::list(t, viewer, *record, &draft(query)))).await,
        "corrective actions" => watched(Box::pin(corrective::list(t, viewer, &draft(query)))).await,
        "defects of a request" => {
            watched(Box::pin(corrective::defects::list(
                t,
                viewer,
                *request,
                &draft(query),
            )))
            .await
        }
        "root causes" => watched(Box::pin(causes::list(t, viewer, *request, &draft(query)))).await,
        "actions" => watched(Box::pin(actions::list(t, viewer, *request, &draft(query)))).await,
        "effectiveness checks" => {
            watched(Box::pin(checks::list(t, viewer, *request, &draft(query)))).await
        }
        "signatures of a request" => {
            watched(Box::pin(corrective::signatures::list(
                t,
                viewer,
                *request,
                &draft(query),
            )))
            .await
        }
        "outbox" => watched(Box::pin(outbox::list(t, admin, &draft(query)))).await,
        "calls of a webhook" => {
            watched(Box::pin(outbox::list_of_webhook(
                t,
                admin,
                *webhook,
                &draft(query),
            )))
            .await
        }
        "jobs" => watched(Box::pin(job::list(t, admin, &draft(query)))).await,
        other => panic!("there is no list of {other}"),
    }
}

fn draft<T: Input>(query: &Json) -> Draft<T> {
    Draft::json(query)
}

async fn watched<T>(
    list: impl Future<Output = Result<Page<T>>>,
) -> (Option<String>, Vec<Statement>) {
    let (page, statements) = statements_of(list).await;
    (page.unwrap().next_cursor, statements)
}

/// What a statement reads, by its text.
fn part_of(statement: &Statement) -> &'static str {
    if statement.sql.contains("COUNT(*)") {
        "count"
    } else if statement.sql.contains("AS \"bytes\"") || statement.sql.contains("AS `bytes`") {
        "sizes"
    } else {
        "rows"
    }
}

/// Checks a plan; answers what the snapshot says of it.
fn checked(engine: Engine, kind: Kind, part: &str, filter: &str, plan: &Plan) -> String {
    let text = &plan.text;
    match kind {
        OfRequest(_) if engine != Engine::Sqlite => return "as the server likes".to_owned(),
        InOrder(index) | OfRequest(index) => {
            assert!(!plan.reads_all && !plan.sorts, "{text}");
            assert_eq!(plan.indexes, [index], "{text}");
        }
        Whose(indexes) => {
            assert!(!plan.reads_all, "{text}");
            let found = plan.indexes.iter().map(String::as_str);
            assert!(
                found.clone().count() == 1 && found.clone().all(|one| indexes.contains(&one)),
                "{text}"
            );
            if engine != Engine::Sqlite {
                return "by an index that begins with whose they are".to_owned();
            }
        }
        Links => {
            assert!(!plan.reads_all, "{text}");
            return "by an index on each side".to_owned();
        }
        Long(index) if part == "rows" && EVERYTHING.contains(&filter) => {
            assert!(!plan.reads_all && !plan.sorts, "{text}");
            assert_eq!(plan.indexes, [index], "{text}");
        }
        // What is short is read one way or the other, by samples or by chance: not in the snapshots.
        Long(_) | Short => return "as the server likes".to_owned(),
    }
    plan.told()
}

each_db! {
    async fn every_list_of_what_grows_has_an_index(system: TestSystem) {
        let plant = data::fill(&system).await;
        let crowd = crowd::fill(&system, &plant).await;
        let mut told = String::new();
        for (list, table, filters, kind) in LISTS {
            for filter in *filters {
                let mut query: Json = serde_json::from_str(filter).unwrap();
                query["limit"] = json!(20);
                query["count"] = json!("true");
                let (next, first) = Box::pin(read(&system, &crowd, list, &query)).await;
                query["count"] = json!("false");
                let mut pages = vec![("first page", first)];
                if let Some(next) = next {
                    query["cursor"] = json!(next);
                    pages.push(("next page", Box::pin(read(&system, &crowd, list, &query)).await.1));
                }
                for (page, statements) in pages {
                    for statement in statements {
                        let part = part_of(&statement);
                        let plan = explain(&system, statement, (table, table)).await;
                        let how = checked(system.engine, *kind, part, filter, &plan);
                        told.push_str(&format!("{list}, {filter}, {page}, {part}: {how}\n"));
                    }
                }
            }
        }
        insta::assert_snapshot!(format!("{:?}", system.engine), told);
    }
}
