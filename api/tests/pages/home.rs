//! Home: what waits for whom, in which order, and what the plant's numbers lead to.

use chrono::TimeDelta;
use service::role::Role;
use service::words::Status;
use testkit::{defect, each_db};

use crate::client::{Shown, Site};

/// Whether a page names one thing before another.
fn in_order(page: &Shown, first: &str, second: &str) -> bool {
    let place = |text: &str| {
        page.text
            .find(text)
            .unwrap_or_else(|| panic!("no {text} in {}", page.text))
    };
    place(first) < place(second)
}

/// The part of the page that lists what waits.
fn work(page: &Shown) -> &str {
    page.text.split("plant-title").next().unwrap()
}

each_db! {
    async fn what_waits_for_a_role_is_listed_and_what_is_overdue_first(site: Site) {
        let t = &site.system;
        let manager = t.member(Role::QualityManager).await;
        let calm = t.report(&manager, defect().major()).await.item;
        let late = t.report(&manager, defect().major().with("due_at", "2026-11-20T09:00:00Z")).await.item;
        let fresh = t.report(&manager, defect()).await.item;
        for record in [&calm, &late] {
            t.bring(record.id, Status::Disposition).await;
        }
        t.clock.advance(TimeDelta::hours(2));
        let quality = site.sign_in(Role::QualityEngineer).await;
        let home = quality.get("/").await;
        assert!(home.status == 200 && in_order(&home, &late.tag_number, &calm.tag_number), "{}", home.text);
        assert!(home.says("href=\"/defects?status=disposition\"") && home.says("overdue</span>"), "{}", home.text);
        assert!(!work(&home).contains(&fresh.tag_number), "that waits for an engineer: {}", home.text);
        let engineer = site.sign_in(Role::TechEngineer).await.get("/").await;
        let theirs = work(&engineer);
        assert!(theirs.contains(&fresh.tag_number) && !theirs.contains(&calm.tag_number), "{theirs}");
    }

    async fn what_is_ones_own_is_listed(site: Site) {
        let t = &site.system;
        let manager = t.member(Role::QualityManager).await;
        let (anna, ben) = (t.user(Role::Inspector).await, t.user(Role::Viewer).await);
        let own = t.report(&anna, defect()).await.item.tag_number;
        let tag = defect().with("assignee_id", ben.id);
        let assigned = t.report(&manager, tag).await.item.tag_number;
        for (user, sees) in [(&anna, [true, false]), (&ben, [false, true])] {
            let browser = site.browser();
            browser.sign_in(&user.name).await;
            let home = browser.get("/").await;
            let listed = work(&home);
            assert_eq!([listed.contains(&own), listed.contains(&assigned)], sees, "{listed}");
        }
    }

    async fn each_number_of_the_plant_leads_to_its_list(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        for _ in 0..2 {
            site.system.report(&inspector, defect()).await;
        }
        let home = site.sign_in(Role::Viewer).await.get("/").await;
        for shown in [
            "href=\"/defects?status=open\"><strong>2</strong>",
            "href=\"/defects?status=reported\"><strong>2</strong>",
            "href=\"/defects?overdue=true\"><strong>0</strong>",
            "href=\"/defects?reported_after=2026-11-01&#38;status=!void\"><strong>2</strong>",
            "href=\"/defects?reported_after=2026-11-16&#38;reported_before=2026-11-23&#38;status=!void\">2</a>",
            "href=\"/defects?failure_code=none&#38;reported_after=2026-08-31&#38;status=!void\">2</a>",
        ] {
            assert!(home.says(shown), "no {shown} in {}", home.text);
        }
        assert!(home.text.len() < 100_000, "{}", home.text.len());
    }

    async fn cost_is_for_those_who_see_it(site: Site) {
        for (role, sees) in [(Role::Inspector, false), (Role::Viewer, false), (Role::TechEngineer, true), (Role::Admin, true)] {
            let home = site.sign_in(role).await.get("/").await;
            assert_eq!(home.says("cost this month"), sees, "{role}: {}", home.text);
            assert_eq!(home.says("href=\"/floor\""), !matches!(role, Role::Viewer | Role::Admin), "{role}");
        }
    }

    async fn its_drawings_are_for_those_who_are_signed_in(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        for address in ["/home/trend.svg", "/home/pareto.svg"] {
            let drawn = browser.get(address).await;
            assert_eq!((drawn.status, drawn.headers.get("content-type").unwrap().to_str().unwrap()), (200, "image/svg+xml"));
            assert!(drawn.says("</svg>"), "{}", drawn.text);
            assert_eq!(site.browser().script(address, &[]).await.status, 401);
        }
        assert_eq!(site.browser().get("/").await.location(), "/sign-in?to=%2F");
    }
}
