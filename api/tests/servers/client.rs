//! A client of several servers, with a connection of its own for each request.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value as Json, json};
use service::db::DatabaseUrl;

use crate::process::{Server, start};

pub(crate) const PASSWORD: &str = "analytical engine";

/// Five servers on one database, with a first administrator who may do the rest as well.
pub(crate) struct Plant {
    pub(crate) servers: Vec<Server>,
    pub(crate) http: Client,
    /// Ada's, who is the administrator.
    pub(crate) admin: String,
    /// Grace's, who is quality manager.
    pub(crate) token: String,
    /// A report's body.
    pub(crate) report: Json,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) url: String,
}

/// What a client's patience is here.
pub(crate) fn client() -> Client {
    // The client asks with what TLS would be spoken even where it never speaks it; from the second time on it is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

/// The settings of one server of many: few connections each.
pub(crate) fn settings(url: &str) -> [(&str, &str); 3] {
    [
        ("DATABASE_URL", url),
        ("DMT_DB_MAX_CONNECTIONS", "3"),
        ("DMT_DB_WAIT_SECS", "60"),
    ]
}

impl Plant {
    pub(crate) async fn open(url: &DatabaseUrl, count: usize) -> Self {
        Self::with(url, count, &[]).await
    }

    /// With more settings.
    pub(crate) async fn with(url: &DatabaseUrl, count: usize, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = url.expose();
        let settings = [settings(&url).as_slice(), more].concat();
        let serve = |number: usize| {
            let name = format!("server-{number}");
            start(folder.path(), &name, &settings, &[]).listening()
        };
        let (first, printed) = serve(0);
        let token = set_up_token(&printed).unwrap();
        let mut servers = vec![first];
        servers.extend((1..count).map(|number| serve(number).0));
        let http = client();
        let mut plant = Self {
            servers,
            http,
            admin: String::new(),
            token: String::new(),
            report: Json::Null,
            folder,
            url,
        };
        plant.furnish(&token).await;
        plant
    }

    async fn furnish(&mut self, token: &str) {
        let ada =
            json!({"token": token, "username": "ada", "display_name": "Ada", "password": PASSWORD});
        let made = self
            .ask(0, Method::POST, "/setup")
            .json(&ada)
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), 201);
        self.admin = self.sign_in(0, "ada").await;
        self.token = self.admin.clone();
        let grace = json!({"username": "grace", "display_name": "Grace", "roles": ["quality_manager"], "password": PASSWORD});
        self.made("/users", &grace).await;
        self.token = self.sign_in(0, "grace").await;
        let part = self
            .made(
                "/parts",
                &json!({"number": "PN-1", "revision": "A", "name": "Flange"}),
            )
            .await;
        let place = self
            .made(
                "/work-centers",
                &json!({"code": "WC-1", "name": "Drilling"}),
            )
            .await;
        self.report = json!({"part_id": part, "work_center_id": place, "title": "Burr",
            "description": "At the edge.", "quantity_defective": "10"});
    }

    /// Makes something on the first server, and answers its id.
    pub(crate) async fn made(&self, path: &str, body: &Json) -> i64 {
        let answer = self
            .ask(0, Method::POST, path)
            .json(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201, "{path}");
        answer.json::<Json>().await.unwrap()["id"].as_i64().unwrap()
    }

    /// A request to one server, as Grace.
    pub(crate) fn ask(&self, server: usize, method: Method, path: &str) -> RequestBuilder {
        let url = self.servers[server].url(&format!("/api/v1{path}"));
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// A request to one server, as Ada.
    pub(crate) fn ask_as_admin(&self, server: usize, method: Method, path: &str) -> RequestBuilder {
        let url = self.servers[server].url(&format!("/api/v1{path}"));
        self.http.request(method, url).bearer_auth(&self.admin)
    }

    pub(crate) async fn try_sign_in(&self, server: usize, name: &str, password: &str) -> Response {
        let form = format!(
            "grant_type=password&username={name}&password={}",
            password.replace(' ', "+")
        );
        self.ask(server, Method::POST, "/auth/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn sign_in(&self, server: usize, name: &str) -> String {
        let answer = self.try_sign_in(server, name, PASSWORD).await;
        assert_eq!(answer.status(), 200);
        let session: Json = answer.json().await.unwrap();
        session["access_token"].as_str().unwrap().to_owned()
    }
}

/// The token of the set-up link, if this server has printed one.
pub(crate) fn set_up_token(printed: &[String]) -> Option<String> {
    let link = printed
        .iter()
        .find_map(|line| line.trim().split_once("/set-up?token="));
    link.map(|(_, token)| token.to_owned())
}
