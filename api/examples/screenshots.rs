//! Pictures of the main pages into `docs/screenshots/`: what `just screenshots` runs.
//!
//! They are taken of `dmt serve --demo` on a database of its own, in Chromium (`scripts/browser.sh`): light and dark, in
//! three languages, the floor as it is on a phone. The program is the one beside this, or the one that `DMT_BIN` names.
//! What is missing is told in a sentence; what a page or the browser does not do ends it as it ends a test.

#[expect(
    clippy::unwrap_used,
    reason = "shared with the tests in a browser, where what fails has to be seen"
)]
#[path = "../tests/browser/chromium.rs"]
mod chromium;
#[expect(
    dead_code,
    reason = "shared with the tests in a browser, which use more of it"
)]
#[path = "../tests/browser/driver.rs"]
mod driver;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use chromium::{Chromium, DESK, PHONE};
use driver::{Browser, told};
use tempfile::TempDir;

/// Language, colour scheme, and how the names of such pictures end.
const LOOKS: [(&str, &str, &str); 4] = [
    ("en", "light", ""),
    ("en", "dark", "-dark"),
    ("es", "light", "-es"),
    ("zh", "light", "-zh"),
];

/// What pages on a desk are called, and where they are; the record is the first of a list.
const PAGES: [(&str, &str); 4] = [
    ("home", "/"),
    ("list", "/defects"),
    ("reports", "/reports"),
    ("board", "/board"),
];

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(take_all()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("screenshots: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Takes all pictures, or says in a sentence why they cannot be taken.
async fn take_all() -> Result<(), String> {
    if let Some(reason) = chromium::missing() {
        return Err(reason);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let server = Server::start()?;
    let chromium = Chromium::start().await;
    let browser = Browser::begin(&chromium, &server.address, DESK).await;
    browser.sign_in("manager", "manager-demo").await;
    for (language, scheme, end) in LOOKS {
        browser.speak(language).await;
        browser.colours(scheme).await;
        for (name, path) in PAGES {
            browser.open(path).await;
            take(&browser, &folder.join(format!("{name}{end}.png"))).await?;
        }
        browser.open("/defects?status=execution").await;
        browser.press("table.list tbody th a").await;
        take(&browser, &folder.join(format!("record{end}.png"))).await?;
        browser.screen(PHONE, true).await;
        browser.open("/floor?part=PN-120").await;
        browser.click("#tiles .tile").await;
        take(&browser, &folder.join(format!("floor{end}.png"))).await?;
        browser.screen(DESK, false).await;
    }
    browser.leave().await;
    Ok(())
}

/// Takes a picture of what is seen, from the top.
async fn take(browser: &Browser, file: &Path) -> Result<(), String> {
    let is_whole = "window.scrollTo(0, 0);
        return [...document.images].every((picture) => picture.complete || picture.loading === 'lazy');";
    browser.until(is_whole).await;
    let picture = told(browser.client.screenshot().await, "a picture");
    std::fs::write(file, picture)
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}

/// A server with demo data.
struct Server {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Result<Self, String> {
        let program = program()?;
        let folder = tempfile::tempdir()
            .map_err(|error| format!("there is no folder for the demo: {error}"))?;
        let child = Command::new(&program)
            .current_dir(folder.path())
            .env_remove("RUST_LOG")
            .env("DATABASE_URL", "sqlite:dmt.db")
            .env("DMT_BIND", "127.0.0.1:0")
            .args(["serve", "--demo"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let mut server = Self {
            child,
            address: String::new(),
            _folder: folder,
        };
        let log = server.child.stderr.take().ok_or("dmt has no log")?;
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        let mut last = "it said nothing".to_owned();
        let address = lines.find_map(|line| {
            let address = address_in(&line);
            last = line;
            address
        });
        let silent = || format!("dmt ended before it said where it listens: {last}");
        server.address = address.ok_or_else(silent)?;
        // Nobody reads on, but the server must not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }
}

/// `dmt`, which lies one folder above the examples.
fn program() -> Result<PathBuf, String> {
    let program = match std::env::var_os("DMT_BIN") {
        Some(named) => PathBuf::from(named),
        None => {
            let this = std::env::current_exe();
            let this = this.map_err(|error| format!("there is no way to dmt: {error}"))?;
            this.with_file_name("../dmt")
        }
    };
    program.canonicalize().map_err(|error| {
        let place = program.display();
        format!("there is no dmt at {place} ({error}): run `cargo build`, or set DMT_BIN")
    })
}

/// Where the server says that it listens.
fn address_in(line: &str) -> Option<String> {
    let (_, place) = line.split_once("listening on ")?;
    place.split_whitespace().next().map(str::to_owned)
}
