//! Whoever translates for the server: a service behind HTTP, which `api::outgoing` knows.

use futures_util::future::BoxFuture;

use crate::outbox::Trouble;
use crate::words::Language;

/// A service that translates.
pub trait Translator: Send + Sync {
    /// What it is called, as translations name it: at most 30 characters.
    fn name(&self) -> &'static str;

    /// How much it takes at once.
    fn limits(&self) -> Limits;

    /// Translates texts: as many as it was given, in their order.
    fn translate(
        &self,
        batch: Batch,
    ) -> BoxFuture<'static, std::result::Result<Vec<String>, Trouble>>;
}

/// Texts to translate in one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The language that they are in.
    pub from: Language,
    /// The language that they are to be in.
    pub to: Language,
    /// The texts, none of them blank.
    pub texts: Vec<String>,
}

/// How much a service takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a text; at least one.
    pub text: usize,
    /// Characters of a request; at least as many.
    pub request: usize,
    /// Texts of a request; at least one.
    pub texts: usize,
}
