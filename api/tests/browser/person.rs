//! Somebody at the API: for what a test needs to be there before pages are looked at, and for what they have done.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value as Json, json};

/// Somebody who has signed in.
pub(crate) struct Person {
    http: Client,
    base: String,
    token: String,
}

impl Person {
    /// Signs in at the server at `site`.
    pub(crate) async fn sign_in(site: &str, name: &str, password: &str) -> Self {
        // The client asks with what TLS would be spoken even where it never speaks it; from the second time on it is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let patience = Duration::from_secs(60);
        let http = Client::builder().timeout(patience).build().unwrap();
        let mut person = Self {
            http,
            base: format!("{site}/api/v1"),
            token: String::new(),
        };
        let form = format!("grant_type=password&username={name}&password={password}");
        let asked = person.ask(Method::POST, "/auth/token");
        let kind = "application/x-www-form-urlencoded";
        let session = answered(asked.header("Content-Type", kind).body(form)).await;
        person.token = session["access_token"].as_str().unwrap().to_owned();
        person
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let asked = self.http.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() {
            asked
        } else {
            asked.bearer_auth(&self.token)
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Json {
        answered(self.ask(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Json) -> Json {
        answered(self.ask(Method::POST, path).json(body)).await
    }

    /// Adds something, and answers its id.
    pub(crate) async fn add(&self, path: &str, body: &Json) -> i64 {
        id_of(&self.post(path, body).await)
    }

    /// Changes something, whatever its version.
    pub(crate) async fn change(&self, path: &str, body: &Json) -> Json {
        let asked = self.ask(Method::PATCH, path).header("If-Match", "*");
        answered(asked.json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Json) -> Json {
        answered(self.ask(Method::PUT, path).json(body)).await
    }

    /// Takes an action on a defect or a request.
    pub(crate) async fn act(&self, record: &str, action: &str) {
        let path = format!("{record}/transitions");
        self.post(&path, &json!({"action": action})).await;
    }

    /// Attaches a file, and answers its id.
    pub(crate) async fn attach(&self, path: &str, name: &str, content: &[u8]) -> i64 {
        let head = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), content, b"\r\n--frontier--\r\n"].concat();
        let kind = "multipart/form-data; boundary=frontier";
        let asked = self.ask(Method::POST, path).header("Content-Type", kind);
        id_of(&answered(asked.body(body)).await)
    }

    /// Answers a request behind a supplier's link, for which nobody signs in.
    pub(crate) async fn answer_by_link(&self, token: &str, body: &Json) {
        let address = format!("{}/supplier/{token}", self.base);
        let asked = self.http.patch(address).header("If-Match", "*");
        answered(asked.json(body)).await;
    }

    /// The first of a list.
    pub(crate) async fn first(&self, path: &str) -> Json {
        let listed = self.get(path).await;
        listed["items"][0].clone()
    }
}

/// The id of something that was answered.
pub(crate) fn id_of(item: &Json) -> i64 {
    item["id"].as_i64().unwrap()
}

/// What is answered to a request that has to be done.
async fn answered(asked: RequestBuilder) -> Json {
    let (http, request) = asked.build_split();
    let request = request.unwrap();
    let what = format!("{} {}", request.method(), request.url());
    let answer = http.execute(request).await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{what}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}
