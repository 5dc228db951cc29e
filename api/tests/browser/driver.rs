//! What a person does with a browser and sees in it, and what only the machine knows, such as its console.
//!
//! What is waited for is waited for at most [`PATIENCE`]; what does not come is a panic that says where the browser was.
//! What WebDriver lacks (screens, networks, colour schemes, paper) goes through Chromium's own protocol, which chromedriver
//! passes on.

use std::cell::Cell;
use std::path::Path;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use hyper::Method;
use serde_json::{Value as Json, json};
use url::{ParseError, Url};

use crate::chromium::{Chromium, DESK, PATIENCE, STEP, Size};

/// How many dots of a screen CSS counts to the inch.
const DOTS_PER_INCH: f64 = 96.0;

/// One person's browser.
pub(crate) struct Browser {
    pub(crate) client: Client,
    site: String,
    actions: Cell<u32>,
}

impl Browser {
    /// A browser that knows nobody, for the pages of the server at `site`.
    pub(crate) async fn begin(chromium: &Chromium, site: &str, size: Size) -> Self {
        let browser = Self {
            client: chromium.begin(size).await,
            site: site.to_owned(),
            actions: Cell::new(0),
        };
        browser.screen(size, false).await;
        browser
    }

    /// Opens an address of the site.
    pub(crate) async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.site);
        told(self.client.goto(&address).await, path);
    }

    /// Signs in by the page.
    pub(crate) async fn sign_in(&self, name: &str, password: &str) {
        self.open("/sign-in").await;
        self.fill("#username", name).await;
        self.fill("#password", password).await;
        self.press("main form button").await;
        assert_ne!(self.path().await, "/sign-in", "{name} was not let in");
    }

    /// Clicks, as soon as that can be done.
    pub(crate) async fn click(&self, css: &str) {
        self.act();
        let began = Instant::now();
        loop {
            match self.element(css).await.click().await {
                Ok(()) => return,
                // It was just replaced, or something lies over it for a moment.
                Err(_) if began.elapsed() < PATIENCE => tokio::time::sleep(STEP).await,
                Err(error) => panic!("{css} cannot be clicked: {error}"),
            }
        }
    }

    /// Clicks what leads to another page, and waits until that is there.
    pub(crate) async fn press(&self, css: &str) {
        self.about_to_leave().await;
        self.click(css).await;
        self.arrived().await;
    }

    /// Marks the page, so that the one that follows is told from it.
    pub(crate) async fn about_to_leave(&self) {
        self.js("window.isLeft = true", Vec::new()).await;
    }

    /// Waits until the page that follows is there.
    pub(crate) async fn arrived(&self) {
        let is_there = "return !window.isLeft && document.readyState === 'complete'";
        self.until(is_there).await;
    }

    /// Chooses the language of whoever is signed in.
    pub(crate) async fn speak(&self, language: &str) {
        self.open("/me").await;
        self.choose("#locale", language).await;
        self.press("form[action='/me/language'] button").await;
    }

    /// Types into a field in place of what it says.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        self.act();
        let field = self.element(css).await;
        told(field.clear().await, css);
        told(field.send_keys(text).await, css);
    }

    /// Chooses one of a list, by its value.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        self.act();
        let list = self.element(css).await;
        told(list.select_by_value(value).await, css);
    }

    /// Chooses a file of this machine.
    pub(crate) async fn attach(&self, css: &str, file: &Path) {
        self.act();
        let field = self.element(css).await;
        told(field.send_keys(&file.to_string_lossy()).await, css);
    }

    /// How often something was clicked, typed or chosen.
    pub(crate) fn actions(&self) -> u32 {
        self.actions.get()
    }

    fn act(&self) {
        self.actions.set(self.actions.get() + 1);
    }

    /// What can be read of an element.
    pub(crate) async fn text_of(&self, css: &str) -> String {
        told(self.element(css).await.text().await, css)
    }

    /// What a field holds.
    pub(crate) async fn value_of(&self, css: &str) -> String {
        let held = self.element(css).await.prop("value").await;
        told(held, css).unwrap_or_default()
    }

    /// Whether there is such an element now.
    pub(crate) async fn has(&self, css: &str) -> bool {
        let found = self.client.find_all(Locator::Css(css)).await;
        !told(found, css).is_empty()
    }

    /// The first element of a selector, once it is there.
    async fn element(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(STEP);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => {
                let place = self.path().await;
                panic!("{css} at {place}: {error}")
            }
        }
    }

    /// The path of the page.
    pub(crate) async fn path(&self) -> String {
        let address = told(self.client.current_url().await, "the address");
        address.path().to_owned()
    }

    /// The status under which the page was answered.
    pub(crate) async fn status(&self) -> u64 {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = self.js(script, Vec::new()).await;
        status.as_u64().unwrap_or_default()
    }

    /// Runs a script, the body of a function; the policy of the page does not bind it.
    pub(crate) async fn js(&self, script: &str, arguments: Vec<Json>) -> Json {
        told(self.client.execute(script, arguments).await, script)
    }

    /// Runs a script that calls `done` with what it finds.
    pub(crate) async fn later(&self, script: &str) -> Json {
        let script = format!("const done = arguments[arguments.length - 1];\n{script}");
        let found = self.client.execute_async(&script, Vec::new()).await;
        told(found, &script)
    }

    /// Waits until a script returns true; what breaks off while one page follows another is asked again.
    pub(crate) async fn until(&self, script: &str) {
        let began = Instant::now();
        loop {
            let said = self.client.execute(script, Vec::new()).await;
            if matches!(said, Ok(Json::Bool(true))) {
                return;
            }
            if began.elapsed() > PATIENCE {
                let place = self.path().await;
                panic!("{script} at {place}: {said:?}");
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// The errors that the console has told of since it was last asked.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let all = self.extra("se/log", json!({"type": "browser"})).await;
        let entries = all.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }

    /// Another screen; a phone's has finer points.
    pub(crate) async fn screen(&self, size: Size, is_phone: bool) {
        let scale = if is_phone { 2.0 } else { 1.0 };
        self.metrics(size, scale, is_phone).await;
    }

    /// A screen on a desk with as many dots to the inch as a printer has.
    pub(crate) async fn dots(&self, per_inch: f64) {
        self.metrics(DESK, per_inch / DOTS_PER_INCH, false).await;
    }

    async fn metrics(&self, (width, height): Size, scale: f64, is_phone: bool) {
        let screen = json!({
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", &screen)
            .await;
    }

    /// Another colour scheme: `light` or `dark`.
    pub(crate) async fn colours(&self, scheme: &str) {
        let wanted = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.cdp("Emulation.setEmulatedMedia", &wanted).await;
    }

    /// A picture of what an element shows, as PNG.
    pub(crate) async fn picture_of(&self, css: &str) -> Vec<u8> {
        told(self.element(css).await.screenshot().await, css)
    }

    /// The page as it is printed on the paper that its style names, as PDF.
    pub(crate) async fn print(&self) -> Vec<u8> {
        let how = json!({"preferCSSPageSize": true});
        let printed = self.cdp("Page.printToPDF", &how).await;
        let printed = STANDARD.decode(printed["data"].as_str().unwrap_or_default());
        printed.unwrap_or_else(|error| panic!("what was printed is no PDF: {error}"))
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn cdp(&self, command: &str, parameters: &Json) -> Json {
        let body = json!({"cmd": command, "params": parameters});
        self.extra("goog/cdp/execute", body).await
    }

    async fn extra(&self, place: &'static str, body: Json) -> Json {
        told(self.client.issue_cmd(Extra { place, body }).await, place)
    }

    /// Ends the browser before its driver does.
    pub(crate) async fn leave(self) {
        let _ = self.client.close().await;
    }
}

/// What was answered; where nothing was, what was wanted and why it is not there.
pub(crate) fn told<T>(answer: Result<T, CmdError>, wanted: &str) -> T {
    answer.unwrap_or_else(|error| panic!("{wanted}: {error}"))
}

/// What chromedriver takes beside the commands of WebDriver.
#[derive(Debug)]
struct Extra {
    place: &'static str,
    body: Json,
}

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/{}", self.place))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
