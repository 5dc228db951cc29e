//! The categories of causes (6M, and whatever a plant has added to them), as the visitor reads them.

use service::code::{self, CodeQuery, CodeView};
use service::words::{CodeList, Language};
use service::{Draft, Error};

use super::forms::Choices;
use crate::web::visit::Visit;

/// The list of causes.
pub(super) struct Categories {
    all: Vec<CodeView>,
    language: Language,
}

impl Categories {
    /// Reads them, retired ones too: older causes name them.
    pub(super) async fn of(visit: &Visit) -> Result<Self, Error> {
        let query = Draft::<CodeQuery>::pairs(&[("limit".to_owned(), "200".to_owned())]);
        let list = CodeList::Cause.word();
        let page = code::list(&visit.system, &visit.actor, list, &query).await?;
        Ok(Self {
            all: page.items,
            language: visit.actor.language,
        })
    }

    /// Those that may be chosen.
    pub(super) fn choices(&self) -> Choices {
        let active = self.all.iter().filter(|code| code.is_active);
        active
            .map(|code| (code.code.clone(), self.read(code)))
            .collect()
    }

    /// How a code reads; itself, where it has no label.
    pub(super) fn label(&self, code: &str) -> String {
        self.find(code)
            .map_or_else(|| code.to_owned(), |found| self.read(found))
    }

    /// The bones of a cause-and-effect diagram: codes and labels of those without one above.
    pub(super) fn bones(&self) -> Vec<(&str, String)> {
        let bones = self.all.iter();
        bones
            .filter(|code| code.is_active && code.parent.is_none())
            .map(|code| (code.code.as_str(), self.read(code)))
            .collect()
    }

    /// The one at the root above a code.
    pub(super) fn root<'a>(&'a self, code: &'a str) -> &'a str {
        let mut root = code;
        // A list is no deeper than it is long.
        for _ in &self.all {
            let above = self.find(root).and_then(|found| found.parent.as_deref());
            match above {
                Some(above) => root = above,
                None => break,
            }
        }
        root
    }

    fn find(&self, code: &str) -> Option<&CodeView> {
        self.all.iter().find(|known| known.code == code)
    }

    fn read(&self, code: &CodeView) -> String {
        let mut languages = std::iter::once(self.language).chain(Language::ALL.iter().copied());
        let label = languages.find_map(|language| code.labels.of(language));
        label.unwrap_or(&code.code).to_owned()
    }
}
