//! Names that records show of what they refer to, on several servers at once: changed on one, every other one shows the
//! change with its next answer.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::db::{Db, PoolOptions};
use service::defects::{self, DefectItem};
use service::role::Role;
use service::{System, code, part, partner, user, work_center};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, body};

/// A record that names something of each kind, and the ids of what it names.
struct Named {
    record: i64,
    part: i64,
    work_center: i64,
    customer: i64,
    supplier: i64,
    assignee: i64,
}

async fn named(t: &TestSystem) -> Named {
    let manager = t.member(Role::QualityManager).await;
    let (part, work_center) = (t.part().await.id, t.work_center().await.id);
    let (customer, supplier) = (t.customer().await.id, t.supplier().await.id);
    let assignee = t.user(Role::Operator).await.id.unwrap();
    t.failure_code("BURR").await;
    let tag = defect()
        .with("part_id", part)
        .with("work_center_id", work_center)
        .with("customer_id", customer)
        .with("supplier_id", supplier)
        .with("assignee_id", assignee)
        .with("failure_code", "BURR");
    Named {
        record: t.report(&manager, tag).await.item.id,
        part,
        work_center,
        customer,
        supplier,
        assignee,
    }
}

/// What a server shows of a record: by itself, and the same on the list.
async fn seen(server: &System, viewer: &Actor, id: i64) -> DefectItem {
    let one = defects::show(server, viewer, id).await.unwrap().item;
    let all = defects::list(server, viewer, &body(json!({})))
        .await
        .unwrap();
    let listed = all.items.into_iter().find(|item| item.id == id).unwrap();
    assert_eq!(listed, one);
    one
}

/// Changes one name on a server; answers where a record shows it.
async fn rename(server: &System, named: &Named, what: &str, name: &str) -> &'static str {
    let admin = Actor::command_line();
    match what {
        "part" => {
            let patch = body(json!({"name": name}));
            part::change(server, &admin, named.part, &ANY, &patch)
                .await
                .unwrap();
            "/part/name"
        }
        "part number" => {
            let patch = body(json!({"number": name}));
            part::change(server, &admin, named.part, &ANY, &patch)
                .await
                .unwrap();
            "/part/number"
        }
        "work center" => {
            let patch = body(json!({"name": name}));
            work_center::change(server, &admin, named.work_center, &ANY, &patch)
                .await
                .unwrap();
            "/work_center/name"
        }
        "customer" => {
            let patch = body(json!({"code": name}));
            partner::change(server, &admin, named.customer, &ANY, &patch)
                .await
                .unwrap();
            "/customer/code"
        }
        "supplier" => {
            let patch = body(json!({"name": name}));
            partner::change(server, &admin, named.supplier, &ANY, &patch)
                .await
                .unwrap();
            "/supplier/name"
        }
        "user" => {
            let patch = body(json!({"display_name": name}));
            user::change(server, &admin, named.assignee, &ANY, &patch)
                .await
                .unwrap();
            "/assignee/name"
        }
        other => panic!("nothing is called {other}"),
    }
}

each_db! {
    async fn a_name_that_changes_on_one_server_is_seen_on_every_other_at_once(t: TestSystem) {
        let named = named(&t).await;
        let viewer = t.member(Role::Viewer).await;
        let db = Db::connect(&t.url, &PoolOptions::default()).await.unwrap();
        let servers = [t.another_server(|_| ()), t.another_server(|options| options.db = db)];
        for (round, what) in ["part", "part number", "work center", "customer", "supplier", "user"].into_iter().enumerate() {
            for (place, server) in servers.iter().enumerate() {
                // Everyone has the names in memory.
                for server in &servers {
                    seen(server, &viewer, named.record).await;
                }
                let name = format!("New-{round}-{place}");
                let field = rename(server, &named, what, &name).await;
                for (other, server) in servers.iter().enumerate() {
                    let shown: Json = serde_json::to_value(seen(server, &viewer, named.record).await).unwrap();
                    assert_eq!(shown.pointer(field), Some(&json!(name)), "{what}, changed on {place}, seen on {other}");
                }
            }
        }
        servers[1].db.close().await;
    }

    async fn a_label_that_changes_on_one_server_is_seen_on_every_other_at_once(t: TestSystem) {
        let code = t.failure_code("BURR").await;
        let admin = Actor::command_line();
        let db = Db::connect(&t.url, &PoolOptions::default()).await.unwrap();
        let servers = [t.another_server(|_| ()), t.another_server(|options| options.db = db)];
        for (place, server) in servers.iter().enumerate() {
            let label = format!("Burr {place}");
            let patch = body(json!({"labels": {"en": label}}));
            code::change(server, &admin, "failure_code", code.id, &ANY, &patch).await.unwrap();
            for server in &servers {
                let page = code::list(server, &admin, "failure_code", &body(json!({}))).await.unwrap();
                assert_eq!(page.items[0].labels.en.as_ref(), Some(&label));
            }
        }
        servers[1].db.close().await;
    }
}
