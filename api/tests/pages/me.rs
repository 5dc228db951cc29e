//! One's own page: where one is signed in, and of what one is told.

use serde_json::json;
use service::notice::Event;
use service::role::Role;
use service::{Draft, subscription, token};
use testkit::each_db;

use crate::client::{Browser, Shown, Site};

/// The ids of the sessions that a page offers to end.
fn endable(page: &Shown) -> Vec<i64> {
    let forms = page.text.split("action=\"/me/sessions/").skip(1);
    let ids = forms.filter_map(|rest| rest.split('/').next()?.parse().ok());
    ids.collect()
}

/// Who is signed in with a browser.
async fn visitor(site: &Site, browser: &Browser<'_>) -> service::actor::Actor {
    let session = browser.cookie("dmt_session").unwrap();
    token::authenticate(&site.system, &session).await.unwrap()
}

each_db! {
    async fn who_is_signed_in_elsewhere_sees_it_and_signs_out_there(site: Site) {
        let user = site.system.user(Role::Inspector).await;
        let (here, there, third) = (site.browser(), site.browser(), site.browser());
        here.sign_in(&user.name).await;
        let alone = here.get("/me").await;
        assert!(alone.says("This session") && !alone.says("action=\"/me/sessions/"), "{}", alone.text);
        there.sign_in(&user.name).await;
        third.sign_in(&user.name).await;
        let page = here.get("/me").await;
        let ids = endable(&page);
        assert_eq!((ids.len(), page.text.matches("This session").count()), (2, 1), "{}", page.text);
        // The newest comes first.
        let ended = here.submit("/me", &format!("/me/sessions/{}/end", ids[1]), &[]).await;
        assert_eq!((ended.status, ended.location()), (303, "/me?done=session-ended"));
        assert!(here.get(ended.location()).await.says("That session has ended."));
        assert_eq!((there.get("/me").await.status, third.get("/me").await.status), (303, 200));
        let ended = here.submit("/me", "/me/sessions/end", &[]).await;
        assert_eq!((ended.status, ended.location()), (303, "/me?done=sessions-ended"));
        assert_eq!((third.get("/me").await.status, here.get("/me").await.status), (303, 200));
    }

    async fn nobody_ends_somebody_elses_session(site: Site) {
        let (anna, ben) = (site.sign_in(Role::Viewer).await, site.sign_in(Role::Admin).await);
        let id = visitor(&site, &anna).await.token_id.unwrap();
        let refused = ben.submit("/me", &format!("/me/sessions/{id}/end"), &[]).await;
        assert_eq!(refused.status, 404, "{}", refused.text);
        assert_eq!(ben.submit("/me", "/me/sessions/end", &[]).await.status, 303);
        assert_eq!(anna.get("/me").await.status, 200);
    }

    async fn however_many_tokens_one_has_each_can_be_revoked(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let actor = visitor(&site, &browser).await;
        for number in 1..=51 {
            let new = Draft::json(&json!({"name": format!("Scanner {number}")}));
            token::create_own(&site.system, &actor, &new, None).await.unwrap();
        }
        let revocations = |page: &Shown| page.text.matches("/revocation\"").count();
        let first = browser.get("/me").await;
        assert_eq!(revocations(&first), 50, "{}", first.text);
        let next = first.text.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let rest = browser.get(next.split('#').next().unwrap()).await;
        assert!(revocations(&rest) == 1 && rest.says("Scanner 1<") && !rest.says("rel=\"next\""), "{}", rest.text);
        let id = rest.text.split("/me/tokens/").nth(1).unwrap().split('/').next().unwrap();
        let revoked = browser.submit("/me", &format!("/me/tokens/{id}/revocation"), &[]).await;
        assert_eq!(revoked.location(), "/me?done=token-revoked", "{}", revoked.text);
        assert!(!browser.get("/me").await.says("rel=\"next\""));
    }

    async fn of_what_one_is_told_is_chosen_event_by_event(site: Site) {
        let browser = site.sign_in(Role::QualityEngineer).await;
        let page = browser.get("/me/notifications").await;
        assert!(page.says("You get no mail until you say where") && page.says("href=\"/me#email\""), "{}", page.text);
        assert_eq!(page.text.matches("value=\"none\" selected").count(), Event::ALL.len());
        browser.submit("/me", "/me/email", &[("email", "quality@example.com")]).await;
        let way = |event: &Event| match event {
            Event::Assigned => "immediate",
            Event::Closed => "daily",
            _ => "none",
        };
        let mut form: Vec<_> = Event::ALL.iter().map(|event| (event.word(), way(event))).collect();
        let saved = browser.submit("/me/notifications", "/me/notifications", &form).await;
        assert_eq!((saved.status, saved.location()), (303, "/me/notifications?done=told"), "{}", saved.text);
        let actor = visitor(&site, &browser).await;
        let chosen = subscription::show(&site.system, &actor).await.unwrap();
        assert_eq!((chosen.immediate, chosen.daily), (vec![Event::Assigned], vec![Event::Closed]));
        let page = browser.get(saved.location()).await;
        assert!(page.says("Mail goes to quality@example.com.") && page.says("You are told of what you chose"));
        let selected = ["immediate", "daily"].map(|way| page.text.matches(&format!("value=\"{way}\" selected")).count());
        assert_eq!(selected, [1, 1], "{}", page.text);

        form[2] = ("moved", "hourly");
        let refused = browser.submit("/me/notifications", "/me/notifications", &form).await;
        assert!(refused.status == 422 && refused.says("href=\"#moved\""), "{}", refused.text);
        assert!(refused.says("value=\"daily\" selected"), "what was chosen is still there: {}", refused.text);
        let kept = subscription::show(&site.system, &actor).await.unwrap();
        assert_eq!((kept.immediate, kept.daily), (vec![Event::Assigned], vec![Event::Closed]));
    }
}
