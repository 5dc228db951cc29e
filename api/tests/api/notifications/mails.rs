//! Mail to a mail server on a real port. `scripts/check-mail.sh` sends one to a mail server of somebody else's making.

use actix_web::http::Method;
use api::outgoing::call::Caller;
use api::outgoing::mail::{MailOptions, Mailer};
use api::outgoing::with;
use serde_json::json;
use service::outbox::{Post, Worker};
use service::role::Role;
use service::webhook::address::Allowed;
use testkit::{PASSWORD, defect, each_db};

use super::smtp::MailServer;
use crate::client::Api;

fn options(server: &MailServer) -> MailOptions {
    MailOptions {
        server: format!("smtp://{}?tls=off", server.address)
            .parse()
            .unwrap(),
        from: "DMT <dmt@example.com>".parse().unwrap(),
    }
}

fn post(server: &MailServer) -> Post {
    let mailer = Mailer::new(&options(server)).unwrap();
    with(Caller::new(Allowed::default()).unwrap(), Some(mailer))
}

/// A quality manager who is told of every report.
async fn reader(api: &Api, email: &str) {
    let user = api.system.user(Role::QualityManager).await;
    let session = api.sign_in_as(&user.name, PASSWORD).await;
    for (path, body) in [
        ("/me/email", json!({"email": email})),
        (
            "/me/notifications",
            json!({"immediate": ["reported"], "daily": []}),
        ),
    ] {
        let answer = api
            .send(session.request(Method::PUT, path).set_json(body))
            .await;
        assert!(answer.status < 300, "{answer:?}");
    }
    let choice = api.get(&session, "/me/notifications").await.json();
    assert_eq!(
        choice,
        json!({"email": email, "immediate": ["reported"], "daily": []})
    );
    assert_eq!(api.get(&session, "/me").await.json()["email"], email);
}

each_db! {
    async fn a_report_becomes_a_mail(api: Api) {
        let server = MailServer::start(&["gone@example.com"]).await;
        reader(&api, "anna.koch@example.com").await;
        reader(&api, "gone@example.com").await;
        let inspector = api.system.member(Role::Inspector).await;
        let title = "Грат on bore\r\nBcc: all@example.com";
        let reported = api.system.report(&inspector, defect().with("title", title)).await;
        let worker = Worker::new(service::System::clone(&api.system), post(&server));
        while worker.turn().await.unwrap() {}

        let mails = server.mails();
        assert_eq!(mails.len(), 1, "{mails:?}");
        let mail = &mails[0];
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("dmt@example.com", ["anna.koch@example.com".to_owned()].as_slice()));
        let (head, _) = mail.text.split_once("\n\n").unwrap();
        assert!(head.lines().any(|line| line.starts_with("Subject: ") && line.contains(&reported.item.tag_number)), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated") && head.contains("Message-ID: <msg_"), "{head}");
        assert!(!head.contains("\nBcc"), "{head}");

        let admin = api.sign_in(Role::Admin).await;
        let dead = api.get(&admin, "/outbox?status=dead&channel=mail").await.json();
        assert_eq!((dead["items"].as_array().unwrap().len(), &dead["items"][0]["answer"]), (1, &json!(550)), "{dead}");
    }
}

#[tokio::test]
async fn a_mail_server_is_tried_out() {
    let server = MailServer::start(&[]).await;
    let here = options(&server);
    assert_eq!(Mailer::new(&here).unwrap().try_out().await, Ok(()));
    // It offers no STARTTLS, and without that nothing is said to it.
    let demanding = MailOptions {
        server: format!("smtp://{}", server.address).parse().unwrap(),
        ..here.clone()
    };
    assert!(Mailer::new(&demanding).unwrap().try_out().await.is_err());
    drop(server);
    let nobody = MailOptions {
        server: "smtp://127.0.0.1:1?tls=off".parse().unwrap(),
        ..here
    };
    assert!(Mailer::new(&nobody).unwrap().try_out().await.is_err());
}
