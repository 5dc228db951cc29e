//! Webhooks that are called over real connections: signed, and not to be led astray.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::http::Method;
use api::outgoing::call::{Caller, Resolve};
use api::outgoing::with;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use service::outbox::{Call, Trouble, Worker};
use service::role::Role;
use service::webhook::address::Allowed;
use sha2::Sha256;
use testkit::{defect, each_db};
use tokio::task::JoinSet;

use super::receiver::{Manner, Receiver, Request};
use crate::client::Api;

/// Whoever calls, where the configuration allows these hosts.
fn caller(allowed: &str) -> Caller {
    Caller::new(allowed.parse().unwrap()).unwrap()
}

fn call(url: impl Into<String>) -> Call {
    Call {
        url: url.into(),
        message_id: "msg_1".to_owned(),
        timestamp: 1_795_248_840,
        signature: "v1,x".to_owned(),
        body: "{}".to_owned(),
    }
}

/// Names that lead where the test wants; each look-up is counted.
fn resolver(answers: Vec<Vec<SocketAddr>>) -> (Resolve, Arc<AtomicUsize>) {
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let resolve: Resolve = Arc::new(move |_, _| {
        let look = counted.fetch_add(1, Ordering::SeqCst);
        let answer = answers[look.min(answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    });
    (resolve, looks)
}

/// As a receiver checks it, with a library's three lines.
fn is_signed(request: &Request, secret: &str) -> bool {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, at) = (
        request.header("webhook-id"),
        request.header("webhook-timestamp"),
    );
    mac.update(format!("{id}.{at}.{}", request.body).as_bytes());
    let expected = STANDARD.encode(mac.finalize().into_bytes());
    request.header("webhook-signature") == format!("v1,{expected}")
}

async fn refused(caller: &Caller, url: &str) -> Trouble {
    caller.call(call(url)).await.unwrap_err()
}

each_db! {
    async fn a_receiver_gets_what_it_can_verify(api: Api) {
        let receiver = Receiver::polite().await;
        let admin = api.sign_in(Role::Admin).await;
        let url = format!("http://{}/dmt?line=3", receiver.address);
        let new = json!({"url": url, "events": ["reported"], "description": "The line's display"});
        let made = api.post(&admin, "/webhooks", &new).await;
        assert_eq!((made.status, made.header("cache-control")), (201, Some("no-store")));
        let made = made.json();
        let (id, secret) = (made["id"].to_string(), made["secret"].as_str().unwrap().to_owned());
        let reported = api.system.report(&api.system.member(Role::Inspector).await, defect()).await;
        let test = api.send(admin.request(Method::POST, &format!("/webhooks/{id}/test"))).await;
        assert_eq!(test.status, 201, "{test:?}");

        let worker = Worker::new(service::System::clone(&api.system), with(caller("127.0.0.1"), None));
        while worker.turn().await.unwrap() {}
        let requests = receiver.received();
        assert_eq!(requests.len(), 2, "{requests:?}");
        for request in &requests {
            assert!(request.head.starts_with("POST /dmt?line=3 HTTP/1.1"), "{}", request.head);
            assert_eq!(request.header("content-type"), "application/json");
            assert!(is_signed(request, &secret), "{request:?}");
            let mut forged = request.clone();
            forged.body.push(' ');
            assert!(!is_signed(&forged, &secret));
        }
        let bodies: Vec<Json> = requests.iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
        let told = bodies.iter().find(|body| body["type"] == "defect.reported").unwrap();
        assert_eq!(told["data"]["tag_number"], reported.item.tag_number);
        assert!(bodies.iter().any(|body| body["type"] == "webhook.test"));
        let log = api.get(&admin, &format!("/webhooks/{id}/deliveries?status=sent&count=true")).await.json();
        assert_eq!((&log["total"], &log["items"][0]["answer"]), (&json!(2), &json!(200)));
    }
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let inside = Receiver::polite().await;
    let line = format!("302 Found\r\nLocation: http://{}/secret", inside.address);
    let receiver = Receiver::start(Manner::Says(line)).await;
    let caller = caller("127.0.0.1");
    let trouble = refused(&caller, &format!("http://{}/", receiver.address)).await;
    assert_eq!((trouble.answer, trouble.is_final), (Some(302), false));
    assert!(trouble.what.contains("not followed"), "{}", trouble.what);
    assert!(inside.received().is_empty());
}

#[tokio::test]
async fn an_address_inside_is_not_called_however_it_is_written() {
    let receiver = Receiver::polite().await;
    let port = receiver.address.port();
    // What the configuration allows is another network.
    let caller = caller("10.0.0.0/8");
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0.0.0.0",
        "[2002:7f00:1::]",
        "[64:ff9b::7f00:1]",
        "user@127.0.0.1",
    ] {
        for scheme in ["http", "https"] {
            let trouble = refused(&caller, &format!("{scheme}://{host}:{port}/")).await;
            assert!(
                trouble.what.starts_with("the address was not called"),
                "{host}: {}",
                trouble.what
            );
        }
    }
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_name_is_resolved_once_and_must_lead_outside_with_all_its_addresses() {
    let receiver = Receiver::polite().await;
    let outside: SocketAddr = "198.41.0.4:443".parse().unwrap();
    let url = format!("https://evil.example:{}/", receiver.address.port());
    for answers in [vec![receiver.address], vec![outside, receiver.address]] {
        let (resolve, looks) = resolver(vec![answers]);
        let caller = Caller::resolving(Allowed::default(), resolve).unwrap();
        let trouble = refused(&caller, &url).await;
        assert!(
            trouble.what.starts_with("the address was not called"),
            "{}",
            trouble.what
        );
        assert_eq!(looks.load(Ordering::SeqCst), 1);
    }
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_name_whose_answer_changes_leads_only_to_what_was_judged() {
    let (judged, other) = (Receiver::polite().await, Receiver::polite().await);
    // The second answer would be the trick: there must be no second look.
    let (resolve, looks) = resolver(vec![vec![judged.address], vec![other.address]]);
    let caller = Caller::resolving("mes.plant.example".parse().unwrap(), resolve).unwrap();
    let url = format!("http://mes.plant.example:{}/", judged.address.port());
    assert_eq!(caller.call(call(url)).await, Ok(Some(200)));
    assert_eq!(looks.load(Ordering::SeqCst), 1);
    let requests = judged.received();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].header("host").starts_with("mes.plant.example"));
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn whoever_answers_slowly_or_without_end_is_left() {
    let caller = Arc::new(caller("127.0.0.1"));
    let mut calls = JoinSet::new();
    for manner in [Manner::Silent, Manner::Drips, Manner::FloodsHead] {
        let caller = Arc::clone(&caller);
        calls.spawn(async move {
            let receiver = Receiver::start(manner).await;
            refused(&caller, &format!("http://{}/", receiver.address)).await
        });
    }
    // It would wait for ever for one that is not left.
    for trouble in calls.join_all().await {
        assert_eq!(
            (trouble.answer, trouble.is_final),
            (None, false),
            "{trouble:?}"
        );
    }
}

#[tokio::test]
async fn of_an_answer_without_end_only_the_status_is_taken() {
    let receiver = Receiver::start(Manner::Floods).await;
    let caller = caller("127.0.0.1");
    let url = format!("http://{}/", receiver.address);
    assert_eq!(caller.call(call(url)).await, Ok(Some(200)));
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_good_is_not_tried_again() {
    let caller = caller("127.0.0.1");
    for (status, is_final) in [
        ("410 Gone", true),
        ("404 Not Found", false),
        ("500 Oops", false),
    ] {
        let receiver = Receiver::start(Manner::Says(status.to_owned())).await;
        let trouble = refused(&caller, &format!("http://{}/", receiver.address)).await;
        assert_eq!(trouble.is_final, is_final, "{status}");
    }
}

#[tokio::test]
async fn a_receiver_that_speaks_no_tls_is_told_nothing_by_https() {
    let receiver = Receiver::polite().await;
    let trouble = refused(
        &caller("127.0.0.1"),
        &format!("https://{}/", receiver.address),
    )
    .await;
    assert!(
        trouble.what.starts_with("it could not be reached"),
        "{}",
        trouble.what
    );
    assert!(receiver.received().is_empty());
}
