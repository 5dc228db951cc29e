//! Control charts over HTTP: published figures are reproduced, and what cannot be asked is refused.
//!
//! `testdata/spc.json` says where its figures come from.

use actix_web::http::Method;
use api::state::StateOptions;
use serde_json::{Value as Json, json};
use service::role::Role;
use testkit::{TestSystem, each_db};

use crate::client::{Api, Session};

/// Where the inspections of a test are.
pub(crate) struct Line<'a> {
    api: &'a Api,
    pub(crate) inspector: Session,
    pub(crate) part: i64,
    pub(crate) place: i64,
}

impl<'a> Line<'a> {
    pub(crate) async fn open(api: &'a Api) -> Self {
        let system: &TestSystem = &api.system;
        Self {
            api,
            inspector: api.sign_in(Role::Inspector).await,
            part: system.part().await.id,
            place: system.work_center().await.id,
        }
    }

    /// Enters an inspection; `fields` says more than where it was.
    pub(crate) async fn enter(&self, at: &str, mut fields: Json) -> Json {
        fields["part_id"] = self.part.into();
        fields["work_center_id"] = self.place.into();
        fields["inspected_at"] = at.into();
        let made = self
            .api
            .post(&self.inspector, "/inspections", &fields)
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()
    }

    /// Enters samples of a size, one a day from the first of October on.
    async fn samples(&self, size: i64, field: &str, counts: &[i64]) {
        for (day, count) in counts.iter().enumerate() {
            let at = at(day);
            self.enter(&at, json!({"sample_size": size, field: count}))
                .await;
        }
    }

