//! The small page that asks why something is taken back for good: an entry reversed, a note redacted, an attachment made
//! void. Whoever may not do that is refused before he is asked.

use actix_web::http::StatusCode;
use askama::Template;
use service::Error;

use super::{refused, section};
use crate::answer::Reply;
use crate::web::page::{Page, show, show_as};
use crate::web::typed::Typed;
use crate::web::visit::Posted;

#[derive(Template)]
#[template(path = "record/reason.html")]
pub(super) struct ReasonPage {
    page: Page,
    /// What is about to be done; the button says it too.
    title: String,
    /// To what.
    what: String,
    /// What it means.
    hint: String,
    /// The way back, to the record.
    back: String,
    form: Typed,
}

impl ReasonPage {
    /// Asks for the reason; `place` is the record and the name of the noun on its page.
    pub(super) fn new(
        page: Page,
        (id, noun): (i64, &str),
        what: String,
        (title, hint): (String, String),
    ) -> Self {
        Self {
            page,
            title,
            what,
            hint,
            back: section(id, noun),
            form: Typed::default(),
        }
    }

    /// The page as it is first shown.
    pub(super) fn asked(&self) -> Reply {
        show(self)
    }

    /// The page again, with what was refused.
    pub(super) fn again(mut self, sent: &Posted, error: Error) -> Reply {
        if matches!(error, Error::Forbidden { .. }) {
            return Err(error.into());
        }
        self.form = refused(sent.typed.clone(), error)?;
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &self)
    }
}
