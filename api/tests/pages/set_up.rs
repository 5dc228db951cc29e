//! The first administrator of an empty system, and what he begins with.

use service::holdings::Holdings;
use service::role::Role;
use service::setup;
use testkit::{PASSWORD, each_db};

use crate::client::{Browser, Site};

const DEMO: &str = "/set-up/demo";

/// The browser in which the first administrator was made.
async fn set_up<'a>(site: &'a Site, username: &str) -> Browser<'a> {
    let token = setup::prepare(&site.system).await.unwrap().unwrap();
    let (link, browser) = (format!("/set-up?token={token}"), site.browser());
    let form = [
        ("token", token.as_str()),
        ("username", username),
        ("display_name", "First"),
        ("password", PASSWORD),
        ("locale", "en"),
    ];
    let made = browser.submit(&link, "/set-up", &form).await;
    assert_eq!(
        (made.status, made.location()),
        (303, "/set-up/demo?done=set-up"),
        "{}",
        made.text
    );
    browser
}

async fn held(site: &Site) -> (u64, u64) {
    let held = Holdings::of(&site.system.db).await.unwrap();
    (held.users, held.records)
}

each_db! {
    async fn who_sets_a_system_up_may_load_demo_data(site: Site) {
        // In another case, and as the demo's own administrator is called.
        let first = set_up(&site, "Admin").await;
        let offer = first.get("/set-up/demo?done=set-up").await;
        assert!(offer.says("The system is set up") && offer.says("<a class=\"button\" href=\"/\">Start clean</a>"), "{}", offer.text);
        let unsaid = first.submit(DEMO, DEMO, &[]).await;
        assert!(unsaid.status == 422 && unsaid.says("href=\"#passwords_known\""), "{}", unsaid.text);
        assert_eq!(held(&site).await, (1, 0));

        let loaded = first.submit(DEMO, DEMO, &[("passwords_known", "true")]).await;
        assert!(loaded.status == 200 && loaded.says("200 records of demo data"), "{}", loaded.text);
        assert_eq!(loaded.headers.get("cache-control").unwrap(), "no-store");
        assert_eq!(held(&site).await, (8, 200));
        for name in ["demo-admin", "inspector", "operator", "engineer", "quality", "manager", "viewer"] {
            let password = format!("{name}-demo");
            assert!(loaded.says(&format!("<code>{name}</code>")) && loaded.says(&format!("<code>{password}</code>")), "{name}");
            let form = [("username", name), ("password", password.as_str())];
            assert_eq!(site.browser().submit("/sign-in", "/sign-in", &form).await.status, 303, "{name}");
        }
        site.browser().sign_in("admin").await;
        assert_eq!(first.get("/").await.status, 200);
        // Asked of the database: the server was started before.
        assert!(first.get("/admin/system").await.says("<dt>Demo data</dt><dd>Yes</dd>"));

        assert!(first.get(DEMO).await.says("This system holds demo data"));
        let again = first.submit(DEMO, DEMO, &[("passwords_known", "true")]).await;
        assert!(again.status == 422 && again.says("the demo data is there already"), "{}", again.text);
        assert_eq!(held(&site).await, (8, 200));
    }

    async fn who_starts_clean_finds_the_system_empty_and_may_still_choose(site: Site) {
        let first = set_up(&site, "ada").await;
        assert_eq!(first.get("/").await.status, 200);
        assert_eq!(held(&site).await, (1, 0));
        let loaded = first.submit(DEMO, DEMO, &[("passwords_known", "true")]).await;
        assert!(loaded.says("<code>admin</code>") && loaded.says("<code>admin-demo</code>"), "{}", loaded.text);
    }

    async fn beside_other_data_and_for_others_there_is_no_demo(site: Site) {
        let first = set_up(&site, "ada").await;
        site.system.part().await;
        let refused = first.get(DEMO).await;
        assert!(refused.status == 200 && refused.says("This system holds data of its own"), "{}", refused.text);
        assert!(!refused.says("action=\"/set-up/demo\""), "{}", refused.text);
        let sent = first.submit(DEMO, DEMO, &[("passwords_known", "true")]).await;
        assert!(sent.status == 422 && sent.says("demo data is for an empty one"), "{}", sent.text);
        let manager = site.sign_in(Role::QualityManager).await;
        assert_eq!(manager.get(DEMO).await.status, 403);
        assert_eq!(manager.submit("/me", DEMO, &[("passwords_known", "true")]).await.status, 403);
        assert_eq!(first.post(DEMO, &[("passwords_known", "true")]).await.status, 403, "without a proof");
        assert_eq!(held(&site).await, (2, 0));
    }
}
