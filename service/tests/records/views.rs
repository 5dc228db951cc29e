//! Saved views: whose they are, who sees them, what they keep, and with which one a person begins.

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use service::actor::{Actor, Scopes};
use service::role::Role;
use service::saved_view::{self, SavedView, Sharing};
use service::value::Text;
use service::version::IfMatch;
use service::{Error, Result, System, defects, user};
use testkit::{TestSystem, each_db};

use crate::idempotency::key;
use crate::plant::{ANY, body, kind, query, refused};

/// Everybody's roles are asked for anew, so the same person may be somebody else in the plant.
fn as_role(person: &Actor, role: Role) -> Actor {
    Actor {
        roles: [role].into_iter().collect(),
        ..person.clone()
    }
}

async fn keep(
    t: &System,
    actor: &Actor,
    name: &str,
    shared_with: Option<&str>,
) -> Result<SavedView> {
    let new = json!({"name": name, "shared_with": shared_with, "query": {"severity": ["major"]}});
    saved_view::create(t, actor, &body(new), None).await
}

async fn patch(t: &System, actor: &Actor, id: i64, patch: Json) -> Result<SavedView> {
    saved_view::change(t, actor, id, &ANY, &body(patch)).await
}

async fn choose(t: &System, actor: &Actor, id: i64, is_default: bool) -> Result<SavedView> {
    let choice = json!({"is_default": is_default, "digest": null});
    saved_view::choose(t, actor, id, &body(choice)).await
}

async fn names(t: &System, actor: &Actor, text: &str) -> Vec<String> {
    let page = saved_view::list(t, actor, &query(text)).await.unwrap();
    page.items.into_iter().map(|view| view.name).collect()
}

