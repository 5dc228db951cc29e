//! A person's keyboard and nothing else: keys go to whatever has the focus, and the focus goes by keys.

use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use serde_json::json;

use crate::driver::{Browser, told};

// As WebDriver names keys that are no characters.
pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e006}';
pub(crate) const ESCAPE: char = '\u{e00c}';
pub(crate) const SPACE: char = ' ';
const SHIFT: char = '\u{e008}';
pub(crate) const DOWN: char = '\u{e015}';

/// No page has so many places to stop at, and no list so many options.
const MOST_STEPS: usize = 500;

/// People rest before Enter; a scanner, which the floor tells from them, does not.
const REST: Duration = Duration::from_millis(150);

/// The keyboard of a browser.
pub(crate) struct Keyboard<'a> {
    pub(crate) browser: &'a Browser,
}

impl<'a> Keyboard<'a> {
    /// The keyboard; its browser has the focus of the machine from now on, as a window that is worked in has.
    pub(crate) async fn of(browser: &'a Browser) -> Self {
        let on = json!({"enabled": true});
        browser.cdp("Emulation.setFocusEmulationEnabled", &on).await;
        Self { browser }
    }

    /// Presses keys, one after the other.
    pub(crate) async fn press(&self, keys: impl IntoIterator<Item = char>) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        let pressed = self.browser.client.perform_actions(actions).await;
        told(pressed, "keys");
    }

    /// Presses Tab, backwards.
    async fn press_back(&self) {
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: SHIFT })
            .then(KeyAction::Down { value: TAB })
            .then(KeyAction::Up { value: TAB })
            .then(KeyAction::Up { value: SHIFT });
        let pressed = self.browser.client.perform_actions(actions).await;
        told(pressed, "keys");
    }

    /// Types a text.
    pub(crate) async fn write(&self, text: &str) {
        self.press(text.chars()).await;
        tokio::time::sleep(REST).await;
    }

    /// Presses Enter on what leads to another page, and waits until that is there.
    pub(crate) async fn follow(&self) {
        self.browser.about_to_leave().await;
        self.press([ENTER]).await;
        self.browser.arrived().await;
    }

    /// Goes to something by Tab: onwards, or back where it lies behind.
    pub(crate) async fn reach(&self, css: &str) {
        let is_there = format!("return document.querySelector({}) !== null", json!(css));
        self.browser.until(&is_there).await;
        let is_behind = self.browser.js(IS_BEHIND, vec![json!(css)]).await == true;
        for _ in 0..MOST_STEPS {
            if self.is_at(css).await {
                return;
            }
            if is_behind {
                self.press_back().await;
            } else {
                self.press([TAB]).await;
            }
        }
        let place = self.browser.path().await;
        panic!("{css} at {place} is not reached by Tab");
    }

    /// Whether something has the focus.
    pub(crate) async fn is_at(&self, css: &str) -> bool {
        let has_focus = "return document.activeElement.matches(arguments[0])";
        self.browser.js(has_focus, vec![json!(css)]).await == true
    }

    /// Types into a field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        self.reach(css).await;
        self.write(text).await;
    }

    /// Chooses one of a list that stands above it, by its value.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        self.reach(css).await;
        for _ in 0..MOST_STEPS {
            if self.browser.value_of(css).await == value {
                return;
            }
            self.press([DOWN]).await;
        }
        panic!("{css} has no {value} below");
    }
}

/// Whether something stands before what has the focus, or before the place that the address names.
const IS_BEHIND: &str = "
const { activeElement, body } = document;
const now = activeElement === body ? document.querySelector(':target') : activeElement;
const wanted = document.querySelector(arguments[0]);
return now !== null && (now.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;";