    async fn chart(&self, query: &str) -> Json {
        let path = self.path(query);
        let answer = self.api.get(&self.inspector, &path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    fn path(&self, query: &str) -> String {
        let Self { part, place, .. } = self;
        format!("/reports/control-chart?part_id={part}&work_center_id={place}&{query}")
    }

    async fn refused(&self, query: &str) -> Vec<String> {
        let answer = self.api.get(&self.inspector, &self.path(query)).await;
        let problem = answer.problem(422);
        let errors = problem.errors.into_iter();
        errors
            .map(|error| format!("{} {}", error.field, error.code))
            .collect()
    }
}

/// Eight o'clock on a day of October and November.
fn at(day: usize) -> String {
    let (month, day) = if day < 31 {
        (10, day + 1)
    } else {
        (11, day - 30)
    };
    format!("2026-{month}-{day:02}T08:00:00Z")
}

fn data(name: &str) -> Json {
    let data = include_str!("../../../testdata/spc.json");
    let data: Json = serde_json::from_str(data).unwrap();
    data[name].clone()
}

fn counts(list: &Json) -> Vec<i64> {
    let list = list.as_array().unwrap().iter();
    list.map(|count| count.as_i64().unwrap()).collect()
}

/// Equal to the seven digits that are printed.
#[track_caller]
fn assert_figure(one: &Json, printed: f64) {
    let one = one.as_f64().unwrap();
    assert!(
        (one - printed).abs() <= printed.abs() * 5e-7,
        "{one}, not {printed}"
    );
}

#[track_caller]
fn assert_limits(chart: &Json, printed: &Json) {
    let figure = |name: &str| printed[name].as_f64().unwrap();
    assert_figure(&chart["center"], figure("center"));
    for point in chart["points"].as_array().unwrap() {
        assert_figure(&point["lcl"], figure("lcl"));
        assert_figure(&point["ucl"], figure("ucl"));
    }
}

/// The numbers of the points that are signals.
fn signals(chart: &Json) -> Vec<i64> {
    let points = chart["points"].as_array().unwrap().iter();
    let signals = points.filter(|point| point["signals"] != json!([]));
    signals
        .map(|point| point["number"].as_i64().unwrap())
        .collect()
}

fn numbers(points: &Json) -> Vec<i64> {
    let points = points.as_array().unwrap().iter();
    points
        .map(|point| point["number"].as_i64().unwrap())
        .collect()
}

each_db! {
    async fn the_published_p_and_np_charts_come_out(api: Api) {
        let (line, p, np) = (Line::open(&api).await, data("p_orange_juice"), data("np_orange_juice"));
        line.samples(p["n"].as_i64().unwrap(), "defective_units", &counts(&p["defective"])).await;
        let all = line.chart("chart=p&rules=1").await;
        assert_eq!(all["points"].as_array().unwrap().len(), 30);
        assert_limits(&all, &p["all"]);
        assert_eq!(json!(signals(&all)), p["all"]["signals"]);
        assert_eq!(all["points"][14]["signals"], json!([1]));
        assert_eq!(all["points"][14]["value"], json!(0.44));
        let without = line.chart("chart=p&rules=1&exclude=15,23").await;
        assert_limits(&without, &p["without_15_23"]);
        assert_eq!(numbers(&without["excluded"]), [15, 23]);
        assert_eq!(without["points"].as_array().unwrap().len(), 28);
        assert!(!numbers(&without["points"]).contains(&15));
        let counted = line.chart("chart=np&rules=1").await;
        assert_limits(&counted, &np["all"]);
        assert_eq!(signals(&counted), [15, 23]);
        assert_eq!(counted["points"][0]["value"], json!(12.0));
        // All rules together: the same and more, each point's lowest first.
        let every = line.chart("chart=p").await;
        for point in every["points"].as_array().unwrap() {
            let rules = counts(&point["signals"]);
            assert!(rules.is_sorted(), "{point}");
        }
        assert!(signals(&every).contains(&15) && signals(&every).contains(&23));
    }

    async fn the_published_c_chart_comes_out_and_a_point_on_the_limit_is_no_signal(api: Api) {
        let (line, c) = (Line::open(&api).await, data("c_wafers"));
        line.samples(1, "defects_found", &counts(&c["defects"])).await;
        let chart = line.chart("chart=c&rules=1").await;
        let figures = ["center", "lcl", "ucl"].map(|name| c["all"][name].as_f64());
        let point = &chart["points"][2];
        assert_eq!([&chart["center"], &point["lcl"], &point["ucl"]].map(Json::as_f64), figures, "to the last digit");
        assert_eq!(json!(signals(&chart)), c["all"]["signals"]);
        assert_eq!((&point["value"], &point["signals"]), (&json!(28.0), &json!([])));
        // What was not counted is no zero: nobody judged the wafers as units.
        assert_eq!(line.chart("chart=p").await["points"], json!([]));
    }

    async fn samples_that_vary_have_limits_of_their_own(api: Api) {
        let line = Line::open(&api).await;
        for (day, (size, units, found)) in [(100, 5, 5), (50, 4, 16), (100, 6, 15)].into_iter().enumerate() {
            let fields = json!({"sample_size": size, "defective_units": units, "defects_found": found});
            line.enter(&at(day), fields).await;
        }
        let p = line.chart("chart=p").await;
        // 15/250; 3·√(0.06·0.94/n).
        assert_figure(&p["center"], 0.06);
        assert_figure(&p["points"][0]["ucl"], 0.131_246_05);
        assert_figure(&p["points"][1]["ucl"], 0.160_757_13);
        assert_eq!(p["points"][1]["lcl"], json!(0.0));
        let u = line.chart("chart=u").await;
        // 36/250; 3·√(0.144/n).
        assert_figure(&u["center"], 0.144);
        assert_figure(&u["points"][0]["lcl"], 0.030_158_00);
        assert_figure(&u["points"][0]["ucl"], 0.257_842_0);
        assert_figure(&u["points"][1]["ucl"], 0.304_996_89);
        assert_eq!(u["points"][1]["lcl"], json!(0.0));
        // Of 16 on 50 units more than three sigmas above: 0.32.
        assert_eq!((signals(&u), &u["points"][1]["signals"]), (vec![2], &json!([1])));
        for (chart, other) in [("np", "p"), ("c", "u")] {
            let answer = api.get(&line.inspector, &line.path(&format!("chart={chart}"))).await;
            let error = answer.problem(422).errors.remove(0);
            assert_eq!((error.field.as_str(), error.code.as_str()), ("chart", "sample_size"));
            assert!(error.message.contains(&format!("{other} is the chart")), "{}", error.message);
            // The others alone are of one size.
            let alone = line.chart(&format!("chart={chart}&exclude=2")).await;
            assert_eq!(numbers(&alone["points"]), [1, 3]);
        }
    }

    async fn days_and_weeks_are_counted_in_the_time_zone(api: Api) {
        let line = Line::open(&api).await;
        for (at, units) in [
            ("2026-11-15T23:30:00Z", 1), ("2026-11-16T00:10:00Z", 2), ("2026-11-16T09:00:00Z", 3), ("2026-11-18T09:00:00Z", 4),
        ] {
            line.enter(at, json!({"sample_size": 10, "defective_units": units})).await;
        }
        let told = |chart: &Json| {
            let points = chart["points"].as_array().unwrap().iter();
            points.map(|point| json!([point["label"], point["n"], point["count"]])).collect::<Json>()
        };
        let days = line.chart("chart=p&subgroup=day").await;
        assert_eq!(told(&days), json!([["2026-11-15", 10, 1], ["2026-11-16", 20, 5], ["2026-11-18", 10, 4]]));
        let weeks = line.chart("chart=p&subgroup=week").await;
        assert_eq!(told(&weeks), json!([["2026-W46", 10, 1], ["2026-W47", 30, 9]]));
        let day = line.chart("chart=p&from=2026-11-16&to=2026-11-16").await;
        assert_eq!(told(&day), json!([["2026-11-16 00:10", 10, 2], ["2026-11-16 09:00", 10, 3]]));
        let berlin = api.system.another_server(|options| options.settings.time_zone = "Europe/Berlin".parse().unwrap());
        let (path, session) = (line.path("chart=p&subgroup=day&from=2026-11-16&to=2026-11-16"), line.inspector);
        let berlin = Api::with(api.system, berlin, StateOptions::default()).await;
        let answer = berlin.get(&session, &path).await;
        assert_eq!(told(&answer.json()), json!([["2026-11-16", 30, 6]]), "{answer:?}");
    }

    async fn an_empty_chart_is_no_error_and_a_wrong_question_is(api: Api) {
        let line = Line::open(&api).await;
        let empty = line.chart("chart=u&subgroup=week").await;
        assert_eq!((&empty["center"], &empty["points"], &empty["excluded"]), (&Json::Null, &json!([]), &json!([])));
        assert_eq!((&empty["from"], &empty["to"]), (&json!("2025-11-21"), &json!("2026-11-20")));
        line.samples(50, "defective_units", &[1, 2, 3]).await;
        let gone = line.chart("chart=p&exclude=1,2,3").await;
        assert_eq!((&gone["center"], &gone["points"], numbers(&gone["excluded"])), (&Json::Null, &json!([]), vec![1, 2, 3]));
        for (query, error) in [
            ("", "chart required"),
            ("chart=x", "chart choice"),
            ("chart=P", "chart choice"),
            ("chart=p&subgroup=month", "subgroup choice"),
            ("chart=p&rules=5", "rules choice"),
            ("chart=p&rules=", "rules choice"),
            ("chart=p&rules=1;2", "rules choice"),
            ("chart=p&format=pdf", "format choice"),
            ("chart=p&exclude=0", "exclude range"),
            ("chart=p&exclude=4", "exclude range"),
            ("chart=p&exclude=x", "exclude type"),
            ("chart=p&from=2026-11-21&to=2026-11-20", "from range"),
            ("chart=p&from=2026-11-21", "from range"),
            ("chart=p&from=yesterday", "from format"),
            ("chart=p&to=2026-02-30", "to format"),
            ("chart=p&limits_id=999999999", "limits_id reference"),
            ("chart=p&group=day", "group unknown"),
            ("chart=p&chart=c", "chart duplicate"),
        ] {
            assert_eq!(line.refused(query).await, [error], "{query}");
        }
        let answer = api.get(&line.inspector, "/reports/control-chart?chart=x").await;
        let message = &answer.problem(422).errors[0].message;
        assert!(["`p`", "`np`", "`c`", "`u`"].iter().all(|word| message.contains(word)), "{message}");
        let nowhere = api.get(&line.inspector, "/reports/control-chart?chart=p&part_id=999999999&work_center_id=999999999").await;
        assert_eq!(nowhere.refused(422), ["part_id", "work_center_id"]);
    }

    async fn void_inspections_are_on_no_chart(api: Api) {
        let line = Line::open(&api).await;
        line.samples(50, "defective_units", &[1, 2]).await;
        let wrong = line.enter(&at(9), json!({"sample_size": 50, "defective_units": 50})).await;
        assert_eq!(line.chart("chart=p").await["points"].as_array().unwrap().len(), 3);
        let path = format!("/inspections/{}/void", wrong["id"]);
        let voided = api.post(&line.inspector, &path, &json!({"reason": "Another part."})).await;
        assert_eq!(voided.status, 200, "{voided:?}");
        let chart = line.chart("chart=p").await;
        assert_eq!((chart["points"].as_array().unwrap().len(), &chart["center"]), (2, &json!(0.03)));
    }

    async fn more_points_than_a_chart_has_room_for_are_refused(api: Api) {
        let line = Line::open(&api).await;
        let part = api.get(&line.inspector, &format!("/parts/{}", line.part)).await.json();
        let place = api.get(&line.inspector, &format!("/work-centers/{}", line.place)).await.json();
        let (part, place) = (part["number"].as_str().unwrap(), place["code"].as_str().unwrap());
        let mut file = "part_number,part_revision,work_center,inspected_at,sample_size,defective_units\n".to_owned();
        for n in 0..1_001 {
            let (day, minute) = (n / 60 + 1, n % 60);
            file.push_str(&format!("{part},A,{place},2026-11-{day:02}T08:{minute:02}:00Z,50,2\n"));
        }
        let request = line.inspector.request(Method::POST, "/inspections/import");
        let request = request.insert_header(("content-type", "text/csv")).set_payload(file);
        let done = api.send(request).await;
        assert_eq!((done.status, &done.json()["added"]), (200, &json!(1_001)), "{done:?}");
        assert_eq!(line.refused("chart=p").await, ["from range"]);
        let days = line.chart("chart=p&subgroup=day").await;
        assert_eq!(days["points"].as_array().unwrap().len(), 17);
        assert_eq!(line.chart("chart=p&from=2026-11-02").await["points"].as_array().unwrap().len(), 941);
    }

    async fn a_chart_comes_in_four_forms(api: Api) {
        let line = Line::open(&api).await;
        line.samples(50, "defective_units", &[2, 3, 1, 2, 3, 20, 2, 1]).await;
        let path = |form: &str| line.path(&format!("chart=p&rules=1&exclude=1&format={form}"));
        let csv = api.get(&line.inspector, &path("csv")).await;
        assert_eq!((csv.status, csv.header("content-type")), (200, Some("text/csv; charset=utf-8; header=present")));
        let text = String::from_utf8(csv.body.to_vec()).unwrap();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0], "number,label,at,n,count,value,center,lcl,ucl,signals,excluded");
        assert_eq!(rows[1], "1,2026-10-01 08:00,2026-10-01T08:00:00.000000Z,50,2,0.04,,,,,true");
        assert!(rows[6].starts_with("6,2026-10-06 08:00,2026-10-06T08:00:00.000000Z,50,20,0.4,0.0914"), "{}", rows[6]);
        assert!(rows[6].ends_with(",1,false") && rows.len() == 9, "{text}");
        let xlsx = api.get(&line.inspector, &path("xlsx")).await;
        assert_eq!(xlsx.status, 200);
        assert!(xlsx.body.starts_with(b"PK") && xlsx.header("content-disposition").unwrap().contains("control-chart.xlsx"));
        let svg = api.get(&line.inspector, &path("svg")).await;
        assert_eq!((svg.status, svg.header("content-type")), (200, Some("image/svg+xml")));
        assert_eq!(svg.header("content-security-policy"), Some("sandbox; default-src 'none'; style-src 'unsafe-inline'"));
        let text = String::from_utf8(svg.body.to_vec()).unwrap();
        assert!(text.starts_with("<svg ") && text.contains("Signals at points 6 (rule 1). Not counted: 1."), "{text}");
        let empty = api.get(&line.inspector, &line.path("chart=u&format=svg")).await;
        assert_eq!(empty.status, 200);
        let json = api.get(&line.inspector, &path("json")).await;
        assert_eq!(json.json(), line.chart("chart=p&rules=1&exclude=1").await);
        api.get(&line.inspector, &line.path("chart=np&format=svg&from=x")).await.problem(422);
    }

