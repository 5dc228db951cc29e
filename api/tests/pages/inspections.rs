//! Inspections as pages: entered with or without a defect, found again, made void, imported from a file.

use serde_json::json;
use service::defects::{self, DefectView};
use service::part::PartView;
use service::role::Role;
use service::work_center::WorkCenterView;
use service::{Draft, inspection};
use testkit::each_db;

use crate::client::{Shown, Site};

const NEW: &str = "/inspections/new";
const LIST: &str = "/inspections";

/// What is inspected, and where.
struct Line {
    part: PartView,
    center: WorkCenterView,
}

impl Line {
    async fn of(site: &Site) -> Self {
        Self {
            part: site.system.part().await,
            center: site.system.work_center().await,
        }
    }

    /// A form that says this of them, and more.
    fn form<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut form = vec![
            ("part_id", self.part.number.as_str()),
            ("work_center_id", self.center.code.as_str()),
            ("inspected_at", "2026-11-20T07:30"),
            ("sample_size", "50"),
        ];
        form.extend(more);
        form
    }

    /// An inspection of fifty at eight o'clock of a day.
    async fn inspected(&self, site: &Site, day: &str, defective: i64) -> i64 {
        let inspector = site.system.member(Role::Inspector).await;
        let new = json!({
            "part_id": self.part.id, "work_center_id": self.center.id, "inspected_at": format!("{day}T08:00:00Z"),
            "sample_size": 50, "defective_units": defective,
        });
        let made = inspection::create(&site.system, &inspector, &Draft::json(&new), None).await;
        made.unwrap().id
    }
}

/// How many rows a list shows.
fn rows(list: &Shown) -> usize {
    list.text.matches("<th scope=\"row\">").count()
}

async fn record(site: &Site, id: i64) -> DefectView {
    let viewer = site.system.member(Role::Viewer).await;
    defects::show(&site.system, &viewer, id).await.unwrap()
}

