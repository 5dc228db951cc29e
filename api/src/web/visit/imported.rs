//! A form with a file (`multipart/form-data`), read into memory as other forms are. What was sent after the session had
//! ended is not kept; the file is chosen again.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service::Error;
use service::idempotency::Idempotency;

use super::Visit;
use super::own::Own;
use crate::extract::{SentFile, read_form};
use crate::problem::Problem;
use crate::web::session;
use crate::web::typed::Typed;

/// A form with a file that is to be imported.
pub(crate) struct ImportFile {
    /// What was typed, without the fields that are ours (they begin with `_`).
    pub(crate) typed: Typed,
    /// The file, where one was chosen.
    pub(crate) file: Option<SentFile>,
    own: Own,
    visit: Visit,
}

impl Deref for ImportFile {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl ImportFile {
    /// One of the fields that are ours.
    pub(crate) fn own(&self, name: &str) -> Option<&str> {
        self.own.value(name)
    }

    /// The Idempotency-Key of the form, together with all that tells this request from another: `content` is the file's.
    pub(crate) fn key(&self, content: &[u8]) -> Result<Option<Idempotency>, Error> {
        let typed = serde_json::to_vec(self.typed.pairs()).map_err(Error::internal)?;
        self.own.key(&self.visit, &[&typed, content])
    }
}

impl FromRequest for ImportFile {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let visit = Visit::of(request.clone()).await?;
            let sent = read_form(&request, payload).await?;
            let (typed, own) = Own::apart(sent.fields);
            session::check(&request, Some(&visit.secret), own.proof())?;
            Ok(Self {
                typed,
                file: sent.file,
                own,
                visit,
            })
        })
    }
}
