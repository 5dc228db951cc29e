//! Signing in and out, coming back, and whose forms are taken.

use actix_web::test::TestRequest;
use service::role::Role;
use testkit::{PASSWORD, each_db};

use crate::client::Site;

each_db! {
    async fn who_is_not_signed_in_is_sent_to_do_so_and_comes_back(site: Site) {
        let user = site.system.user(Role::Inspector).await;
        let browser = site.browser();
        let sent = browser.get("/me?x=1").await;
        assert_eq!((sent.status, sent.location()), (303, "/sign-in?to=%2Fme%3Fx%3D1"));
        let page = browser.get(sent.location()).await;
        assert!(page.says("name=\"_to\" value=\"/me?x=1\""), "{}", page.text);
        let form = [("username", user.name.as_str()), ("password", PASSWORD), ("_to", "/me?x=1")];
        let back = browser.submit(sent.location(), "/sign-in", &form).await;
        assert_eq!((back.status, back.location()), (303, "/me?x=1"));
        let cookie = back.headers.get("set-cookie").unwrap().to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(browser.get("/me").await.says(&user.name));
    }

    async fn a_wrong_password_is_told_at_the_form_and_not_repeated(site: Site) {
        let user = site.system.user(Role::Viewer).await;
        let browser = site.browser();
        let form = [("username", user.name.as_str()), ("password", "quite wrong")];
        let refused = browser.submit("/sign-in", "/sign-in", &form).await;
        assert_eq!(refused.status, 422);
        assert!(refused.says("The user name or password is wrong") && refused.says(&user.name));
        assert!(!refused.says("quite wrong"), "{}", refused.text);
        assert_eq!(browser.cookie("dmt_session"), None);
        let empty = browser.submit("/sign-in", "/sign-in", &[("username", "")]).await;
        assert!(empty.status == 422 && empty.says("href=\"#username\""), "{}", empty.text);
    }

    async fn a_form_without_its_proof_or_with_anothers_is_refused(site: Site) {
        let (anna, ben) = (site.sign_in(Role::Admin).await, site.sign_in(Role::Admin).await);
        let foreign = ben.get("/me").await.hidden("_proof");
        for proof in ["", &foreign] {
            for path in [
                "/me/email", "/me/password", "/me/language", "/me/notifications", "/me/sessions/end", "/me/sessions/1/end",
                "/me/tokens", "/me/tokens/1/revocation", "/sign-out",
            ] {
                let refused = anna.post(path, &[("_proof", proof), ("email", "a@example.com")]).await;
                assert_eq!(refused.status, 403, "{path}");
            }
        }
        let guest = site.browser();
        let form = [("username", "x"), ("password", "y"), ("_proof", foreign.as_str())];
        assert_eq!(guest.post("/sign-in", &form).await.status, 403);
        assert_eq!(guest.post("/set-up", &form).await.status, 403);
        assert_eq!(anna.get("/me").await.status, 200);
    }

    async fn what_a_browser_says_of_where_a_form_comes_from_is_believed(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let page = browser.get("/me").await;
        // Under `no-referrer` it would say `Origin: null` of this page's own forms.
        assert_eq!(page.headers.get("referrer-policy").unwrap(), "same-origin");
        let body = format!("_proof={}&locale=en", page.hidden("_proof"));
        for (headers, status) in [
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")][..], 303),
            (&[("origin", "http://plant.example:8080"), ("host", "plant.example:8080")][..], 303),
            (&[("sec-fetch-site", "same-site")][..], 403),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://plant.example")][..], 403),
            (&[("origin", "http://evil.example"), ("host", "plant.example")][..], 403),
            (&[("origin", "null")][..], 403),
        ] {
            let mut request = TestRequest::post().uri("/me/language").set_payload(body.clone());
            request = request.insert_header(("content-type", "application/x-www-form-urlencoded"));
            for header in headers {
                request = request.insert_header(*header);
            }
            assert_eq!(browser.deliver(request).await.status, status, "{headers:?}");
        }
    }

    async fn what_was_typed_outlives_the_session(site: Site) {
        let user = site.system.user(Role::Inspector).await;
        let browser = site.browser();
        browser.sign_in(&user.name).await;
        let proof = browser.get("/me").await.hidden("_proof");
        browser.forget();
        let kept = browser.post("/me/email", &[("_proof", &proof), ("email", "kept@example.com")]).await;
        assert!(kept.status == 401 && kept.says("kept@example.com"), "{}", kept.text);
        let (unsent, to) = (kept.hidden("_unsent").replace("&#34;", "\""), kept.hidden("_to"));
        let form = [
            ("username", user.name.as_str()), ("password", PASSWORD), ("_to", &to), ("_unsent", &unsent),
            ("_proof", &kept.hidden("_proof")),
        ];
        let again = browser.post("/sign-in", &form).await;
        assert!(again.status == 200 && again.says("action=\"/me/email\""), "{}", again.text);
        let email = again.hidden("email");
        let done = browser.post("/me/email", &[("_proof", &again.hidden("_proof")), ("email", &email)]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        assert!(browser.get("/me").await.says("value=\"kept@example.com\""));
    }

    async fn what_was_typed_in_an_earlier_session_is_sent_in_the_present_one_by_one_press(site: Site) {
        let user = site.system.user(Role::Inspector).await;
        let browser = site.browser();
        browser.sign_in(&user.name).await;
        let old = browser.get("/me").await.hidden("_proof");
        browser.forget();
        browser.sign_in(&user.name).await;
        let typed = [("_proof", old.as_str()), ("_key", "k1"), ("email", "kept@example.com"), ("password", "not shown")];
        for site in ["cross-site", "same-site"] {
            let foreign = browser.post_from(site, "/me/email", &typed).await;
            assert!(foreign.status == 403 && !foreign.says("kept@example.com"), "{site}: {}", foreign.text);
        }
        let kept = browser.post_from("same-origin", "/me/email", &typed).await;
        assert!(kept.status == 403 && kept.says("action=\"/me/email\""), "{}", kept.text);
        assert!(kept.says(&format!("in the name of {}", user.name)) && !kept.says("not shown"), "{}", kept.text);
        assert!(!browser.get("/me").await.says("kept@example.com"), "nothing is done before it is sent again");
        let (proof, key, email) = (kept.hidden("_proof"), kept.hidden("_key"), kept.hidden("email"));
        let again = [("_proof", proof.as_str()), ("_key", key.as_str()), ("email", email.as_str())];
        let done = browser.post_from("same-origin", "/me/email", &again).await;
        assert_eq!((done.status, key.as_str()), (303, "k1"), "{}", done.text);
        assert!(browser.get("/me").await.says("value=\"kept@example.com\""));
        // Nobody is signed out by a form that waited.
        let out = browser.post_from("same-origin", "/sign-out", &[("_proof", &old)]).await;
        assert!(out.status == 403 && !out.says("Send what was typed"), "{}", out.text);
    }

    async fn a_sign_in_whose_cookie_is_gone_is_asked_for_again_with_what_waits(site: Site) {
        let user = site.system.user(Role::Inspector).await;
        let browser = site.browser();
        let old = browser.get("/sign-in").await.hidden("_proof");
        browser.forget();
        let waiting = "[[\"email\",\"kept@example.com\"]]";
        let form = [
            ("_proof", old.as_str()), ("_to", "/me/email"), ("_unsent", waiting), ("username", &user.name),
            ("password", PASSWORD),
        ];
        assert_eq!(browser.post_from("cross-site", "/sign-in", &form).await.status, 403);
        let again = browser.post_from("same-origin", "/sign-in", &form).await;
        assert!(again.status == 403 && again.says("action=\"/sign-in\"") && !again.says(PASSWORD), "{}", again.text);
        let (proof, unsent) = (again.hidden("_proof"), again.hidden("_unsent").replace("&#34;", "\""));
        let form = [
            ("_proof", proof.as_str()), ("_to", "/me/email"), ("_unsent", &unsent), ("username", &user.name),
            ("password", PASSWORD),
        ];
        let begun = browser.post_from("same-origin", "/sign-in", &form).await;
        assert!(begun.status == 200 && begun.says("value=\"kept@example.com\""), "{}", begun.text);
    }

    async fn signed_out_is_out(site: Site) {
        let browser = site.sign_in(Role::Operator).await;
        let token = browser.cookie("dmt_session").unwrap();
        assert_eq!(browser.submit("/me", "/sign-out", &[]).await.location(), "/sign-in?done=signed-out");
        assert_eq!(browser.cookie("dmt_session"), None);
        assert!(service::token::authenticate(&site.system, &token).await.is_err());
    }

    async fn who_was_signed_out_already_is_only_told_so(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let proof = browser.get("/me").await.hidden("_proof");
        browser.forget();
        // Nothing waits to be sent: whoever signs in next would be signed out by it.
        let out = browser.post("/sign-out", &[("_proof", &proof)]).await;
        assert_eq!((out.status, out.location()), (303, "/sign-in?to=%2F"), "{}", out.text);
    }

    async fn signing_out_takes_the_pages_along(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let out = browser.submit("/me", "/sign-out", &[]).await;
        assert_eq!(out.headers.get("clear-site-data").unwrap(), "\"cache\"");
    }

    async fn a_file_that_came_too_late_leads_back_to_its_form(site: Site) {
        let browser = site.browser();
        let late = browser.post_file("/defects/7/attachments", &[], ("a.png", b"x")).await;
        assert_eq!(late.location(), "/sign-in?to=%2Fdefects%2F7%2Fattachments", "{}", late.text);
    }

    async fn where_a_form_is_sent_leads_to_its_page(site: Site) {
        let browser = site.sign_in(Role::Admin).await;
        for (sent_to, page) in [
            ("/board/move", "/board"), ("/floor/reports", "/floor"), ("/me/password", "/me"),
            ("/defects/7/transitions", "/defects/7"), ("/corrective-actions/3/root-causes", "/corrective-actions/3"),
            ("/admin/parts/4/deletion", "/admin/parts/4"),
        ] {
            let asked = browser.get(sent_to).await;
            assert_eq!((asked.status, asked.location()), (303, page), "{sent_to}");
        }
        assert_eq!(browser.get("/board/moved").await.status, 404);
    }

    async fn what_binds_a_guests_form_is_given_anew_with_each(site: Site) {
        site.system.user(Role::Viewer).await;
        let browser = site.browser();
        browser.get("/sign-in").await;
        let bound = browser.cookie("dmt_form").unwrap();
        let again = browser.get("/sign-in").await;
        let set = again.headers.get("set-cookie").unwrap().to_str().unwrap();
        assert!(set.starts_with(&format!("dmt_form={bound};")) && set.contains("Max-Age=2592000"), "{set}");
    }

    async fn a_link_leads_nowhere_else(site: Site) {
        let user = site.system.user(Role::Viewer).await;
        for to in ["//example.com", "https://example.com", "/\\example.com", "javascript:alert(1)", "/sign-in"] {
            let browser = site.browser();
            let form = [("username", user.name.as_str()), ("password", PASSWORD), ("_to", to)];
            assert_eq!(browser.submit("/sign-in", "/sign-in", &form).await.location(), "/", "{to}");
        }
    }

    async fn ones_own_page_does_what_it_says(site: Site) {
        let browser = site.sign_in(Role::Inspector).await;
        let spanish = browser.submit("/me", "/me/language", &[("locale", "es")]).await;
        assert_eq!(spanish.location(), "/me?done=language");
        assert!(browser.get("/me?done=language").await.says("Su idioma"));
        let wrong = browser.submit("/me", "/me/password", &[("current_password", "no"), ("new_password", "x")]).await;
        assert!(wrong.status == 422 && wrong.says("href=\"#new_password\""), "{}", wrong.text);
        let made = browser.submit("/me", "/me/tokens", &[("_key", "k1"), ("name", "Scanner <1>"), ("scopes", "read")]).await;
        assert!(made.status == 200 && made.says("dmt_") && made.says("Scanner &#60;1&#62;"), "{}", made.text);
        assert_eq!(made.headers.get("cache-control").unwrap(), "no-store");
        assert!(!browser.get("/me").await.says("dmt_"));
    }

    async fn what_is_not_there_is_a_page_for_browsers_and_a_problem_for_programs(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let page = browser.get("/no-such-page").await;
        assert!(page.status == 404 && page.says("<h1>There is nothing here</h1>"), "{}", page.text);
        assert_eq!(page.headers.get("content-type").unwrap(), "text/html; charset=utf-8");
        let api = browser.get("/api/v1/me").await;
        assert!(api.status == 401 && api.says("urn:problem-type:dmt:unauthenticated"), "{}", api.text);
    }
}
