//! What each report says of a few records that are told one by one.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::code;
use service::corrective::supplier::{self, link};
use service::defects::{self, cost, labor};
use service::lifecycle::Action;
use service::report::{self, Report};
use service::role::Role;
use service::version::IfMatch;
use service::words::{Language, Status};
use service::{Draft, summary};
use testkit::{TestSystem, defect, each_db};

use crate::shown;

const ANY: IfMatch = IfMatch::Any;

/// The days of the tests.
fn november() -> Json {
    json!({"from": "2026-11-01", "to": "2026-11-30"})
}

fn with(mut query: Json, more: Json) -> Json {
    let Json::Object(more) = more else {
        panic!("an object")
    };
    query.as_object_mut().unwrap().extend(more);
    query
}

async fn told(t: &TestSystem, name: &str, query: Json) -> Json {
    let manager = t.member(Role::QualityManager).await;
    shown(t, &manager, name, &query).await.unwrap()
}

async fn set(t: &TestSystem, id: i64, fields: Json) {
    let manager = t.member(Role::QualityManager).await;
    let fields = Draft::json(&fields);
    defects::change(t, &manager, id, &ANY, &fields)
        .await
        .unwrap();
}

async fn spend(t: &TestSystem, id: i64, entry: Json) -> i64 {
    let manager = t.member(Role::QualityManager).await;
    let entry = Draft::json(&entry);
    cost::add(t, &manager, id, &ANY, &entry, None)
        .await
        .unwrap()
        .item
        .id
}

/// Label, value, share and cumulative share of each bar.
fn bars(report: &Json) -> Vec<(String, Json, f64, f64)> {
    let bars = report["bars"].as_array().unwrap().iter();
    bars.map(|bar| {
        let share = |name: &str| bar[name].as_f64().unwrap();
        (
            bar["label"].as_str().unwrap().to_owned(),
            bar["value"].clone(),
            share("share"),
            share("cumulative"),
        )
    })
    .collect()
}

fn bar(
    label: &str,
    value: impl Into<Json>,
    share: f64,
    cumulative: f64,
) -> (String, Json, f64, f64) {
    (label.to_owned(), value.into(), share, cumulative)
}