async fn default_of(t: &System, actor: &Actor) -> Option<i64> {
    match saved_view::show_default(t, actor).await {
        Ok(view) => Some(view.id),
        Err(Error::NotFound(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

each_db! {
    async fn a_view_keeps_what_was_sent_and_is_nobody_elses(t: TestSystem) {
        let (ines, viewer) = (t.user(Role::Inspector).await, t.user(Role::Viewer).await);
        let sent = json!({"severity": ["critical", "major"], "status": "reported,analysis", "overdue": false, "sort": "-updated_at"});
        let new = json!({"name": "焊缝 · mine", "query": sent});
        let view = saved_view::create(&t, &ines, &body(new), None).await.unwrap();
        assert_eq!((&view.query, view.owner.id, &view.owner.name), (&sent, ines.id.unwrap(), &ines.name));
        assert_eq!((view.version, view.shared_with, view.is_default, view.digest), (1, None, false, None));
        assert_eq!(saved_view::show(&t, &ines, view.id).await.unwrap(), view);
        let manager = t.user(Role::QualityManager).await;
        for other in [&viewer, &manager, &t.user(Role::Admin).await] {
            assert_eq!(kind(&saved_view::show(&t, other, view.id).await), "not found");
            assert_eq!(kind(&patch(&t, other, view.id, json!({"name": "x"})).await), "not found");
            assert_eq!(kind(&choose(&t, other, view.id, true).await), "not found");
            assert_eq!(kind(&saved_view::delete(&t, other, view.id, &ANY).await), "not found");
            assert!(names(&t, other, "").await.is_empty());
        }
        saved_view::delete(&t, &ines, view.id, &ANY).await.unwrap();
        assert_eq!(kind(&saved_view::show(&t, &ines, view.id).await), "not found");
    }

    async fn a_shared_view_is_seen_by_those_it_is_shared_with_and_by_who_keeps_order(t: TestSystem) {
        let owner = t.user(Role::Operator).await;
        let view = keep(&t, &owner, "Ours", Some("operator")).await.unwrap();
        assert_eq!(view.shared_with, Some(Sharing::Operator));
        keep(&t, &owner, "Mine", None).await.unwrap();
        let other = t.user(Role::Operator).await;
        assert_eq!(names(&t, &other, "").await, ["Ours"]);
        assert_eq!(names(&t, &owner, "").await, ["Mine", "Ours"]);
        assert_eq!(names(&t, &owner, "mine=true").await, ["Mine", "Ours"]);
        assert!(names(&t, &owner, "mine=false").await.is_empty() && names(&t, &other, "mine=true").await.is_empty());
        assert!(names(&t, &t.user(Role::Inspector).await, "").await.is_empty());
        assert_eq!(names(&t, &t.user(Role::Admin).await, "mine=false").await, ["Ours"]);
        assert!(names(&t, &as_role(&other, Role::Viewer), "").await.is_empty(), "without the role");
        for change in [json!({"name": "Theirs"}), json!({"shared_with": null})] {
            assert_eq!(kind(&patch(&t, &other, view.id, change).await), "forbidden");
        }
        assert_eq!(kind(&saved_view::delete(&t, &other, view.id, &ANY).await), "forbidden");
        patch(&t, &owner, view.id, json!({"shared_with": null})).await.unwrap();
        assert_eq!(kind(&saved_view::show(&t, &other, view.id).await), "not found");
    }

    async fn one_shares_with_ones_own_roles_and_only_some_with_all(t: TestSystem) {
        let engineer = t.user(Role::TechEngineer).await;
        for with in ["everyone", "operator", "admin"] {
            assert_eq!(refused(keep(&t, &engineer, with, Some(with)).await), ["shared_with forbidden"]);
        }
        let view = keep(&t, &engineer, "Ours", Some("tech_engineer")).await.unwrap();
        assert_eq!(refused(patch(&t, &engineer, view.id, json!({"shared_with": "everyone"})).await), ["shared_with forbidden"]);
        // What he shared when he had the role stays shared when he has not, and he goes on to change it.
        let moved = as_role(&engineer, Role::Viewer);
        let same = patch(&t, &moved, view.id, json!({"shared_with": "tech_engineer", "name": "Still ours"})).await.unwrap();
        assert_eq!((same.shared_with, same.version), (Some(Sharing::TechEngineer), 2));
        for role in [Role::Admin, Role::QualityManager] {
            let keeper = t.user(role).await;
            for with in ["everyone", "operator"] {
                keep(&t, &keeper, with, Some(with)).await.unwrap();
            }
        }
    }

    async fn what_others_share_is_taken_back_or_deleted_by_who_keeps_order_and_not_changed(t: TestSystem) {
        let (owner, manager) = (t.user(Role::Operator).await, t.user(Role::QualityManager).await);
        let view = keep(&t, &owner, "Ours", Some("operator")).await.unwrap();
        let renamed = patch(&t, &manager, view.id, json!({"name": "x", "shared_with": null})).await;
        assert_eq!(refused(renamed), ["name forbidden"]);
        assert_eq!(refused(patch(&t, &manager, view.id, json!({"shared_with": "everyone"})).await), ["shared_with forbidden"]);
        assert_eq!(refused(patch(&t, &manager, view.id, json!({"query": {}})).await), ["query forbidden"]);
        let private = patch(&t, &manager, view.id, json!({"shared_with": null})).await.unwrap();
        assert_eq!((private.shared_with, private.version), (None, 2));
        assert_eq!(kind(&saved_view::show(&t, &manager, view.id).await), "not found");
        assert_eq!(saved_view::show(&t, &owner, view.id).await.unwrap().version, 2);
        patch(&t, &owner, view.id, json!({"shared_with": "operator"})).await.unwrap();
        choose(&t, &t.user(Role::Operator).await, view.id, true).await.unwrap();
        saved_view::delete(&t, &manager, view.id, &ANY).await.unwrap();
        assert_eq!(kind(&saved_view::show(&t, &owner, view.id).await), "not found");
    }

    async fn a_query_that_the_list_would_refuse_is_refused_with_its_place(t: TestSystem) {
        let ines = t.user(Role::Inspector).await;
        let tried = async |query: Json| {
            refused(saved_view::create(&t, &ines, &body(json!({"name": "x", "query": query})), None).await)
        };
        assert_eq!(tried(json!({"severity": ["major", "grave"]})).await, ["query.severity[1] choice"]);
        assert_eq!(tried(json!({"part_id": "7,x", "sort": "title"})).await, ["query.part_id type", "query.sort choice"]);
        assert_eq!(tried(json!({"limit": 10, "cursor": "x", "count": "true"})).await, ["query.count unknown", "query.cursor unknown", "query.limit unknown"]);
        assert_eq!(tried(json!({"colour": "red"})).await, ["query.colour unknown"]);
        assert_eq!(tried(json!("severity=major")).await, ["query type"]);
        assert_eq!(refused(saved_view::create(&t, &ines, &body(json!({"shared_with": "nobody"})), None).await), ["name required", "query required", "shared_with choice"]);
        let long = json!({"name": "x".repeat(101), "query": {}});
        assert_eq!(refused(saved_view::create(&t, &ines, &body(long), None).await), ["name too_long"]);
        let view = keep(&t, &ines, "Mine", None).await.unwrap();
        assert_eq!(refused(patch(&t, &ines, view.id, json!({"query": {"overdue": "perhaps"}})).await), ["query.overdue type"]);
        assert_eq!(saved_view::show(&t, &ines, view.id).await.unwrap(), view);
    }

    async fn a_view_that_asks_for_cost_is_kept_by_and_shared_with_those_who_see_it(t: TestSystem) {
        let asking = |field: &str, with: Option<&str>| {
            let value = if field == "filter" { "status:open cost:100.." } else { "100.." };
            body(json!({"name": format!("Dear by {field}"), "shared_with": with, "query": {field: value}}))
        };
        let manager = t.user(Role::QualityManager).await;
        for field in ["cost_total", "filter"] {
            for role in [Role::Inspector, Role::Operator, Role::Viewer] {
                let actor = t.user(role).await;
                let kept = saved_view::create(&t, &actor, &asking(field, None), None).await;
                assert_eq!(refused(kept), [format!("query.{field} forbidden")], "{role}");
                let mine = keep(&t, &actor, "Mine", None).await.unwrap();
                let asked = patch(&t, &actor, mine.id, json!({"query": {"cost_total": "1.."}})).await;
                assert_eq!(refused(asked), ["query.cost_total forbidden"], "{role}");
            }
            for with in ["everyone", "operator", "viewer"] {
                let kept = saved_view::create(&t, &manager, &asking(field, Some(with)), None).await;
                assert_eq!(refused(kept), ["shared_with together"], "{with}");
            }
            let kept = saved_view::create(&t, &manager, &asking(field, Some("tech_engineer")), None).await.unwrap();
            let wider = patch(&t, &manager, kept.id, json!({"shared_with": "everyone"})).await;
            assert_eq!(refused(wider), ["shared_with together"]);
        }
        let open = keep(&t, &manager, "Open to all", Some("everyone")).await.unwrap();
        let asked = patch(&t, &manager, open.id, json!({"query": {"cost_total": "1.."}})).await;
        assert_eq!(refused(asked), ["shared_with together"]);
        let asked = json!({"query": {"cost_total": "1.."}, "shared_with": "quality_engineer"});
        patch(&t, &manager, open.id, asked).await.unwrap();
        // Who had another role when he kept it has it still, and may take it back; what it asks for is not for him any more.
        let engineer = t.user(Role::TechEngineer).await;
        let his = saved_view::create(&t, &engineer, &asking("cost_total", Some("tech_engineer")), None).await.unwrap();
        let moved = as_role(&engineer, Role::Viewer);
        patch(&t, &moved, his.id, json!({"name": "Dear to me"})).await.unwrap();
        patch(&t, &moved, his.id, json!({"shared_with": null})).await.unwrap();
        let list = defects::list(&t, &moved, &body(his.query)).await;
        assert_eq!(refused(list), ["cost_total forbidden"]);
    }

    async fn a_name_is_had_once_by_a_person_and_a_change_is_for_a_version(t: TestSystem) {
        let (ines, other) = (t.user(Role::Inspector).await, t.user(Role::Inspector).await);
        let view = keep(&t, &ines, "Mine", None).await.unwrap();
        keep(&t, &other, "Mine", None).await.unwrap();
        assert_eq!(refused(keep(&t, &ines, "Mine", None).await), ["name duplicate"]);
        let second = keep(&t, &ines, "mine", None).await.unwrap();
        assert_eq!(refused(patch(&t, &ines, second.id, json!({"name": "Mine"})).await), ["name duplicate"]);
        let at = |version| IfMatch::Versions(vec![version]);
        let change = || body(json!({"query": {"overdue": true}}));
        let changed = saved_view::change(&t, &ines, view.id, &at(1), &change()).await.unwrap();
        assert_eq!((changed.version, &changed.query), (2, &json!({"overdue": true})));
        assert_eq!(kind(&saved_view::change(&t, &ines, view.id, &at(1), &change()).await), "version stale");
        assert_eq!(saved_view::change(&t, &ines, view.id, &at(2), &change()).await.unwrap().version, 2, "nothing changed");
        assert_eq!(kind(&saved_view::delete(&t, &ines, view.id, &at(1)).await), "version stale");
        saved_view::delete(&t, &ines, view.id, &at(2)).await.unwrap();
    }

    async fn a_view_that_is_sent_twice_with_a_key_is_kept_once(t: TestSystem) {
        let ines = t.user(Role::Inspector).await;
        let new = json!({"name": "Mine", "query": {"status": "void"}});
        let send = async || saved_view::create(&t, &ines, &body(new.clone()), Some(&key("v1", &new))).await;
        let first = send().await.unwrap();
        assert_eq!(send().await.unwrap(), first);
        assert_eq!(names(&t, &ines, "").await.len(), 1);
    }

    async fn a_person_begins_with_one_view_at_most(t: TestSystem) {
        let (ines, other) = (t.user(Role::Inspector).await, t.user(Role::Inspector).await);
        let mut views = Vec::new();
        for name in ["A", "B", "C"] {
            views.push(keep(&t, &ines, name, Some("inspector")).await.unwrap().id);
        }
        assert_eq!(default_of(&t, &ines).await, None);
        assert!(choose(&t, &ines, views[0], true).await.unwrap().is_default);
        choose(&t, &other, views[2], true).await.unwrap();
        choose(&t, &ines, views[1], true).await.unwrap();
        assert_eq!((default_of(&t, &ines).await, default_of(&t, &other).await), (Some(views[1]), Some(views[2])));
        assert!(!saved_view::show(&t, &ines, views[0]).await.unwrap().is_default);
        let servers: Vec<_> = (0..6).map(|_| t.another_server(|_| ())).collect();
        let at_once = servers.iter().enumerate().map(|(n, server)| choose(server, &ines, views[n % 3], true));
        for done in join_all(at_once).await {
            done.unwrap();
        }
        let page = saved_view::list(&t, &ines, &query("")).await.unwrap();
        assert_eq!(page.items.iter().filter(|view| view.is_default).count(), 1);
        choose(&t, &ines, default_of(&t, &ines).await.unwrap(), false).await.unwrap();
        assert_eq!(default_of(&t, &ines).await, None);
        patch(&t, &ines, views[2], json!({"shared_with": null})).await.unwrap();
        assert_eq!(default_of(&t, &other).await, None, "what he no longer sees");
        patch(&t, &ines, views[2], json!({"shared_with": "inspector"})).await.unwrap();
        assert_eq!(default_of(&t, &other).await, Some(views[2]));
    }

    async fn views_are_paged_by_name(t: TestSystem) {
        let (ines, other) = (t.user(Role::Inspector).await, t.user(Role::Inspector).await);
        for number in 0..5 {
            keep(&t, &ines, &format!("V{number}"), Some("inspector")).await.unwrap();
            keep(&t, &other, &format!("V{number}"), Some("inspector")).await.unwrap();
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = saved_view::list(&t, &ines, &query(&format!("limit=3&count=true{cursor}"))).await.unwrap();
            assert_eq!(page.total, Some(10));
            seen.extend(page.items.into_iter().map(|view| view.name));
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        let each = (0..5).flat_map(|number| [format!("V{number}"), format!("V{number}")]);
        assert_eq!(seen, each.collect::<Vec<_>>());
        let foreign = saved_view::list(&t, &other, &query(&format!("limit=3{cursor}"))).await;
        assert_eq!(refused(foreign), ["cursor foreign"]);
    }

    async fn a_token_that_only_reads_keeps_nothing(t: TestSystem) {
        let ines = t.user(Role::Inspector).await;
        let view = keep(&t, &ines, "Mine", None).await.unwrap();
        let scopes = Some(Scopes { read: true, metrics: false });
        let reading = Actor { scopes, ..ines.clone() };
        assert_eq!(saved_view::show(&t, &reading, view.id).await.unwrap().id, view.id);
        assert_eq!(kind(&keep(&t, &reading, "x", None).await), "forbidden");
        assert_eq!(kind(&patch(&t, &reading, view.id, json!({"name": "x"})).await), "forbidden");
        assert_eq!(kind(&choose(&t, &reading, view.id, true).await), "forbidden");
        assert_eq!(kind(&saved_view::delete(&t, &reading, view.id, &ANY).await), "forbidden");
        let silent = t.another_server(|options| options.read_only = true);
        assert_eq!(kind(&keep(&silent, &ines, "x", None).await), "read-only");
    }

    async fn who_is_erased_leaves_what_he_shared_and_nothing_else(t: TestSystem) {
        t.member(Role::Admin).await;
        let (ana, other) = (t.user(Role::Inspector).await, t.user(Role::Inspector).await);
        let (private, shared) = (keep(&t, &ana, "Mine", None).await.unwrap(), keep(&t, &ana, "Ours", Some("inspector")).await.unwrap());
        let theirs = keep(&t, &other, "Theirs", Some("inspector")).await.unwrap();
        for id in [private.id, shared.id, theirs.id] {
            choose(&t, &ana, id, true).await.unwrap();
        }
        choose(&t, &other, shared.id, true).await.unwrap();
        let erased = user::erase(&t, &ana.name, &Text("Asked for.".to_owned())).await.unwrap();
        assert_eq!((erased.removed["saved_view"], erased.removed["view_choice"]), (1, 1));
        assert_eq!(default_of(&t, &other).await, Some(shared.id));
        let left = saved_view::list(&t, &other, &query("mine=false")).await.unwrap().items;
        assert_eq!((left.len(), left[0].id, &left[0].owner.name), (1, shared.id, &erased.display_name));
        let manager = t.user(Role::QualityManager).await;
        saved_view::delete(&t, &manager, shared.id, &ANY).await.unwrap();
    }

    async fn a_view_that_asks_for_the_records_of_an_erased_user_asks_by_his_new_name(t: TestSystem) {
        t.member(Role::Admin).await;
        let (ana, other) = (t.user(Role::Inspector).await, t.user(Role::Operator).await);
        let sent = json!({"assignee": ["me", ana.name], "reported_by": format!("!{}", ana.name.to_uppercase()), "filter": format!("reporter:{0},{0}0", ana.name)});
        let view = saved_view::create(&t, &other, &body(json!({"name": "x", "query": sent})), None).await.unwrap();
        keep(&t, &other, "Another", None).await.unwrap();
        let erased = user::erase(&t, &ana.name, &Text("Asked for.".to_owned())).await.unwrap();
        assert_eq!(erased.replaced["saved_view"], 1);
        let left = saved_view::show(&t, &other, view.id).await.unwrap();
        let new = &erased.username;
        let expected = json!({"assignee": ["me", new], "reported_by": format!("!{new}"), "filter": format!("reporter:{new},{}0", ana.name)});
        assert_eq!((left.query, left.version), (expected, 2));
    }

    async fn who_is_deleted_takes_his_views_along(t: TestSystem) {
        let (ines, other) = (t.user(Role::Inspector).await, t.user(Role::Inspector).await);
        let shared = keep(&t, &ines, "Ours", Some("inspector")).await.unwrap();
        choose(&t, &other, shared.id, true).await.unwrap();
        let theirs = keep(&t, &other, "Theirs", Some("inspector")).await.unwrap();
        choose(&t, &ines, theirs.id, true).await.unwrap();
        user::delete(&t, &Actor::command_line(), ines.id.unwrap(), &ANY).await.unwrap();
        assert_eq!(names(&t, &other, "").await, ["Theirs"]);
        assert_eq!(default_of(&t, &other).await, None);
    }
}
