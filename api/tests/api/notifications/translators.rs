//! Translators that are asked over real connections: services that do what they say, and services that do not.

use std::sync::Arc;
use std::time::Duration;

use api::outgoing::translate::{Client, Service, TranslateOptions};
use serde_json::{Value as Json, json};
use service::defects::translations::{Batch, Translator};
use service::outbox::{OutboxStatus, Post, Trouble, Worker};
use service::role::Role;
use service::words::Language;
use testkit::{defect, each_db};

use super::receiver::{Manner, Receiver, Request};
use crate::client::Api;

const KEY: &str = "hunter2-hunter2";

fn client(receiver: &Receiver, service: Service, path: &str) -> Client {
    let url = format!("http://{}{path}", receiver.address);
    let options = TranslateOptions {
        service,
        url: TranslateOptions::url(&url).unwrap(),
        key: Some(KEY.parse().unwrap()),
        languages: Language::ALL.to_vec(),
    };
    Client::new(options).unwrap().within(Duration::from_secs(2))
}

fn batch(texts: &[&str]) -> Batch {
    Batch {
        from: Language::English,
        to: Language::Chinese,
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// What LibreTranslate does, with words of its own.
fn libretranslate(request: &Request) -> (&'static str, String) {
    let asked: Json = serde_json::from_str(&request.body).unwrap();
    let texts = asked["q"].as_array().unwrap().iter();
    let texts: Vec<_> = texts
        .map(|text| {
            format!(
                "{}:{}",
                asked["target"].as_str().unwrap(),
                text.as_str().unwrap()
            )
        })
        .collect();
    ("200 OK", json!({ "translatedText": texts }).to_string())
}

/// What DeepL does.
fn deepl(request: &Request) -> (&'static str, String) {
    let asked: Json = serde_json::from_str(&request.body).unwrap();
    let texts = asked["text"].as_array().unwrap().iter();
    let texts: Vec<_> = texts
        .map(|text| {
            let text = format!(
                "{}:{}",
                asked["target_lang"].as_str().unwrap(),
                text.as_str().unwrap()
            );
            json!({"detected_source_language": "EN", "text": text})
        })
        .collect();
    ("200 OK", json!({ "translations": texts }).to_string())
}

async fn refused(receiver: &Receiver, service: Service) -> Trouble {
    let client = client(receiver, service, "");
    client.translate(batch(&["Burr"])).await.unwrap_err()
}

#[tokio::test]
async fn libretranslate_is_asked_as_it_wants_to_be() {
    let receiver = Receiver::start(Manner::Answers(libretranslate)).await;
    let client = client(&receiver, Service::LibreTranslate, "/lt/");
    let texts = client
        .translate(batch(&["Burr", "At the edge.\nTwice."]))
        .await
        .unwrap();
    assert_eq!(texts, ["zh:Burr", "zh:At the edge.\nTwice."]);
    let requests = receiver.received();
    assert!(
        requests[0].head.starts_with("POST /lt/translate HTTP/1.1"),
        "{}",
        requests[0].head
    );
    assert_eq!(requests[0].header("content-type"), "application/json");
    let body: Json = serde_json::from_str(&requests[0].body).unwrap();
    let expected = json!({"q": ["Burr", "At the edge.\nTwice."], "source": "en", "target": "zh", "format": "text", "api_key": KEY});
    assert_eq!(body, expected);
    assert!(!requests[0].head.contains(KEY), "{}", requests[0].head);
}

#[tokio::test]
async fn deepl_is_asked_as_it_wants_to_be() {
    let receiver = Receiver::start(Manner::Answers(deepl)).await;
    let client = client(&receiver, Service::DeepL, "");
    assert_eq!(
        client.translate(batch(&["Burr"])).await.unwrap(),
        ["ZH:Burr"]
    );
    let requests = receiver.received();
    assert!(
        requests[0].head.starts_with("POST /v2/translate HTTP/1.1"),
        "{}",
        requests[0].head
    );
    assert_eq!(
        requests[0].header("authorization"),
        format!("DeepL-Auth-Key {KEY}")
    );
    let body: Json = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(
        body,
        json!({"text": ["Burr"], "source_lang": "EN", "target_lang": "ZH"})
    );
    let english = Batch {
        from: Language::Spanish,
        to: Language::English,
        texts: vec!["Rebaba".to_owned()],
    };
    assert_eq!(client.translate(english).await.unwrap(), ["EN-US:Rebaba"]);
}

#[tokio::test]
async fn what_a_service_refuses_is_told_and_tried_again_unless_it_cannot_change() {
    for (line, answer, what, is_final) in [
        (
            "400 Bad Request",
            r#"{"error": "zz is not\nsupported"}"#,
            "it answered 400, zz is not supported",
            true,
        ),
        ("413 Payload Too Large", "", "it answered 413", true),
        (
            "403 Forbidden",
            r#"{"error": "Invalid API key hunter2-hunter2"}"#,
            "it answered 403",
            false,
        ),
        (
            "429 Too Many Requests",
            r#"{"error": "Slowdown"}"#,
            "it answered 429, Slowdown",
            false,
        ),
        ("456 Quota Exceeded", "no JSON", "it answered 456", false),
        ("500 Oops", "", "it answered 500", false),
        (
            "302 Found",
            "",
            "it answered 302, and redirections are not followed",
            false,
        ),
    ] {
        let receiver = Receiver::start(Manner::Fixed(line, answer)).await;
        let trouble = refused(&receiver, Service::LibreTranslate).await;
        let number = line.split(' ').next().unwrap().parse().ok();
        assert_eq!(
            (trouble.what.as_str(), trouble.answer, trouble.is_final),
            (what, number, is_final),
            "{line}"
        );
    }
    let receiver = Receiver::start(Manner::Fixed(
        "456 Quota Exceeded",
        r#"{"message": "Quota exceeded"}"#,
    ))
    .await;
    let trouble = refused(&receiver, Service::DeepL).await;
    assert_eq!(trouble.what, "it answered 456, Quota exceeded");
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused() {
    for answer in [
        "",
        "<html>",
        "{}",
        "[]",
        "{\"translatedText\"",
        r#"{"translatedText": "Burr"}"#,
        r#"{"translatedText": [1]}"#,
        r#"{"translations": [{"text": "Burr"}]}"#,
    ] {
        let receiver = Receiver::start(Manner::Fixed("200 OK", answer)).await;
        let trouble = refused(&receiver, Service::LibreTranslate).await;
        let what = "its answer is not what such a service answers";
        assert_eq!(
            (trouble.what.as_str(), trouble.is_final),
            (what, false),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn whoever_answers_slowly_or_without_end_is_left() {
    for (manner, what) in [
        (Manner::Silent, "there was no answer within 2 seconds"),
        (Manner::Drips, "there was no answer within 2 seconds"),
        (Manner::Floods, "its answer has more than 1024 KiB"),
    ] {
        let receiver = Receiver::start(manner.clone()).await;
        let trouble = refused(&receiver, Service::DeepL).await;
        assert_eq!(
            (trouble.what.as_str(), trouble.is_final),
            (what, false),
            "{manner:?}"
        );
    }
    let receiver = Receiver::start(Manner::FloodsHead).await;
    let trouble = refused(&receiver, Service::DeepL).await;
    assert!(
        trouble.what.starts_with("it could not be reached"),
        "{}",
        trouble.what
    );
}

each_db! {
    async fn a_report_is_read_in_another_language_once_the_service_has_translated_it(api: Api) {
        let receiver = Receiver::start(Manner::Answers(libretranslate)).await;
        let server = api.system.another_server(|options| options.translate_into = Language::ALL.to_vec());
        let inspector = api.system.member(Role::Inspector).await;
        let form = service::Draft::json(&api.system.form(&defect()).await);
        let record = service::defects::report(&server, &inspector, &form, None).await.unwrap().item;
        let reader = api.sign_in(Role::Viewer).await;
        let path = format!("/defects/{}?lang=es", record.id);
        let before = api.get(&reader, &path).await;
        assert_eq!((&before.json()["title"], &before.json()["translated"]["title"]), (&json!(record.title), &json!("none")));

        let carry: service::outbox::Carry = Arc::new(|_| Box::pin(async { Ok(None) }));
        let translator: Arc<dyn Translator> = Arc::new(client(&receiver, Service::LibreTranslate, ""));
        let post = Post { carry, has_mail: false, records: String::new(), translator: Some(translator), jitter: || 0.5 };
        let worker = Worker::new(server, post);
        while worker.translate().await.unwrap() {}
        let after = api.get(&reader, &path).await;
        let shown = after.json();
        assert_eq!(shown["title"], format!("es:{}", record.title));
        assert_eq!((&shown["translated"]["description"], &shown["translated"]["root_cause"]), (&json!("machine"), &json!("none")));
        let admin = api.sign_in(Role::Admin).await;
        let sent = api.get(&admin, "/outbox?channel=translate").await.json();
        let states: Vec<_> = sent["items"].as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
        assert_eq!(states, [json!(OutboxStatus::Sent), json!(OutboxStatus::Sent)], "into Spanish and Chinese");
        assert_eq!(receiver.received().len(), 4, "title and description, twice");
    }
}
