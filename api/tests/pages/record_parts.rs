//! The children of a record on its page: shown, added, taken back, and refused with what was typed.

use serde_json::json;
use service::actor::Actor;
use service::defects::lines::{self, LineView};
use service::defects::{attachments, cost, labor, notes};
use service::role::Role;
use service::version::IfMatch;
use service::words::{Disposition, Status};
use service::{Draft, approval_rule, concession};
use testkit::{PASSWORD, PICTURE, defect, each_db};

use crate::client::Site;

/// A line of a record, by what becomes of the material.
pub(crate) async fn line(site: &Site, record: i64, disposition: Disposition) -> LineView {
    let viewer = site.system.member(Role::Viewer).await;
    let all = lines::list(&site.system, &viewer, record, &Draft::json(&json!({}))).await;
    let mut all = all.unwrap().items.into_iter();
    all.find(|line| line.disposition == disposition).unwrap()
}

async fn say(site: &Site, actor: &Actor, record: i64, body: &str) -> i64 {
    let new = Draft::json(&json!({"body": body}));
    let added = notes::add(&site.system, actor, record, &IfMatch::Any, &new, None).await;
    added.unwrap().item.id
}

/// A concession of a hundred pieces.
async fn grant(site: &Site, number: &str, customer: i64, until: &str) -> i64 {
    let quality = site.system.member(Role::QualityEngineer).await;
    let new = json!({"number": number, "customer_id": customer, "max_quantity": "100", "valid_until": until});
    let made = concession::create(&site.system, &quality, &Draft::json(&new), None).await;
    made.unwrap().id
}

