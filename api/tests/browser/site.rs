//! A plant to look at: `dmt serve --demo` as a process of its own on a test's database, and browsers for its people.

use std::future::Future;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Once;

use serde_json::json;
use tempfile::TempDir;
use testkit::{Engine, Fixture, TestDatabase};

use crate::chromium::{self, Chromium, DESK};
use crate::driver::Browser;
use crate::person::{Person, id_of};
use crate::process::{Server, start};

/// The people of the demo, each with the role of his name; the password is `<name>-demo`.
pub(crate) const PEOPLE: [&str; 7] = [
    "admin",
    "inspector",
    "operator",
    "engineer",
    "quality",
    "manager",
    "viewer",
];

/// Who has all roles, and so sees every page.
const EVERYBODY: &str = "everybody";

/// A server with demo data, and the browsers of whoever looks at it.
pub(crate) struct Site {
    chromium: Chromium,
    server: Server,
    folder: TempDir,
    url: String,
}

impl Fixture for Site {
    async fn on(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database.url.expose();
        let (server, _) = start(folder.path(), "server", &settings(&url), &["--demo"]).listening();
        Self {
            chromium: Chromium::start().await,
            server,
            folder,
            url,
        }
    }
}

/// Few connections, and nobody outside is told of anything: what is to be sent waits, to be looked at.
fn settings(url: &str) -> [(&str, &str); 4] {
    [
        ("DATABASE_URL", url),
        ("DMT_DB_MAX_CONNECTIONS", "5"),
        ("DMT_DB_WAIT_SECS", "60"),
        ("DMT_NOTIFY", "off"),
    ]
}

impl Site {
    /// A path of the server, as the world knows it.
    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// A browser that nobody has signed in with.
    pub(crate) async fn browser(&self) -> Browser {
        Browser::begin(&self.chromium, &self.url(""), DESK).await
    }

    /// The browser of one of the demo's people.
    pub(crate) async fn sign_in(&self, name: &str) -> Browser {
        let browser = self.browser().await;
        browser.sign_in(name, &password(name)).await;
        browser
    }

    /// The browser of somebody with all roles.
    pub(crate) async fn everybody(&self) -> Browser {
        let roles = [
            "admin",
            "inspector",
            "operator",
            "tech_engineer",
            "quality_engineer",
            "quality_manager",
            "viewer",
        ];
        let new = json!({"username": EVERYBODY, "display_name": "Everybody", "roles": roles,
            "password": password(EVERYBODY)});
        self.person("admin").await.add("/users", &new).await;
        self.sign_in(EVERYBODY).await
    }

    /// One of the demo's people at the API.
    pub(crate) async fn person(&self, name: &str) -> Person {
        Person::sign_in(&self.url(""), name, &password(name)).await
    }

    /// Reports a defect, and answers its id.
    pub(crate) async fn report(&self, title: &str) -> i64 {
        let inspector = self.person("inspector").await;
        let part = id_of(&inspector.first("/parts?limit=1").await);
        let center = id_of(&inspector.first("/work-centers?limit=1").await);
        let report = json!({"part_id": part, "work_center_id": center, "title": title,
            "description": "At the edge.", "quantity_defective": "10"});
        inspector.add("/defects", &report).await
    }

    /// How many records have that title.
    pub(crate) async fn count(&self, title: &str) -> usize {
        let viewer = self.person("viewer").await;
        // The latest report comes first.
        let latest = viewer.get("/defects?limit=50").await;
        let items = latest["items"].as_array().unwrap();
        items.iter().filter(|item| item["title"] == title).count()
    }

    /// Puts a file where a browser can choose it.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    /// Another server, which nobody has set up.
    pub(crate) fn bare(&self) -> Bare {
        let settings = [("DATABASE_URL", "sqlite:bare.db"), ("DMT_NOTIFY", "off")];
        let (server, _) = start(self.folder.path(), "bare", &settings, &[]).listening();
        Bare(server)
    }

    /// Takes the server away, at once.
    pub(crate) fn stop(&mut self) {
        self.server.child.kill().unwrap();
        self.server.child.wait().unwrap();
    }

    /// Brings it back under the same address.
    pub(crate) fn start_again(&mut self) {
        let address = self.server.address.to_string();
        let more = [("DMT_BIND", address.as_str())];
        let settings = [settings(&self.url).as_slice(), &more].concat();
        self.server = start(self.folder.path(), "server", &settings, &[])
            .listening()
            .0;
    }
}

/// A server that nobody has set up.
pub(crate) struct Bare(Server);

impl Bare {
    /// A browser that looks at it.
    pub(crate) async fn browser(&self, site: &Site) -> Browser {
        Browser::begin(&site.chromium, &self.0.url(""), DESK).await
    }
}

fn password(name: &str) -> String {
    format!("{name}-demo")
}

static SAID: Once = Once::new();

/// Runs a test on a database; where there is no browser it is skipped, loudly, unless everything is asked for.
pub(crate) fn run<F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(Site) -> F) {
    let Some(reason) = chromium::missing() else {
        return testkit::run(engine, test);
    };
    let wanted = std::env::var("DMT_TEST_DATABASES").unwrap_or_default();
    let must = wanted.split(',').any(|word| word.trim() == "all");
    assert!(!must, "{reason}");
    SAID.call_once(|| {
        // Not eprintln!, which the test harness swallows when a test passes.
        let said = format!("\nTESTS IN A BROWSER ARE SKIPPED: {reason}\n\n");
        let _ = std::io::stderr().write_all(said.as_bytes());
    });
}