each_db! {
    async fn a_pareto_has_the_published_shares(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        for (code, quantity) in [("E", "27"), ("A", "94"), ("C", "66"), ("B", "80"), ("D", "33")] {
            t.failure_code(code).await;
            t.report(&manager, defect().quantity(quantity).with("failure_code", code)).await;
        }
        let query = with(november(), json!({"by": "failure_code", "measure": "quantity"}));
        let report = told(&t, "pareto", query.clone()).await;
        let published = vec![
            bar("A", "94", 31.33, 31.33),
            bar("B", "80", 26.67, 58.0),
            bar("C", "66", 22.0, 80.0),
            bar("D", "33", 11.0, 91.0),
            bar("E", "27", 9.0, 100.0),
        ];
        assert_eq!(bars(&report), published);
        assert_eq!(report["total"], "300");
        assert_eq!(report["bars"][0]["key"], "A");
        let report = told(&t, "pareto", with(query, json!({"top": 2}))).await;
        let published = vec![
            bar("A", "94", 31.33, 31.33),
            bar("B", "80", 26.67, 58.0),
            bar("other", "126", 42.0, 100.0),
        ];
        assert_eq!(bars(&report), published);
        assert_eq!(report["bars"][2]["key"], Json::Null);
    }

    async fn bars_have_the_callers_language_and_what_has_no_value_is_none(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let admin = Actor::command_line();
        let manager = t.member(Role::QualityManager).await;
        for (code, labels) in [
            ("none", json!({"en": "Nothing", "es": "Nada"})),
            ("X", json!({"en": "Crack"})),
        ] {
            let new = Draft::json(&json!({"code": code, "labels": labels}));
            code::create(&t, &admin, "failure_code", &new, None).await.unwrap();
        }
        for code in [json!("X"), json!("none"), json!("none"), Json::Null] {
            t.report(&manager, defect().with("failure_code", code)).await;
        }
        let spanish = Actor { language: Language::Spanish, ..manager.clone() };
        let query = with(november(), json!({"by": "failure_code"}));
        let report = shown(&t, &spanish, "pareto", &query).await.unwrap();
        // Equal ones by their labels.
        let expected = vec![bar("Nada", 2, 50.0, 50.0), bar("none", 1, 25.0, 75.0), bar("Crack", 1, 25.0, 100.0)];
        assert_eq!(bars(&report), expected);
        assert_eq!(report["bars"][1]["key"], Json::Null);
        assert_eq!(report["bars"][0]["key"], "none");
    }

    async fn a_record_moves_its_sums_along(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        let (one, other) = (t.part().await, t.part().await);
        let id = t.report(&manager, defect().quantity("4").with("part_id", one.id)).await.item.id;
        spend(&t, id, json!({"kind": "freight", "amount": "12.50"})).await;
        let by_part = |measure: &'static str| with(november(), json!({"by": "part", "measure": measure}));
        let label = |part: &service::part::PartView| format!("{} A Flange", part.number);
        for (measure, value) in [("records", json!(1)), ("quantity", json!("4")), ("cost", json!("12.50"))] {
            let report = told(&t, "pareto", by_part(measure)).await;
            assert_eq!(bars(&report), [bar(&label(&one), value, 100.0, 100.0)]);
        }
        set(&t, id, json!({"part_id": other.id, "quantity_defective": "5"})).await;
        for (measure, value) in [("records", json!(1)), ("quantity", json!("5")), ("cost", json!("12.50"))] {
            let report = told(&t, "pareto", by_part(measure)).await;
            assert_eq!(bars(&report), [bar(&label(&other), value, 100.0, 100.0)]);
        }
        t.act(Role::QualityManager, id, Action::Void).await;
        for measure in ["records", "quantity", "cost"] {
            let report = told(&t, "pareto", by_part(measure)).await;
            assert_eq!(bars(&report), []);
        }
        let costs = told(&t, "copq", november()).await;
        assert_eq!(costs["total"]["total"], "0.00", "void records are in no report");
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn a_reopened_record_is_open_as_if_it_had_never_been_closed(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let id = t.bring_to(Status::Closed).await.item.id;
        let trend = || told(&t, "trend", with(november(), json!({"interval": "month"})));
        assert_eq!(trend().await["points"], json!([{"period": "2026-11", "reported": 1, "closed": 1, "open": 0}]));
        t.clock.advance(TimeDelta::days(3));
        t.act(Role::QualityManager, id, Action::Reopen).await;
        assert_eq!(trend().await["points"], json!([{"period": "2026-11", "reported": 1, "closed": 0, "open": 1}]));
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn a_trend_has_every_part_of_its_period(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        // 2026-11-20 is a Friday.
        t.report(&manager, defect()).await;
        t.clock.advance(TimeDelta::days(4));
        t.bring_to(Status::Closed).await;
        let query = json!({"from": "2026-11-21", "to": "2026-12-01", "interval": "week"});
        let report = told(&t, "trend", query).await;
        let expected = json!([
            {"period": "2026-W47", "reported": 0, "closed": 0, "open": 1},
            {"period": "2026-W48", "reported": 1, "closed": 1, "open": 1},
            {"period": "2026-W49", "reported": 0, "closed": 0, "open": 1},
        ]);
        assert_eq!(report["points"], expected);
        let empty = told(&t, "trend", json!({"from": "2020-01-01", "to": "2020-01-02", "interval": "day"})).await;
        assert_eq!(empty["points"].as_array().unwrap().len(), 2);
        assert_eq!(empty["points"][1], json!({"period": "2020-01-02", "reported": 0, "closed": 0, "open": 0}));
    }

    async fn ages_are_counted_in_days_and_closures_by_nearest_rank(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        let old = t.report(&manager, defect().minor()).await.item.id;
        t.clock.advance(TimeDelta::days(23));
        let younger = t.report(&manager, defect().minor()).await.item.id;
        t.clock.advance(TimeDelta::days(8));
        for id in [old, younger] {
            t.bring(id, Status::Analysis).await;
        }
        t.report(&manager, defect()).await;
        let query = json!({"from": "2026-12-01", "to": "2026-12-31"});
        let report = told(&t, "ageing", query.clone()).await;
        let ages: Vec<_> = report["buckets"].as_array().unwrap().iter().map(|row| {
            (row["days"].as_str().unwrap(), row["reported"].as_i64().unwrap(), row["analysis"].as_i64().unwrap())
        }).collect();
        assert_eq!(ages, [("0-7", 1, 0), ("8-30", 0, 1), ("31-90", 0, 1), ("91-180", 0, 0), (">180", 0, 0)]);
        assert_eq!((&report["open"], &report["median_days"]), (&json!(3), &Json::Null));
        for id in [old, younger] {
            t.bring(id, Status::Closed).await;
        }
        let report = told(&t, "ageing", query).await;
        assert_eq!(
            (&report["closed"], &report["median_days"], &report["p90_days"], &report["open"]),
            (&json!(2), &json!(8), &json!(31), &json!(1))
        );
    }

    async fn time_in_a_state_counts_every_stay_up_to_now(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let id = t.report(&t.member(Role::QualityManager).await, defect().minor()).await.item.id;
        t.clock.advance(TimeDelta::seconds(100));
        t.bring(id, Status::Analysis).await;
        t.clock.advance(TimeDelta::seconds(30));
        t.bring(id, Status::Disposition).await;
        t.clock.advance(TimeDelta::seconds(7));
        t.act(Role::QualityEngineer, id, Action::ReturnToAnalysis).await;
        t.clock.advance(TimeDelta::seconds(11));
        let report = told(&t, "flow", november()).await;
        let row = |state: &str, stays: i64, current: i64, total: i64, mean: Json| {
            json!({"state": state, "stays": stays, "current": current, "total_seconds": total, "mean_seconds": mean})
        };
        let expected = json!([
            row("reported", 1, 0, 100, json!(100)),
            row("analysis", 2, 1, 41, json!(21)),
            row("disposition", 1, 0, 7, json!(7)),
            row("execution", 0, 0, 0, Json::Null),
            row("verification", 0, 0, 0, Json::Null),
        ]);
        assert_eq!(report["states"], expected);
    }

    async fn costs_are_by_class_and_what_came_back_lowers_the_total(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        let supplier = t.supplier().await;
        let id = t.report(&manager, defect().minor().with("supplier_id", supplier.id)).await.item.id;
        t.bring(id, Status::Analysis).await;
        spend(&t, id, json!({"kind": "material", "amount": "100"})).await;
        spend(&t, id, json!({"kind": "customer_claim", "amount": "50"})).await;
        spend(&t, id, json!({"kind": "freight", "amount": "5", "quality_class": "prevention"})).await;
        spend(&t, id, json!({"kind": "recovery", "amount": "30.25"})).await;
        let wrong = spend(&t, id, json!({"kind": "material", "amount": "7"})).await;
        let why = Draft::json(&json!({"reason": "Typed wrongly."}));
        cost::reverse(&t, &manager, (id, wrong), &ANY, &why, None).await.unwrap();
        let work = json!({"work_date": "2026-10-01", "minutes": 90, "activity": "inspect", "rate": "8"});
        labor::add(&t, &manager, id, &ANY, &Draft::json(&work), None).await.unwrap();
        let report = told(&t, "copq", with(november(), json!({"by": "supplier"}))).await;
        let costs = json!({
            "internal": "100.00", "external": "50.00", "appraisal": "12.00", "prevention": "5.00",
            "recovered": "30.25", "total": "136.75",
        });
        assert_eq!(report["total"], costs);
        assert_eq!(report["points"], json!([with(costs.clone(), json!({"period": "2026-11"}))]));
        let group = with(costs, json!({"key": supplier.id.to_string(), "label": format!("{0} {0}", supplier.code)}));
        assert_eq!(report["groups"], json!([group]));
        let pareto = told(&t, "pareto", with(november(), json!({"by": "supplier", "measure": "cost"}))).await;
        assert_eq!(pareto["total"], "136.75");
        let october = told(&t, "copq", json!({"from": "2026-10-01", "to": "2026-10-31"})).await;
        assert_eq!(october["total"]["total"], "0.00", "the day of the entry counts, not that of the work");
    }

    async fn a_drawing_tells_money_as_its_table_does(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        let id = t.report(&manager, defect().minor()).await.item.id;
        t.bring(id, Status::Analysis).await;
        spend(&t, id, json!({"kind": "customer_claim", "amount": "12345.67"})).await;
        spend(&t, id, json!({"kind": "recovery", "amount": "1000.50"})).await;
        let (_, report) = report::copq(&t, &manager, &Draft::json(&november())).await.unwrap();
        let drawing = report.drawing(Language::English);
        for told in ["2026-11: external 12345.67", "2026-11: recovered 1000.50"] {
            assert!(drawing.contains(&format!("<title>{told}</title>")), "{told}: {drawing}");
        }
    }

    async fn suppliers_are_told_by_parts_per_million(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        let (good, bad) = (t.supplier().await, t.supplier().await);
        for (supplier, defective, inspected) in [(&good, "1", Some("800")), (&bad, "3", Some("120")), (&bad, "4", None)] {
            let mut tag = defect().quantity(defective).with("supplier_id", supplier.id);
            if let Some(inspected) = inspected {
                tag = tag.with("quantity_inspected", inspected);
            }
            t.report(&manager, tag).await;
        }
        t.report(&manager, defect()).await;
        let report = told(&t, "suppliers", november()).await;
        let row = |supplier: &service::partner::PartnerView, records: i64, defective: &str, inspected: &str, ppm: i64| {
            json!({
                "id": supplier.id, "label": format!("{0} {0}", supplier.code), "records": records,
                "quantity_defective": defective, "quantity_inspected": inspected, "ppm": ppm, "cost": "0.00",
                "requests": 0, "answered": 0, "mean_response_hours": null,
            })
        };
        assert_eq!(report["suppliers"], json!([row(&bad, 2, "7", "120", 25_000), row(&good, 1, "1", "800", 1_250)]));
        let inspector = t.member(Role::Inspector).await;
        let report = shown(&t, &inspector, "suppliers", &november()).await.unwrap();
        assert!(report["suppliers"][0].get("cost").is_none());
    }

    async fn a_supplier_answers_as_fast_as_from_the_link_to_his_first_words(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let quality = t.member(Role::QualityEngineer).await;
        let (fast, silent) = (t.supplier().await, t.supplier().await);
        for of in [&fast, &silent] {
            let id = t.raise(json!({"supplier_id": of.id})).await.item.id;
            let form = Draft::json(&json!({}));
            let (given, _) = link::give(&t, &quality, id, &ANY, &form, None).await.unwrap();
            if of.id == fast.id {
                t.set_request(id, json!({"d3": {"text": "Not his words."}})).await;
                t.clock.advance(TimeDelta::minutes(90));
                for text in ["Sorted.", "Sorted and sent."] {
                    let answer = Draft::json(&json!({"d3": text}));
                    supplier::answer(&t, given.token.as_deref().unwrap(), &ANY, &answer).await.unwrap();
                    t.clock.advance(TimeDelta::hours(5));
                }
            }
        }
        let report = told(&t, "suppliers", november()).await;
        let rows = report["suppliers"].as_array().unwrap().iter();
        let answers: Vec<_> = rows.map(|row| {
            (row["id"].as_i64().unwrap(), row["requests"].clone(), row["answered"].clone(), row["mean_response_hours"].clone())
        }).collect();
        assert!(answers.contains(&(fast.id, json!(1), json!(1), json!(1.5))), "{answers:?}");
        assert!(answers.contains(&(silent.id, json!(1), json!(0), Json::Null)), "{answers:?}");
    }

    async fn what_another_supplier_of_a_request_writes_is_no_answer_of_his(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let quality = t.member(Role::QualityEngineer).await;
        let (silent, quick, slow) = (t.supplier().await, t.supplier().await, t.supplier().await);
        let id = t.raise(json!({})).await.item.id;
        // One after the other is asked; the first never answers, the second after one hour, the third after two.
        for (of, hours) in [(&silent, None), (&quick, Some(1)), (&slow, Some(2))] {
            t.set_request(id, json!({"supplier_id": of.id})).await;
            let form = Draft::json(&json!({}));
            let (given, _) = link::give(&t, &quality, id, &ANY, &form, None).await.unwrap();
            t.clock.advance(TimeDelta::hours(hours.unwrap_or(5)));
            if let Some(hours) = hours {
                let answer = Draft::json(&json!({"d3": format!("Sorted after {hours} h.")}));
                supplier::answer(&t, given.token.as_deref().unwrap(), &ANY, &answer).await.unwrap();
                t.clock.advance(TimeDelta::minutes(10));
            }
        }
        let report = told(&t, "suppliers", november()).await;
        let rows = report["suppliers"].as_array().unwrap();
        for (of, answered, hours) in [(&silent, 0, Json::Null), (&quick, 1, json!(1.0)), (&slow, 1, json!(2.0))] {
            let row = rows.iter().find(|row| row["id"] == of.id).unwrap();
            assert_eq!((&row["requests"], &row["answered"], &row["mean_response_hours"]), (&json!(1), &json!(answered), &hours), "{row}");
        }
    }

    async fn a_disposition_has_the_records_and_quantities_of_its_lines(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let id = t.bring_to(Status::Disposition).await.item.id;
        t.make_ready(id).await;
        t.report(&t.member(Role::QualityManager).await, defect().quantity("2.5")).await;
        spend(&t, id, json!({"kind": "freight", "amount": "10"})).await;
        let by = |measure: &'static str| told(&t, "pareto", with(november(), json!({"by": "disposition", "measure": measure})));
        let records = bars(&by("records").await);
        assert_eq!(records, [bar("none", 1, 33.33, 33.33), bar("rework", 1, 33.33, 66.67), bar("scrap", 1, 33.33, 100.0)]);
        let quantities = bars(&by("quantity").await);
        let expected = [bar("rework", "7", 56.0, 56.0), bar("scrap", "3", 24.0, 80.0), bar("none", "2.5", 20.0, 100.0)];
        assert_eq!(quantities, expected);
        // The whole record is under each of its dispositions.
        let costs = bars(&by("cost").await);
        assert_eq!(costs, [bar("rework", "10.00", 50.0, 50.0), bar("scrap", "10.00", 50.0, 100.0)]);
    }

    async fn the_dashboard_has_it_all_at_a_glance(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        t.failure_code("BURR").await;
        let due = "2026-11-21T08:00:00Z";
        let oldest = t.report(&manager, defect().with("failure_code", "BURR").with("due_at", due)).await;
        t.clock.advance(TimeDelta::days(20));
        let id = t.report(&manager, defect().with("failure_code", "BURR")).await.item.id;
        spend(&t, id, json!({"kind": "freight", "amount": "10"})).await;
        let report = told(&t, "summary", json!({})).await;
        assert_eq!((&report["open"], &report["overdue"], &report["overdue_is_minimum"]), (&json!(2), &json!(1), &json!(false)));
        assert_eq!(report["open_by_state"][0], json!({"state": "reported", "records": 2}));
        assert_eq!((&report["this_month"]["period"], &report["this_month"]["reported"]), (&json!("2026-12"), &json!(1)));
        assert_eq!((&report["last_month"]["reported"], &report["this_month"]["cost"]["total"]), (&json!(1), &json!("10.00")));
        assert_eq!(report["top_failure_codes"], json!([{"key": "BURR", "label": "BURR", "records": 2}]));
        assert_eq!(report["top_parts"].as_array().unwrap().len(), 2);
        assert_eq!((&report["oldest_open"]["id"], &report["oldest_open"]["days"]), (&json!(oldest.item.id), &json!(20)));
        let viewer = t.member(Role::Viewer).await;
        let report = shown(&t, &viewer, "summary", &json!({})).await.unwrap();
        assert!(report["this_month"].get("cost").is_none());
    }
}
