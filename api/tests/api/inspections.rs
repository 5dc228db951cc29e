//! Inspections over HTTP: entered, listed, made void, imported, and with a defect in one call.

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::audit;
use service::role::Role;
use testkit::{PASSWORD, design::ROLES, each_db};

use crate::charts::Line;
use crate::client::{Answer, Api, Session};
use crate::examples::example;

const WRITERS: [Role; 5] = [
    Role::Inspector,
    Role::Operator,
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];

async fn import(api: &Api, who: &Session, query: &str, file: String) -> Answer {
    let request = who.request(Method::POST, &format!("/inspections/import{query}"));
    let request = request.insert_header((header::CONTENT_TYPE, "text/csv"));
    api.send(request.set_payload(file)).await
}

fn ids(page: &Json) -> Vec<i64> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_i64().unwrap()).collect()
}

each_db! {
    async fn each_role_enters_inspections_or_only_reads_them(api: Api) {
        let line = Line::open(&api).await;
        let body = json!({"part_id": line.part, "work_center_id": line.place, "inspected_at": "2026-11-19T08:00:00Z",
            "sample_size": 50, "defective_units": 1});
        let first = line.enter("2026-11-18T08:00:00Z", json!({"sample_size": 5, "defects_found": 0})).await;
        let address = format!("/inspections/{}", first["id"]);
        for role in ROLES {
            let who = api.sign_in(role).await;
            let made = api.post(&who, "/inspections", &body).await;
            let is_writer = WRITERS.contains(&role);
            assert_eq!(made.status, if is_writer { 201 } else { 403 }, "{role}: {made:?}");
            for path in [address.as_str(), "/inspections"] {
                assert_eq!(api.get(&who, path).await.status, 200, "{role}, {path}");
            }
            if !is_writer {
                made.problem(403);
                continue;
            }
            // One's own is made void by whoever entered it, what others entered by quality.
            let own = format!("/inspections/{}/void", made.json()["id"]);
            let reason = json!({"reason": "Typed wrongly."});
            assert_eq!(api.post(&who, &own, &reason).await.status, 200, "{role}");
            if !matches!(role, Role::QualityEngineer | Role::QualityManager) {
                api.post(&who, &format!("{address}/void"), &reason).await.problem(403);
            }
        }
        let quality = api.sign_in(Role::QualityEngineer).await;
        let voided = api.post(&quality, &format!("{address}/void"), &json!({"reason": "Another part."})).await;
        assert_eq!((voided.status, voided.etag()), (200, "\"2\"".to_owned()));
        let voided = voided.json();
        assert_eq!((&voided["void_reason"], &voided["version"]), (&json!("Another part."), &json!(2)));
        assert!(voided["voided_at"].is_string() && voided["voided_by"]["name"].is_string());
        assert_eq!(api.get(&quality, &address).await.json(), voided);
        api.post(&quality, &format!("{address}/void"), &json!({"reason": "Again."})).await.problem(409);
        let stale = quality.request(Method::POST, &format!("{address}/void")).insert_header((header::IF_MATCH, "\"1\""));
        api.send(stale.set_json(json!({"reason": "Again."}))).await.problem(412);
        assert_eq!(api.post(&quality, "/inspections/999999999/void", &json!({"reason": "x"})).await.status, 404);
        assert_eq!(audit::verify(&api.system, |_| {}).await.unwrap().findings, []);
    }

    async fn an_inspection_is_shown_as_it_was_entered(api: Api) {
        let line = Line::open(&api).await;
        let fields = json!({"sample_size": 50, "defective_units": 2, "defects_found": 1, "note": "After the tool change."});
        let made = line.enter("2026-11-19T10:00:00+02:00", fields).await;
        assert_eq!(made["inspected_at"], "2026-11-19T08:00:00.000000Z");
        assert_eq!((&made["defective_units"], &made["defects_found"]), (&json!(2), &json!(1)), "neither bounds the other");
        assert_eq!((&made["failed"], &made["defect"], &made["version"]), (&json!(true), &Json::Null, &json!(1)));
        assert_eq!((&made["part"]["id"], &made["work_center"]["id"]), (&json!(line.part), &json!(line.place)));
        assert_eq!(made["guid"].as_str().map(str::len), Some(32));
        let good = line.enter("2026-11-19T09:00:00Z", json!({"sample_size": 50, "defective_units": 0})).await;
        assert_eq!((&good["failed"], &good["defects_found"]), (&json!(false), &Json::Null));
        let sent = json!({"part_id": line.part, "work_center_id": line.place, "inspected_at": "2026-11-19T11:00:00Z",
            "sample_size": 1, "defects_found": 0});
        let twice = async || {
            let request = line.inspector.request(Method::POST, "/inspections").insert_header(("Idempotency-Key", "i-1"));
            api.send(request.set_json(&sent)).await
        };
        assert_eq!(twice().await.json(), twice().await.json());
        assert_eq!(api.get(&line.inspector, "/inspections?count=true").await.json()["total"], 3);
    }

    async fn what_does_not_fit_is_refused_at_once(api: Api) {
        let line = Line::open(&api).await;
        let whole = json!({"part_id": line.part, "work_center_id": line.place, "inspected_at": "2026-11-19T08:00:00Z",
            "sample_size": 50, "defective_units": 1});
        for (changes, expected) in [
            (json!({"sample_size": 0}), vec!["sample_size range"]),
            (json!({"sample_size": -1}), vec!["sample_size range"]),
            (json!({"sample_size": 1.5}), vec!["sample_size type"]),
            (json!({"sample_size": 10_000_001}), vec!["sample_size range"]),
            (json!({"sample_size": "50"}), vec!["sample_size type"]),
            (json!({"defective_units": 51}), vec!["defective_units range"]),
            (json!({"defective_units": null}), vec!["defective_units required"]),
            (json!({"defects_found": -1}), vec!["defects_found range"]),
            (json!({"inspected_at": "2026-11-22T08:00:01Z"}), vec!["inspected_at range"]),
            (json!({"inspected_at": "2026-11-19"}), vec!["inspected_at format"]),
            (json!({"part_id": 999_999_999, "work_center_id": 999_999_999, "defective_units": 60}),
                vec!["defective_units range", "part_id reference", "work_center_id reference"]),
            (json!({"lot": "L-1"}), vec!["lot unknown"]),
            (json!({"note": " "}), vec!["note blank"]),
            (json!({"defect": {}}), vec!["defect.title required", "defect.description required"]),
            (json!({"defect": 7}), vec!["defect type"]),
            (json!({"defective_units": 0, "defect": {"title": "x", "description": "x"}}), vec!["defect unmet"]),
            (json!({"defective_units": 0, "defects_found": 2, "defect": {"title": "x", "description": "x"}}),
                vec!["defect.quantity_defective required"]),
            (json!({"defect": {"title": "x", "description": "x", "part_id": 1}}), vec!["defect.part_id unknown"]),
            (json!({"defect": {"title": "x", "description": "x", "supplier_id": 999_999_999}}), vec!["defect.supplier_id reference"]),
            (json!({"defect": {"title": "x", "description": "x", "quantity_defective": "51"}}), vec!["defect.quantity_inspected range"]),
        ] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let answer = api.post(&line.inspector, "/inspections", &body).await;
            let errors = answer.problem(422).errors.into_iter();
            let told: Vec<String> = errors.map(|error| format!("{} {}", error.field, error.code)).collect();
            assert_eq!(told, expected, "{changes}");
        }
        assert_eq!(api.get(&line.inspector, "/inspections").await.json()["items"], json!([]));
        assert_eq!(api.get(&line.inspector, "/defects").await.json()["items"], json!([]));
        for query in ["limit=0", "limit=201", "failed=perhaps", "sort=part_id", "part_id=x", "cursor=x", "inspected_after=now", "q=x"] {
            api.get(&line.inspector, &format!("/inspections?{query}")).await.problem(422);
        }
        let retired = api.sign_in(Role::Admin).await;
        let path = format!("/parts/{}", line.part);
        assert_eq!(api.patch(&retired, &path, "*", &json!({"is_active": false})).await.status, 200);
        assert_eq!(api.post(&line.inspector, "/inspections", &whole).await.refused(422), ["part_id"]);
    }

    async fn a_failed_inspection_reports_a_defect_in_the_same_call(api: Api) {
        let line = Line::open(&api).await;
        let mut body = example("post", "/inspections");
        body["part_id"] = line.part.into();
        body["work_center_id"] = line.place.into();
        let made = api.post(&line.inspector, "/inspections", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        let defect = api.get(&line.inspector, &format!("/defects/{}", made["defect"]["id"])).await.json();
        assert_eq!(made["defect"]["tag_number"], defect["tag_number"]);
        let told = [&defect["quantity_defective"], &defect["quantity_inspected"], &defect["units_sampled"], &defect["defects_found"]];
        assert_eq!(told, [&json!("2"), &json!("50"), &json!(50), &json!(3)]);
        assert_eq!((&defect["part"]["id"], &defect["work_center"]["id"]), (&json!(line.part), &json!(line.place)));
        assert_eq!((&defect["status"], &defect["detected_at"]), (&json!("reported"), &made["inspected_at"]));
        assert_eq!(api.get(&line.inspector, &format!("/inspections/{}", made["id"])).await.json(), made);
        // The rights of a defect's fields hold here too, and nothing is entered without it.
        body["defect"]["severity"] = json!("major");
        let refused = api.post(&line.inspector, "/inspections", &body).await;
        assert_eq!(refused.refused(403), ["defect.severity"]);
        let engineer = api.sign_in(Role::TechEngineer).await;
        assert_eq!(api.post(&engineer, "/inspections", &body).await.status, 201);
        body["defect"]["external_system"] = json!("MES");
        body["defect"]["external_id"] = json!("4711");
        assert_eq!(api.post(&engineer, "/inspections", &body).await.status, 201);
        let twin = api.post(&engineer, "/inspections", &body).await;
        assert!([409, 422].contains(&twin.status), "{twin:?}");
        assert_eq!(api.get(&engineer, "/inspections?count=true").await.json()["total"], 3);
        assert_eq!(api.get(&engineer, "/defects?count=true").await.json()["total"], 3);
        // The defect stays when its inspection is made void.
        let path = format!("/inspections/{}/void", made["id"]);
        let voided = api.post(&line.inspector, &path, &example("post", "/inspections/{id}/void")).await;
        assert_eq!((voided.status, &voided.json()["defect"]), (200, &made["defect"]));
        assert_eq!(audit::verify(&api.system, |_| {}).await.unwrap().findings, []);
    }

    async fn the_list_is_filtered_ordered_and_paged(api: Api) {
        let (line, other) = (Line::open(&api).await, Line::open(&api).await);
        let mut all = Vec::new();
        for hour in 0..5 {
            // Two at the same moment: the id breaks the tie.
            let at = format!("2026-11-19T{:02}:00:00Z", 8 + hour / 2);
            let fields = json!({"sample_size": 10, "defective_units": hour % 2});
            all.push(line.enter(&at, fields).await["id"].as_i64().unwrap());
        }
        let elsewhere = other.enter("2026-11-19T20:00:00Z", json!({"sample_size": 10, "defective_units": 1})).await["id"].clone();
        let void = format!("/inspections/{}/void", all[1]);
        assert_eq!(api.post(&line.inspector, &void, &json!({"reason": "x"})).await.status, 200);
        let list = async |query: &str| {
            let answer = api.get(&line.inspector, &format!("/inspections?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {answer:?}");
            ids(&answer.json())
        };
        let of = format!("part_id={}", line.part);
        let newest: Vec<i64> = all.iter().rev().copied().collect();
        assert_eq!(list(&of).await, newest);
        assert_eq!(list(&format!("{of}&sort=inspected_at")).await, all);
        assert_eq!(list(&format!("{of},{}", other.part)).await.len(), 6);
        assert_eq!(list(&format!("work_center_id={}", other.place)).await, [elsewhere.as_i64().unwrap()]);
        assert_eq!(list(&format!("{of}&failed=true")).await, [all[3], all[1]]);
        assert_eq!(list(&format!("{of}&failed=false&sort=inspected_at")).await, [all[0], all[2], all[4]]);
        assert_eq!(list(&format!("{of}&voided=true")).await, [all[1]]);
        assert_eq!(list(&format!("{of}&voided=false&failed=true")).await, [all[3]]);
        let during = "inspected_after=2026-11-19T09:00:00Z&inspected_before=2026-11-19T10:00:00Z";
        assert_eq!(list(&format!("{of}&{during}")).await, [all[3], all[2]]);
        for (order, expected) in [("-inspected_at", &newest), ("inspected_at", &all)] {
            let (mut seen, mut next) = (Vec::new(), String::new());
            loop {
                let page = api.get(&line.inspector, &format!("/inspections?{of}&sort={order}&limit=2{next}")).await.json();
                seen.extend(ids(&page));
                match page["next_cursor"].as_str() {
                    Some(cursor) => next = format!("&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(&seen, expected);
            api.get(&line.inspector, &format!("/inspections?sort={order}&limit=2{next}")).await.problem(422);
        }
    }

    async fn a_file_is_imported_as_a_whole_or_told_row_by_row(api: Api) {
        let line = Line::open(&api).await;
        let part = api.get(&line.inspector, &format!("/parts/{}", line.part)).await.json();
        let place = api.get(&line.inspector, &format!("/work-centers/{}", line.place)).await.json();
        let (part, place) = (part["number"].as_str().unwrap(), place["code"].as_str().unwrap());
        let template = api.get(&line.inspector, "/inspections/import/template").await;
        let heads = "part_number,part_revision,work_center,inspected_at,sample_size,defective_units,defects_found,note\r\n";
        assert_eq!(template.body, heads);
        let good = format!("{part},A,{place},2026-11-18T08:00:00Z,50,2,3,\"A, b\"\r\n{part},A,{place},2026-11-18T09:00:00Z,50,,0,\r\n");
        let bad = format!(
            "{heads}{good}{part},Z,{place},2026-11-18T10:00:00Z,50,1,,\r\n{part},A,NOWHERE,yesterday,0,1,,\r\n\
             {part},A,{place},2026-11-18T10:00:00Z,50,51,,\r\n,A,{place},2026-11-18T10:00:00Z,50,,,\r\n{part},A,{place},2026-11-18T10:00:00Z,50,,,\r\n"
        );
        let dry = import(&api, &line.inspector, "?dry_run=true", bad.clone()).await.json();
        let told = |report: &Json| {
            let errors = report["errors"].as_array().unwrap().iter();
            errors.map(|error| json!([error["row"], error["column"], error["code"]])).collect::<Json>()
        };
        assert_eq!((&dry["rows"], &dry["added"], &dry["dry_run"]), (&json!(7), &json!(2), &json!(true)));
        assert_eq!(told(&dry), json!([[4, "part_number", "reference"], [5, "inspected_at", "format"], [5, "sample_size", "range"],
            [6, "defective_units", "range"], [7, "part_number", "required"], [8, "defective_units", "required"]]));
        let refused = import(&api, &line.inspector, "", bad).await.refused(422);
        assert_eq!(refused[0], "rows[4].part_number");
        assert_eq!(api.get(&line.inspector, "/inspections").await.json()["items"], json!([]), "all or nothing");
        let done = import(&api, &line.inspector, "", format!("{heads}{good}")).await;
        assert_eq!((done.status, &done.json()["added"]), (200, &json!(2)), "{done:?}");
        let list = api.get(&line.inspector, "/inspections?sort=inspected_at").await.json();
        let first = &list["items"][0];
        assert_eq!((&first["note"], &first["defective_units"], &first["failed"]), (&json!("A, b"), &json!(2), &json!(true)));
        assert_eq!((&list["items"][1]["defective_units"], &list["items"][1]["defects_found"]), (&Json::Null, &json!(0)));
        // The same rows are others: nothing tells them apart.
        assert_eq!(import(&api, &line.inspector, "", format!("{heads}{good}")).await.status, 200);
        assert_eq!(api.get(&line.inspector, "/inspections?count=true").await.json()["total"], 4);
        assert_eq!(import(&api, &line.inspector, "?mode=upsert", format!("{heads}{good}")).await.refused(422), ["mode"]);
        for role in [Role::Viewer, Role::Admin] {
            let who = api.sign_in(role).await;
            import(&api, &who, "", format!("{heads}{good}")).await.problem(403);
        }
        assert_eq!(audit::verify(&api.system, |_| {}).await.unwrap().findings, []);
    }

    async fn the_examples_of_frozen_limits_are_accepted(api: Api) {
        let line = Line::open(&api).await;
        let who = api.system.member(Role::QualityManager).await;
        let manager = api.sign_in_as(&who.name, PASSWORD).await;
        line.enter("2026-01-15T08:00:00Z", json!({"sample_size": 50, "defective_units": 2})).await;
        let mut new = example("post", "/control-limits");
        new["part_id"] = line.part.into();
        let made = api.post(&manager, "/control-limits", &new).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = format!("/control-limits/{}/retirement", made.json()["id"]);
        let retired = api.post(&manager, &path, &example("post", "/control-limits/{id}/retirement")).await;
        assert_eq!(retired.status, 200, "{retired:?}");
    }
}
