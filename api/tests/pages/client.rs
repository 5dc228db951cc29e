//! A browser without eyes: it keeps cookies, follows no redirection by itself, and sends forms as they are.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::body::to_bytes_limited;
use actix_web::dev::Service;
use actix_web::http::header;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use actix_web::{HttpResponse, http::Method};
use api::app::app;
use api::state::{State, StateOptions};
use futures_util::future::LocalBoxFuture;
use service::System;
use service::role::Role;
use testkit::{Fixture, PASSWORD, TestDatabase, TestSystem};

/// A server, for browsers.
pub(crate) struct Site {
    pub(crate) system: TestSystem,
    call: Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Shown>>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

/// One person's browser.
pub(crate) struct Browser<'a> {
    site: &'a Site,
    cookies: RefCell<Vec<(String, String)>>,
}

impl Fixture for Site {
    async fn on(database: TestDatabase) -> Self {
        let system = TestSystem::on(database).await;
        let state = Data::new(State::new(System::clone(&system), StateOptions::default()));
        let service = Rc::new(init_service(app(state)).await);
        let call = move |request: TestRequest| -> LocalBoxFuture<'static, Shown> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = match service.call(request.to_request()).await {
                    Ok(response) => response.into_parts().1.map_into_boxed_body(),
                    Err(error) => error.error_response(),
                };
                Shown::of(response).await
            })
        };
        Self {
            system,
            call: Box::new(call),
        }
    }
}

impl Site {
    /// A browser that nobody has signed in with.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            site: self,
            cookies: RefCell::default(),
        }
    }

    /// The browser of a new user of a role.
    pub(crate) async fn sign_in(&self, role: Role) -> Browser<'_> {
        let user = self.system.user(role).await;
        let browser = self.browser();
        browser.sign_in(&user.name).await;
        browser
    }
}

impl Browser<'_> {
    /// Signs in by the page.
    pub(crate) async fn sign_in(&self, username: &str) {
        let form = [("username", username), ("password", PASSWORD)];
        let answer = self.submit("/sign-in", "/sign-in", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
    }

    pub(crate) async fn get(&self, path: &str) -> Shown {
        self.send(Method::GET, path, None).await
    }

    /// Opens `page`, and sends a form from there to `action` with the proof that stands in it.
    pub(crate) async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Shown {
        let shown = self.get(page).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
        let proof = shown.hidden("_proof");
        let mut all = vec![("_proof", proof.as_str())];
        all.extend(fields);
        self.post(action, &all).await
    }

    /// Sends a form as it is.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send(Method::POST, path, Some(form.finish())).await
    }

    /// The same, where the browser says from which site.
    pub(crate) async fn post_from(&self, site: &str, path: &str, fields: &[(&str, &str)]) -> Shown {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let request = TestRequest::with_uri(path)
            .method(Method::POST)
            .insert_header((header::ACCEPT, "text/html,*/*;q=0.8"))
            .insert_header(("sec-fetch-site", site));
        self.deliver(with_form(request, form.finish())).await
    }

    /// Opens `page`, and sends a form with a file from there to `action`; the proof of the page comes last, so that
    /// another among the fields is the one that counts.
    pub(crate) async fn upload(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
        (name, content): (&str, &[u8]),
    ) -> Shown {
        let proof = self.get(page).await.hidden("_proof");
        let mut all = fields.to_vec();
        all.push(("_proof", proof.as_str()));
        self.post_file(action, &all, (name, content)).await
    }

    /// Sends a form with a file, behind the fields, as they stand in a page.
    pub(crate) async fn post_file(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (name, content): (&str, &[u8]),
    ) -> Shown {
        const EDGE: &str = "--frontier\r\nContent-Disposition: form-data; name=";
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend(format!("{EDGE}\"{field}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        body.extend(format!("{EDGE}\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--frontier--\r\n");
        let request = TestRequest::with_uri(path)
            .method(Method::POST)
            .insert_header((header::ACCEPT, "text/html,*/*;q=0.8"))
            .insert_header((
                header::CONTENT_TYPE,
                "multipart/form-data; boundary=frontier",
            ))
            .set_payload(body);
        self.deliver(request).await
    }

    /// A cookie that the browser has.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.borrow();
        let found = cookies.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// Forgets its cookies.
    pub(crate) fn forget(&self) {
        self.cookies.borrow_mut().clear();
    }

    /// Asks as a page's script does, which reads JSON; with fields, it sends them.
    pub(crate) async fn script(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let mut request = TestRequest::with_uri(path);
        if !fields.is_empty() {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields);
            request = request.method(Method::POST);
            request = with_form(request, form.finish());
        }
        self.deliver(request.insert_header((header::ACCEPT, "application/json")))
            .await
    }

    async fn send(&self, method: Method, path: &str, form: Option<String>) -> Shown {
        let mut request = TestRequest::with_uri(path)
            .method(method)
            .insert_header((header::ACCEPT, "text/html,*/*;q=0.8"));
        if let Some(form) = form {
            request = with_form(request, form);
        }
        self.deliver(request).await
    }

    /// Sends a request with the cookies that the browser has, and keeps those that it gets.
    pub(crate) async fn deliver(&self, mut request: TestRequest) -> Shown {
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.insert_header((header::COOKIE, cookies.join("; ")));
        }
        let shown = (self.site.call)(request).await;
        for set in shown.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            cookies.retain(|(known, _)| known != name);
            if !set.contains("Max-Age=0") {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        shown
    }
}

fn with_form(request: TestRequest, form: String) -> TestRequest {
    request
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(form)
}

impl Shown {
    async fn of(response: HttpResponse) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = to_bytes_limited(response.into_body(), 16 << 20).await;
        let body = body
            .unwrap()
            .unwrap_or_else(|_| panic!("the body breaks off"));
        Self {
            status,
            headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start);
        let rest = rest
            .unwrap_or_else(|| panic!("no {name} in {}", self.text))
            .1;
        rest.split('"').next().unwrap().to_owned()
    }

    /// What a script reads.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Where a redirection leads.
    pub(crate) fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION);
        location.map_or("", |value| value.to_str().unwrap())
    }

    /// Whether the page says that.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}
