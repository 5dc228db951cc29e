//! A browser of somebody who has signed in by the page.

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// Somebody's browser, which keeps its connection.
pub(super) struct Visitor {
    http: Client,
    root: String,
    cookie: String,
}

/// A page that came.
pub(super) struct Came {
    /// Until its first byte was there.
    pub(super) after: Duration,
    /// As it was sent.
    pub(super) bytes: usize,
}

impl Visitor {
    /// Signs in at the server at `root`; the password is `<name>-demo`.
    pub(super) async fn sign_in(root: &str, name: &str) -> Result<Self, Failure> {
        let http = Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .build()?;
        let address = format!("{root}/sign-in");
        let asked = http.get(&address).header(ACCEPT, HTML).send().await?;
        let bound = cookie(&asked, "dmt_form")?;
        let page = asked.text().await?;
        let proof = proof_in(&page).ok_or("the page that asks to sign in has no proof")?;
        let form = format!("_proof={proof}&username={name}&password={name}-demo");
        let answer = http
            .post(&address)
            .header(ACCEPT, HTML)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, bound)
            .body(form)
            .send()
            .await?;
        Ok(Self {
            cookie: cookie(&answer, "dmt_session")?,
            http,
            root: root.to_owned(),
        })
    }

    /// Asks for a page, and reads all of it.
    pub(super) async fn ask(&self, path: &str) -> Result<Came, Failure> {
        let request = self
            .http
            .get(format!("{}{path}", self.root))
            .header(ACCEPT, HTML)
            .header(ACCEPT_ENCODING, "gzip, deflate, br")
            .header(COOKIE, &self.cookie);
        let began = Instant::now();
        let answer = request.send().await?;
        let after = began.elapsed();
        let status = answer.status();
        let bytes = answer.bytes().await?.len();
        if status.as_u16() != 200 {
            return Err(format!("{path} is answered with {status}").into());
        }
        Ok(Came { after, bytes })
    }
}

/// The proof of a page's form.
fn proof_in(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("name=\"_proof\" value=\"")?;
    rest.split('"').next()
}

/// A cookie that was set, as it is sent back.
fn cookie(answer: &Response, name: &str) -> Result<String, Failure> {
    let set = answer.headers().get_all(SET_COOKIE).iter();
    let mut pairs = set.filter_map(|value| value.to_str().ok()?.split(';').next());
    let found = pairs.find(|pair| pair.split_once('=').is_some_and(|(known, _)| known == name));
    let status = answer.status();
    let found = found.ok_or_else(|| format!("no cookie {name} is set: {status}"))?;
    Ok(found.to_owned())
}