    async fn frozen_limits_are_held_against_what_comes_later_and_never_move(api: Api) {
        let (line, p) = (Line::open(&api).await, data("p_orange_juice"));
        line.samples(50, "defective_units", &counts(&p["defective"])).await;
        let (quality, manager) = (api.sign_in(Role::QualityEngineer).await, api.sign_in(Role::QualityManager).await);
        let (part, place) = (line.part, line.place);
        let new = json!({"name": "Juice", "chart": "p", "part_id": part, "work_center_id": place, "exclude": [23, 15],
            "from": "2026-10-01", "to": "2026-10-30"});
        let made = api.post(&quality, "/control-limits", &new).await;
        assert_eq!((made.status, made.etag()), (201, "\"1\"".to_owned()), "{made:?}");
        let draft = made.json();
        let figures = [&draft["points"], &draft["units"], &draft["count"], &draft["excluded"], &draft["status"]];
        assert_eq!(figures, [&json!(28), &json!(1400), &json!(301), &json!([15, 23]), &json!("draft")]);
        assert_figure(&draft["center"], 0.215);
        assert_eq!([&draft["sample_size"], &draft["lcl"], &draft["ucl"]], [&Json::Null; 3]);
        let (id, address) = (&draft["id"], format!("/control-limits/{}", draft["id"]));
        assert_eq!(made.header("location"), Some(format!("/api/v1{address}").as_str()));
        let query = format!("chart=p&rules=1&limits_id={id}&from=2026-11-01");
        assert_eq!(line.refused(&query).await, ["limits_id unmet"], "a draft is not used");

        // Somebody else approves, or a quality manager.
        let approval = format!("{address}/approval");
        let approve = async |who: &Session, tag: &str| {
            let request = who.request(Method::POST, &approval).insert_header(("If-Match", tag));
            api.send(request).await
        };
        approve(&quality, "*").await.problem(403);
        approve(&line.inspector, "*").await.problem(403);
        approve(&manager, "\"7\"").await.problem(412);
        let approved = approve(&manager, "\"1\"").await;
        assert_eq!((approved.status, &approved.json()["status"]), (200, &json!("approved")));
        assert_eq!(approved.json()["center"], draft["center"]);
        approve(&manager, "*").await.problem(409);
        let own = api.post(&manager, "/control-limits", &new).await.json();
        let own = manager.request(Method::POST, &format!("/control-limits/{}/approval", own["id"]));
        assert_eq!(api.send(own).await.status, 200);

        line.enter("2026-11-02T08:00:00Z", json!({"sample_size": 50, "defective_units": 20})).await;
        line.enter("2026-11-03T08:00:00Z", json!({"sample_size": 200, "defective_units": 43})).await;
        let later = line.chart(&query).await;
        assert_eq!(&later["limits_id"], id);
        assert_figure(&later["center"], 0.215);
        assert_figure(&later["points"][0]["lcl"], 0.040_702_84);
        assert_figure(&later["points"][0]["ucl"], 0.389_297_2);
        assert_figure(&later["points"][1]["ucl"], 0.302_148_6);
        assert_eq!(signals(&later), [1]);
        // Neither what is added nor what becomes void moves them.
        line.enter("2026-10-05T09:00:00Z", json!({"sample_size": 50, "defective_units": 50})).await;
        let first = api.get(&manager, &format!("/inspections?part_id={part}&sort=inspected_at&limit=1")).await.json();
        let void = format!("/inspections/{}/void", first["items"][0]["id"]);
        assert_eq!(api.post(&manager, &void, &json!({"reason": "Wrong."})).await.status, 200);
        assert_eq!(line.chart(&query).await["points"], later["points"]);
        assert_eq!(api.get(&quality, &address).await.json(), approved.json());

        // They are of this and nothing else.
        for other in ["chart=np", "chart=p&subgroup=day"] {
            assert_eq!(line.refused(&format!("{other}&limits_id={id}")).await, ["limits_id mismatch"]);
        }
        let everywhere = api.get(&manager, &format!("/reports/control-chart?chart=p&limits_id={id}")).await;
        let message = &everywhere.problem(422).errors[0].message;
        assert!(message.contains("another part_id, work_center_id"), "{message}");
        let retired = api.post(&quality, &format!("{address}/retirement"), &json!({"reason": "New press."})).await;
        assert_eq!((retired.status, &retired.json()["status"]), (200, &json!("retired")));
        api.post(&quality, &format!("{address}/retirement"), &json!({"reason": "Again."})).await.problem(409);
        assert_eq!(line.refused(&query).await, ["limits_id unmet"]);
        let list = api.get(&line.inspector, &format!("/control-limits?part_id={part}&status=retired,draft&count=true")).await.json();
        assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), id));
    }

    async fn limits_are_frozen_as_they_were_seen_or_not_at_all(api: Api) {
        let line = Line::open(&api).await;
        line.samples(50, "defective_units", &[2, 3, 1]).await;
        let quality = api.sign_in(Role::QualityEngineer).await;
        let mut new = json!({"chart": "p", "part_id": line.part, "work_center_id": line.place, "exclude": [1],
            "expected_points": 2, "expected_units": 100, "expected_count": 4});
        line.enter("2026-10-02T09:00:00Z", json!({"sample_size": 50, "defective_units": 0})).await;
        let refused = api.post(&quality, "/control-limits", &new).await.problem(409);
        assert!(refused.detail.contains("3 count now, with 150 units and 4 found"), "{}", refused.detail);
        new["expected_points"] = 3.into();
        api.post(&quality, "/control-limits", &new).await.problem(409);
        new["expected_units"] = 150.into();
        assert_eq!(api.post(&quality, "/control-limits", &new).await.status, 201);
        new["expected_units"] = (-1).into();
        assert_eq!(api.post(&quality, "/control-limits", &new).await.refused(422), ["expected_units"]);
        // Where every point is gone, that is what has changed.
        new["exclude"] = json!([1, 2, 3, 4]);
        new["expected_units"] = Json::Null;
        api.post(&quality, "/control-limits", &new).await.problem(409);
    }

    async fn limits_of_counts_are_for_samples_of_one_size(api: Api) {
        let line = Line::open(&api).await;
        line.samples(10, "defects_found", &[16, 16, 14, 18]).await;
        let manager = api.sign_in(Role::QualityManager).await;
        let new = json!({"chart": "c", "part_id": line.part, "work_center_id": line.place});
        let made = api.post(&manager, "/control-limits", &new).await.json();
        let figures = [&made["sample_size"], &made["center"], &made["lcl"], &made["ucl"]];
        assert_eq!(figures, [&json!(10), &json!(16.0), &json!(4.0), &json!(28.0)]);
        let approval = manager.request(Method::POST, &format!("/control-limits/{}/approval", made["id"]));
        assert_eq!(api.send(approval).await.status, 200);
        line.enter("2026-11-10T08:00:00Z", json!({"sample_size": 20, "defects_found": 30})).await;
        let query = format!("chart=c&limits_id={}", made["id"]);
        assert_eq!(line.refused(&format!("{query}&from=2026-11-01")).await, ["limits_id sample_size"]);
        assert_eq!(line.chart(&format!("{query}&to=2026-10-31")).await["center"], json!(16.0));
        for (body, fields) in [
            (json!({}), vec!["chart"]),
            (json!({"chart": "c", "part_id": 999_999_999}), vec!["part_id"]),
            (json!({"chart": "p", "part_id": line.part}), vec!["from"]),
            (json!({"chart": "c", "part_id": line.part}), vec!["chart"]),
            (json!({"chart": "c", "part_id": line.part, "exclude": [9]}), vec!["exclude"]),
            (json!({"chart": "c", "limits_id": 1}), vec!["limits_id"]),
            (json!({"chart": "c", "from": "2026-11-20", "to": "2026-11-19"}), vec!["from"]),
        ] {
            let refused = api.post(&manager, "/control-limits", &body).await;
            assert_eq!(refused.refused(422), fields, "{body}");
        }
        api.post(&line.inspector, "/control-limits", &new).await.problem(403);
    }
}