each_db! {
    async fn a_failed_inspection_reports_its_defect_in_the_same_call(site: Site) {
        let line = Line::of(&site).await;
        let inspector = site.sign_in(Role::Inspector).await;
        let empty = inspector.get(NEW).await;
        assert!(empty.says("value=\"2026-11-20T08:00\""), "it begins with now: {}", empty.text);
        assert!(!empty.says("name=\"defect.severity\""), "{}", empty.text);
        let found = line.form(&[
            ("_key", "k1"), ("defective_units", "2"), ("defect.title", "Burr"), ("defect.description", "At the bore."),
            ("defect.is_contained", "true"),
        ]);
        let done = inspector.submit(NEW, LIST, &found).await;
        assert!(done.location().ends_with("?done=inspection-entered"), "{}", done.text);
        let again = inspector.submit(NEW, LIST, &found).await;
        assert_eq!(again.location(), done.location(), "what is sent twice is done once");
        let shown = inspector.get(done.location()).await;
        assert!(shown.says("2026-11-20 07:30") && shown.says("Something found"), "{}", shown.text);
        let id = shown.text.split("href=\"/defects/").nth(1).unwrap().split('"').next().unwrap();
        let reported = record(&site, id.parse().unwrap()).await.item;
        assert_eq!((reported.title.as_str(), reported.quantity_defective.as_str()), ("Burr", "2"));
        assert!(reported.is_contained);
        let alone = inspector.submit(NEW, LIST, &line.form(&[("defective_units", "0")])).await;
        let shown = inspector.get(alone.location()).await;
        assert!(shown.says("Nothing found") && !shown.says("Reported from it"), "{}", shown.text);
        assert_eq!(rows(&inspector.get(LIST).await), 2);
    }

    async fn what_is_wrong_with_either_is_told_at_the_form_and_neither_is_kept(site: Site) {
        let line = Line::of(&site).await;
        let inspector = site.sign_in(Role::Inspector).await;
        let wrong = [
            ("part_id", "PN-404"), ("work_center_id", line.center.code.as_str()), ("sample_size", "0"),
            ("defect.description", "At <b> the bore."),
        ];
        let refused = inspector.submit(NEW, LIST, &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        for place in ["part_id", "inspected_at", "sample_size", "defect.title"] {
            assert_eq!(refused.text.matches(&format!("href=\"#{place}\"")).count(), 1, "{place}: {}", refused.text);
        }
        assert!(refused.says("names nothing that exists") && refused.says("value=\"PN-404\""), "{}", refused.text);
        assert!(refused.says("At &#60;b&#62; the bore."), "{}", refused.text);
        let told = [("defect.title", "Burr"), ("defect.description", "At the bore.")];
        let nothing = line.form(&[&[("defective_units", "0")][..], &told].concat());
        let refused = inspector.submit(NEW, LIST, &nothing).await;
        assert!(refused.status == 422 && refused.says("href=\"#defect\""), "{}", refused.text);
        // What the form does not ask him for, he may not say either.
        let graded = line.form(&[&[("defective_units", "2"), ("defect.severity", "major")][..], &told].concat());
        let refused = inspector.submit(NEW, LIST, &graded).await;
        assert!(refused.status == 422 && refused.says("href=\"#defect.severity\""), "{}", refused.text);
        assert_eq!(rows(&inspector.get(LIST).await), 0);
        let engineer = site.sign_in(Role::TechEngineer).await;
        assert!(engineer.get(NEW).await.says("name=\"defect.severity\""));
        assert_eq!(engineer.submit(NEW, LIST, &graded).await.status, 303);
        for role in [Role::Viewer, Role::Admin] {
            let reader = site.sign_in(role).await;
            let list = reader.get(LIST).await;
            assert!(list.status == 200 && !list.says("href=\"/inspections/new\"") && !list.says("/import"), "{role}: {}", list.text);
            assert_eq!(reader.get(NEW).await.status, 403, "{role}");
            assert_eq!(reader.submit(LIST, LIST, &graded).await.status, 403, "{role}");
        }
    }

    async fn the_list_is_narrowed_as_people_write_and_leafed_through(site: Site) {
        let (line, other) = (Line::of(&site).await, Line::of(&site).await);
        for (day, defective) in [("2026-10-01", 0), ("2026-10-02", 2), ("2026-10-03", 0)] {
            line.inspected(&site, day, defective).await;
        }
        other.inspected(&site, "2026-10-02", 1).await;
        let viewer = site.sign_in(Role::Viewer).await;
        let part = format!("part_id={}+{}", line.part.number, line.part.revision);
        for (query, count) in [
            (part.clone(), 3),
            (format!("{part}&failed=true"), 1),
            ("from=2026-10-02&to=2026-10-02".to_owned(), 2),
            (format!("to=2026-10-02&work_center_id={}", line.center.code), 2),
            ("failed=&voided=true".to_owned(), 0),
        ] {
            let found = viewer.get(&format!("{LIST}?{query}")).await;
            assert_eq!((found.status, rows(&found)), (200, count), "{query}: {}", found.text);
        }
        for (query, field) in [("part_id=PN-404", "part_id"), ("from=yesterday", "from"), ("to=1", "to"), ("colour=red", "colour")] {
            let refused = viewer.get(&format!("{LIST}?{query}")).await;
            assert!(refused.status == 422 && refused.says(&format!("href=\"#filter-{field}\"")), "{query}: {}", refused.text);
        }
        let first = viewer.get(&format!("{LIST}?{part}&limit=2")).await;
        let next = first.text.split("\" rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
        let second = viewer.get(&next.replace("&#38;", "&")).await;
        assert_eq!((rows(&first), rows(&second)), (2, 1), "{}", second.text);
        assert!(second.says("2026-10-01 08:00") && !second.says("rel=\"next\""), "{}", second.text);
    }

    async fn what_was_entered_in_error_is_made_void_by_who_may(site: Site) {
        let line = Line::of(&site).await;
        let operator = site.sign_in(Role::Operator).await;
        let done = operator.submit(NEW, LIST, &line.form(&[("defects_found", "3")])).await;
        let page = done.location().split('?').next().unwrap().to_owned();
        let action = format!("{page}/void");
        let other = site.sign_in(Role::Operator).await;
        assert!(!other.get(&page).await.says("id=\"reason\""));
        let version = operator.get(&page).await.hidden("_version");
        let form = |reason| [("_version", version.as_str()), ("reason", reason)];
        let foreign = other.submit(&page, &action, &form("Not mine.")).await;
        assert!(foreign.status == 422 && foreign.says("role=\"alert\""), "{}", foreign.text);
        let refused = operator.submit(&page, &action, &form("")).await;
        assert!(refused.status == 422 && refused.says("href=\"#reason\""), "{}", refused.text);
        let stale = operator.submit(&page, &action, &[("_version", "99"), ("reason", "The <wrong> part.")]).await;
        assert!(stale.status == 422 && stale.says("The &#60;wrong&#62; part.</textarea>"), "{}", stale.text);
        let voided = operator.submit(&page, &action, &form("The wrong part.")).await;
        assert_eq!(voided.location(), format!("{page}?done=inspection-voided"), "{}", voided.text);
        let shown = operator.get(&page).await;
        assert!(shown.says("<span class=\"tag warn\">Void</span>") && shown.says("The wrong part."), "{}", shown.text);
        assert!(!shown.says("id=\"reason\""), "{}", shown.text);
        for again in [&form("Again.")[..], &[("reason", "Again.")]] {
            let late = operator.submit(&page, &action, again).await;
            assert!(late.status == 422 && late.says("role=\"alert\"") && late.says("<dd>Again.</dd>"), "{}", late.text);
        }
        assert_eq!(operator.post(&action, &form("Forged.")).await.status, 403);
        assert_eq!(rows(&operator.get("/inspections?voided=true").await), 1);
    }

    async fn a_file_of_inspections_is_tried_out_before_it_is_imported(site: Site) {
        let line = Line::of(&site).await;
        let inspector = site.sign_in(Role::Inspector).await;
        let page = "/inspections/import";
        let template = inspector.get("/inspections/import/template").await;
        assert!(template.text.starts_with("part_number,part_revision,work_center,inspected_at"), "{}", template.text);
        let (part, center) = (&line.part, &line.center.code);
        let row = |number: &str| format!("{number},{},{center},2026-11-19T08:00:00Z,50,2\r\n", part.revision);
        let head = "part_number,part_revision,work_center,inspected_at,sample_size,defective_units\r\n";
        let bad = format!("{head}{}{}", row(&part.number), row("PN-404"));
        let tried = inspector.upload(page, page, &[], ("samples.csv", bad.as_bytes())).await;
        assert_eq!(tried.status, 200, "{}", tried.text);
        assert!(tried.says("<th scope=\"row\">3</th><td><code>part_number</code></td>"), "{}", tried.text);
        assert!(!tried.says("name=\"_kept\"") && !tried.says("id=\"mode\""), "{}", tried.text);
        let good = format!("{head}{}{}", row(&part.number), row(&part.number));
        let tried = inspector.upload(page, page, &[], ("samples.csv", good.as_bytes())).await;
        let kept = tried.hidden("_kept");
        assert_eq!(rows(&inspector.get(LIST).await), 0);
        let fields = [("_do", "import"), ("_key", "import"), ("_kept", kept.as_str())];
        for _ in 0..2 {
            let done = inspector.upload(page, page, &fields, ("", b"")).await;
            assert!(done.status == 200 && done.says("Imported") && done.says("<dd>2</dd>"), "{}", done.text);
        }
        assert_eq!(rows(&inspector.get(LIST).await), 2, "what is sent twice is imported once");
        let upsert = inspector.upload(page, page, &[("mode", "upsert")], ("samples.csv", good.as_bytes())).await;
        assert!(upsert.status == 422 && upsert.says("href=\"#mode\""), "{}", upsert.text);
        let admin = site.sign_in(Role::Admin).await;
        for address in [page, "/inspections/import/template"] {
            assert_eq!(admin.get(address).await.status, 403, "{address}");
        }
        assert_eq!(admin.get("/admin/imports/inspections").await.status, 404);
    }
}