each_db! {
    async fn a_line_is_proposed_and_its_mistakes_are_told_at_the_form(site: Site) {
        let record = site.system.bring_to(Status::Disposition).await.item.id;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/disposition-lines"));
        let wrong = [("disposition", "rework"), ("quantity", "-1"), ("justification", "")];
        let refused = quality.submit(&page, &action, &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        for place in ["href=\"#line-quantity\"", "href=\"#line-justification\"", "value=\"-1\""] {
            assert!(refused.says(place), "{place}: {}", refused.text);
        }
        let right = [("disposition", "rework"), ("quantity", "7.5"), ("justification", "Deburr <b>it</b>.")];
        let done = quality.submit(&page, &action, &right).await;
        let place = format!("/defects/{record}?done=line-added#lines");
        assert_eq!((done.status, done.location()), (303, place.as_str()), "{}", done.text);
        let shown = quality.get(&page).await;
        assert!(shown.says("Rework · 7.5") && shown.says("Deburr &#60;b&#62;it&#60;/b&#62;."), "{}", shown.text);
        let operator = site.sign_in(Role::Operator).await;
        assert!(!operator.get(&page).await.says("id=\"line-quantity\""), "who may not propose has no form to do it");
        let foreign = operator.submit(&page, &action, &right).await;
        assert!(foreign.status == 422 && foreign.says("role=\"alert\""), "{}", foreign.text);
    }

    async fn a_line_is_offered_the_concessions_that_cover_its_record(site: Site) {
        let (customer, other) = (site.system.customer().await.id, site.system.customer().await.id);
        let inspector = site.system.member(Role::Inspector).await;
        let tag = defect().major().with("customer_id", customer);
        let record = site.system.report(&inspector, tag).await.item.id;
        site.system.bring(record, Status::Disposition).await;
        let good = grant(&site, "CON-1", customer, "2026-12-31").await;
        grant(&site, "CON-2", customer, "2026-11-19").await;
        grant(&site, "CON-3", other, "2026-12-31").await;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/disposition-lines"));
        let shown = quality.get(&page).await;
        assert!(shown.says(&format!("<option value=\"{good}\">CON-1, ")), "{}", shown.text);
        assert!(!shown.says("CON-2") && !shown.says("CON-3"), "{}", shown.text);
        let id = good.to_string();
        let words = [("disposition", "use_as_is"), ("quantity", "10"), ("justification", "It fits."), ("concession_id", id.as_str())];
        assert_eq!(quality.submit(&page, &action, &words).await.status, 303);
        let keeper = site.system.member(Role::QualityEngineer).await;
        let retired = Draft::json(&json!({"is_active": false}));
        concession::change(&site.system, &keeper, good, &IfMatch::Any, &retired).await.unwrap();
        let used = line(&site, record, Disposition::UseAsIs).await.id;
        let shown = quality.get(&format!("{action}/{used}")).await;
        assert!(shown.says(&format!("<option value=\"{good}\" selected>")), "what it has, it keeps: {}", shown.text);
        let shown = quality.get(&page).await;
        assert!(!shown.says("id=\"line-concession_id\"") && shown.says("No concession of the customer covers"), "{}", shown.text);
    }

    async fn a_line_is_finished_by_a_button_and_not_over_what_somebody_else_did(site: Site) {
        let record = site.system.bring_to(Status::Execution).await.item.id;
        let rework = line(&site, record, Disposition::Rework).await.id;
        let operator = site.sign_in(Role::Operator).await;
        let page = format!("/defects/{record}");
        let (action, version) = (format!("{page}/disposition-lines/{rework}"), operator.get(&page).await.hidden("_version"));
        let begin = [("_version", version.as_str()), ("_form", "progress"), ("status", "in_execution")];
        assert_eq!(operator.submit(&page, &action, &begin).await.status, 303);
        let end = [("_version", version.as_str()), ("_form", "progress"), ("status", "done")];
        let stale = operator.submit(&page, &action, &end).await;
        assert!(stale.status == 422 && stale.says("changed the record in the meantime"), "{}", stale.text);
        let now = stale.hidden("_version");
        let end = [("_version", now.as_str()), ("_form", "progress"), ("status", "done")];
        assert_eq!(operator.submit(&page, &action, &end).await.status, 303);
        assert!(operator.get(&page).await.says("1 of 2 lines are done."));
        let unversioned = operator.submit(&page, &action, &[("_form", "progress"), ("status", "done")]).await;
        assert_eq!(unversioned.status, 428);
    }

    async fn a_part_of_a_line_passes_its_reinspection(site: Site) {
        let record = site.system.bring_to(Status::Verification).await.item.id;
        let rework = line(&site, record, Disposition::Rework).await.id;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let place = format!("/defects/{record}/disposition-lines/{rework}");
        let version = quality.get(&place).await.hidden("_version");
        let result = |quantity| {
            let found = [("_version", version.as_str()), ("_form", "inspection"), ("reinspection_result", "pass")];
            [found.as_slice(), &[("reinspection_quantity", quantity)]].concat()
        };
        let refused = quality.submit(&place, &place, &result("70")).await;
        assert!(refused.status == 422 && refused.says("href=\"#inspection-reinspection_quantity\""), "{}", refused.text);
        assert_eq!(quality.submit(&place, &place, &result("5")).await.status, 303);
        let shown = quality.get(&format!("/defects/{record}")).await;
        assert!(shown.says("Rework · 5") && shown.says("Rework · 2"), "{}", shown.text);
    }

    async fn time_is_recorded_and_taken_back_with_a_reason(site: Site) {
        let record = site.system.bring_to(Status::Execution).await.item.id;
        let operator = site.sign_in(Role::Operator).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/labor-entries"));
        let form = operator.get(&page).await;
        assert!(form.says("value=\"2026-11-20\""), "it begins with today: {}", form.text);
        assert!(!form.says("id=\"labor-rate\"") && !form.says("id=\"cost\""), "{}", form.text);
        let work = [("_key", "k1"), ("work_date", "2026-11-20"), ("minutes", "45"), ("activity", "rework")];
        for _ in 0..2 {
            let done = operator.submit(&page, &action, &work).await;
            assert_eq!(done.location(), format!("/defects/{record}?done=labor-added#labor"), "{}", done.text);
        }
        let viewer = site.system.member(Role::Viewer).await;
        let all = labor::list(&site.system, &viewer, record, &Draft::json(&json!({}))).await.unwrap().items;
        assert_eq!(all.len(), 1, "what is sent twice is done once");
        let mistaken = operator.submit(&page, &action, &[("minutes", "0")]).await;
        assert!(mistaken.says(&format!("action=\"{action}\" data-refused>")), "it is not saved: {}", mistaken.text);
        let reversal = format!("{action}/{}/reversal", all[0].id);
        let refused = operator.submit(&reversal, &reversal, &[("reason", "")]).await;
        assert!(refused.status == 422 && refused.says("href=\"#reason\""), "{}", refused.text);
        assert_eq!(operator.submit(&reversal, &reversal, &[("reason", "Another record's.")]).await.status, 303);
        let again = operator.submit(&page, &reversal, &[("reason", "Twice.")]).await;
        assert!(again.status == 422 && again.says("has been reversed already"), "{}", again.text);
        let late = operator.get(&reversal).await;
        assert!(late.status == 409 && late.says("<h1>This is not possible now</h1>"), "{}", late.text);
        let shown = operator.get(&page).await;
        assert!(shown.says(">Reversal<") && !shown.says(&reversal), "{}", shown.text);
        assert!(shown.text.find(">-45<").unwrap() < shown.text.find(">45<").unwrap(), "the newest comes first: {}", shown.text);
    }

    async fn money_is_for_those_who_see_it(site: Site) {
        let record = site.system.bring_to(Status::Analysis).await.item.id;
        let engineer = site.sign_in(Role::TechEngineer).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/cost-entries"));
        let spent = [("kind", "freight"), ("amount", "1234.56")];
        assert_eq!(engineer.submit(&page, &action, &spent).await.status, 303);
        assert!(engineer.get(&page).await.says("1234.56"));
        for role in [Role::Inspector, Role::Operator, Role::Viewer] {
            let other = site.sign_in(role).await;
            let shown = other.get(&page).await;
            assert!(!shown.says("1234.56") && !shown.says("id=\"cost\""), "{role}: {}", shown.text);
            assert_eq!(other.get(&action).await.status, 403, "{role}");
            assert_eq!(other.submit(&page, &action, &spent).await.status, 403, "{role}");
        }
    }

    async fn a_vote_is_signed_where_a_rule_asks_for_it(site: Site) {
        approval_rule::seed(&site.system).await.unwrap();
        let record = site.system.bring_to(Status::Disposition).await.item.id;
        site.system.line(record, "repair", "10").await;
        let engineer = site.sign_in(Role::TechEngineer).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/approvals"));
        let shown = engineer.get(&page).await;
        assert!(shown.says("id=\"vote-signature.password\"") && shown.says(">Missing<"), "{}", shown.text);
        let version = shown.hidden("_version");
        let vote = |password| {
            [("_version", version.as_str()), ("decision", "approve"), ("signature.password", password), ("signature.meaning", "approval")]
        };
        let wrong = engineer.submit(&page, &action, &vote("quite wrong")).await;
        assert!(wrong.status == 422 && wrong.says("The signature was refused"), "{}", wrong.text);
        assert!(!wrong.says("quite wrong"), "{}", wrong.text);
        let bare = engineer.submit(&page, &action, &[("decision", "reject")]).await;
        assert!(bare.says("href=\"#vote-reason\"") && bare.says("href=\"#vote-signature\""), "{}", bare.text);
        let done = engineer.submit(&page, &action, &vote(PASSWORD)).await;
        assert_eq!(done.location(), format!("/defects/{record}?done=voted#votes"), "{}", done.text);
        let shown = engineer.get(&page).await;
        assert!(shown.says("You have voted") && !shown.says("id=\"vote-decision\""), "{}", shown.text);
        assert!(shown.says(">Matches<") && shown.says(">Missing<"), "the manager's is still waited for: {}", shown.text);
    }

    async fn a_note_is_shown_as_it_is_meant_and_redacted_by_who_may(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item.id;
        let operator = site.sign_in(Role::Operator).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/notes"));
        let body = "**Burr** <script>alert(1)</script>";
        assert_eq!(operator.submit(&page, &action, &[("body", body)]).await.status, 303);
        let shown = operator.get(&page).await;
        assert!(shown.says("<strong>Burr</strong>") && !shown.says("<script>alert"), "{}", shown.text);
        assert!(!shown.says("/redaction"), "an operator redacts nothing: {}", shown.text);
        let secret = say(&site, &inspector, record, "Call Ana at 555-0100.").await;
        let newest = operator.get(&page).await.text;
        assert!(newest.find("555-0100").unwrap() < newest.find("<strong>Burr").unwrap(), "the newest comes first: {newest}");
        let blank = operator.submit(&page, &action, &[("body", "")]).await;
        assert!(blank.says(&format!("action=\"{action}\" data-refused>")), "it is not saved: {}", blank.text);
        let manager = site.sign_in(Role::QualityManager).await;
        let redaction = format!("{action}/{secret}/redaction");
        assert!(manager.get(&redaction).await.says("555-0100"));
        assert_eq!(manager.submit(&redaction, &redaction, &[("reason", "A private number.")]).await.status, 303);
        let shown = manager.get(&page).await;
        assert!(!shown.says("555-0100") && shown.says("A private number."), "{}", shown.text);
    }

    async fn why_something_is_taken_back_is_asked_of_those_who_may(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item.id;
        site.system.bring(record, Status::Analysis).await;
        let engineer = site.system.member(Role::TechEngineer).await;
        let work = Draft::json(&json!({"work_date": "2026-11-20", "minutes": 30, "activity": "rework"}));
        let labor = labor::add(&site.system, &engineer, record, &IfMatch::Any, &work, None).await.unwrap().item.id;
        let spent = Draft::json(&json!({"kind": "material", "amount": "12.50"}));
        let cost = cost::add(&site.system, &engineer, record, &IfMatch::Any, &spent, None).await.unwrap().item.id;
        let note = say(&site, &inspector, record, "Call Ana at 555-0100.").await;
        let page = format!("/defects/{record}");
        let uploader = site.sign_in(Role::Inspector).await;
        assert_eq!(uploader.upload(&page, &format!("{page}/attachments"), &[], ("bore.csv", b"1.5;2.5\n")).await.status, 303);
        let shown = uploader.get(&page).await;
        let file = shown.text.split("/attachments/").find_map(|rest| rest.split_once("/content")).unwrap().0.to_owned();
        let asked = [
            format!("{page}/labor-entries/{labor}/reversal"), format!("{page}/cost-entries/{cost}/reversal"),
            format!("{page}/notes/{note}/redaction"), format!("{page}/attachments/{file}/void"),
        ];
        for (role, may) in [
            (Role::Viewer, [false, false, false, false]), (Role::Inspector, [false, false, false, false]),
            (Role::Operator, [true, false, false, false]), (Role::TechEngineer, [true, true, false, false]),
            (Role::QualityEngineer, [false, true, false, true]), (Role::QualityManager, [true, true, true, true]),
            (Role::Admin, [false, true, false, false]),
        ] {
            let browser = site.sign_in(role).await;
            let record = browser.get(&page).await;
            for (address, may) in asked.iter().zip(may) {
                assert_eq!(record.says(address), may, "{role} is offered {address}: {}", record.text);
                let form = browser.get(address).await;
                let told = match may {
                    true => form.status == 200 && form.says("name=\"reason\""),
                    false => form.status == 403 && form.says("<h1>You may not do this</h1>") && !form.says("555-0100"),
                };
                assert!(told, "{role} at {address}: {} {}", form.status, form.text);
                if !may {
                    let sent = browser.submit(&page, address, &[("reason", "Mine now.")]).await;
                    assert_eq!(sent.status, 403, "{role} at {address}: {}", sent.text);
                }
            }
        }
        assert_eq!(uploader.get(&asked[3]).await.status, 200, "who attached it makes it void, too");
    }

    async fn a_file_is_taken_with_its_proof_and_served_as_something_to_be_kept(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item.id;
        let operator = site.sign_in(Role::Operator).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/attachments"));
        let proof = operator.get(&page).await.hidden("_proof");
        let pdf = ("burr.pdf", b"%PDF-1.7\n<script>alert(1)</script>".as_slice());
        let nothing: &[(&str, &str)] = &[];
        for fields in [nothing, &[("_proof", "0")], &[("_key", "k1")]] {
            assert_eq!(operator.post_file(&action, fields, pdf).await.status, 403);
        }
        let fields = [("_proof", proof.as_str()), ("_key", "k1")];
        for _ in 0..2 {
            let done = operator.post_file(&action, &fields, pdf).await;
            assert_eq!(done.location(), format!("/defects/{record}?done=attached#attachments"), "{}", done.text);
        }
        let shown = operator.get(&page).await;
        assert_eq!(shown.text.matches("/content\"").count(), 1, "what is sent twice is attached once: {}", shown.text);
        let place = shown.text.split('"').find(|text| text.ends_with("/content")).unwrap().to_owned();
        let content = operator.get(&place).await;
        assert_eq!(content.text.as_bytes(), pdf.1);
        for (name, value) in [
            ("content-type", "application/pdf"), ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
        ] {
            assert_eq!(content.headers.get(name).unwrap(), value, "{name}");
        }
        let kept = content.headers.get("content-disposition").unwrap().to_str().unwrap();
        assert!(kept.starts_with("attachment; "), "{kept}");
        assert_eq!(site.browser().get(&place).await.status, 303, "a stranger is sent to sign in");
        let refused = operator.post_file(&action, &fields[..1], ("a.svg", b"<svg/>")).await;
        assert!(refused.status == 422 && refused.says("href=\"#attachment-file\""), "{}", refused.text);
        let twice = operator.post_file(&action, &[fields[0], fields[0]], pdf).await;
        assert_eq!(twice.status, 422, "what comes before the proof does not grow: {}", twice.text);
    }

    async fn a_photo_is_looked_at_on_a_page_of_its_own_between_those_beside_it(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item.id;
        let operator = site.sign_in(Role::Operator).await;
        let (page, action) = (format!("/defects/{record}"), format!("/defects/{record}/attachments"));
        let proof = operator.get(&page).await.hidden("_proof");
        for file in [("first.png", PICTURE), ("list.csv", b"1;2\n".as_slice()), ("second.png", PICTURE)] {
            let done = operator.post_file(&action, &[("_proof", proof.as_str())], file).await;
            assert_eq!(done.status, 303, "{}", done.text);
        }
        let all = attachments::list(&site.system, &inspector, record, &Draft::json(&json!({}))).await.unwrap().items;
        let [first, list, second] = [0, 1, 2].map(|number: usize| format!("{action}/{}", all[number].id));
        let shown = operator.get(&page).await;
        assert!(shown.says(&format!("href=\"{first}\"")) && shown.says(&format!("href=\"{list}/content\"")), "{}", shown.text);
        assert!(shown.text.find(&second).unwrap() < shown.text.find(&first).unwrap(), "the newest comes first");
        let photo = operator.get(&first).await;
        assert!(photo.says(&format!("<img src=\"{first}/content\" width=\"2\" height=\"2\"")), "{}", photo.text);
        assert!(photo.says(&format!("rel=\"prev\" href=\"{second}\"")) && !photo.says("rel=\"next\""), "{}", photo.text);
        let file = operator.get(&list).await;
        assert!(!file.says("<img") && file.says(&format!("rel=\"next\" href=\"{first}\"")), "{}", file.text);
        assert_eq!(operator.get(&first.replace(&page, &format!("/defects/{}", record + 1))).await.status, 404);
    }

    async fn records_are_linked_by_their_numbers_and_read_from_both_sides(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let (one, other) = (
            site.system.report(&inspector, defect()).await.item,
            site.system.report(&inspector, defect()).await.item,
        );
        let operator = site.sign_in(Role::Operator).await;
        let (page, action) = (format!("/defects/{}", one.id), format!("/defects/{}/links", one.id));
        for number in ["DMT-999999", "no, such", "!x"] {
            let refused = operator.submit(&page, &action, &[("kind", "caused_by"), ("other_id", number)]).await;
            assert!(refused.status == 422 && refused.says("href=\"#link-other_id\""), "{number}: {}", refused.text);
        }
        let form = [("kind", "caused_by"), ("other_id", other.tag_number.as_str())];
        assert_eq!(operator.submit(&page, &action, &form).await.status, 303);
        assert!(operator.get(&page).await.says(&format!("<b>Caused by</b> <a href=\"/defects/{}\">", other.id)));
        let across = operator.get(&format!("/defects/{}", other.id)).await;
        assert!(across.says(&format!("<b>Cause of</b> <a href=\"/defects/{}\">", one.id)), "{}", across.text);
    }

    async fn the_timeline_begins_with_the_newest_and_leads_to_the_report(site: Site) {
        let record = site.system.bring_to(Status::Closed).await.item.id;
        let engineer = site.system.member(Role::TechEngineer).await;
        say(&site, &engineer, record, "The customer called.").await;
        let viewer = site.sign_in(Role::Viewer).await;
        let mut shown = viewer.get(&format!("/defects/{record}")).await;
        let story = shown.text.split_once("id=\"history\"").unwrap().1.to_owned();
        assert!(story.contains("The customer called."), "{story}");
        assert!(story.find("Note</a>").unwrap() < story.find("Closed").unwrap(), "{story}");
        for _ in 0..20 {
            let start = format!("href=\"/defects/{record}/history?cursor=");
            let Some((_, rest)) = shown.text.split_once(&start) else {
                break;
            };
            let cursor = rest.split('"').next().unwrap();
            shown = viewer.get(&format!("/defects/{record}/history?cursor={cursor}")).await;
            assert_eq!(shown.status, 200, "{}", shown.text);
        }
        assert!(shown.says("<b>Reported</b>"), "{}", shown.text);
    }

    async fn what_comes_from_another_site_changes_nothing(site: Site) {
        let record = site.system.bring_to(Status::Disposition).await.item.id;
        let rework = site.system.line(record, "rework", "7").await.id;
        let manager = site.sign_in(Role::QualityManager).await;
        let at = |rest: &str| format!("/defects/{record}/{rest}");
        for place in [
            "disposition-lines", "labor-entries", "cost-entries", "approvals", "notes", "serials", "links",
            "serials/1/removal", "links/1/removal", "labor-entries/1/reversal", "cost-entries/1/reversal",
            "notes/1/redaction", "attachments/1/void",
        ] {
            assert_eq!(manager.post(&at(place), &[("_proof", "0")]).await.status, 403, "{place}");
        }
        let removal = at(&format!("disposition-lines/{rework}/removal"));
        assert_eq!(manager.post(&removal, &[]).await.status, 403);
        assert_eq!(line(&site, record, Disposition::Rework).await.id, rework);
    }
}
