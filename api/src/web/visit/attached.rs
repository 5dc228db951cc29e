//! A form with a file that is to be attached (`multipart/form-data`), as a browser sends it: the proof that it is one of ours
//! and the key that makes it safe to repeat come first, as they stand in the page, and then the file, of which nothing is
//! read before the proof was found to be right. The file goes into one of the server's as it comes.

use std::ops::Deref;

use actix_multipart::Field;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service::defects::attachments::Incoming;
use service::idempotency::Idempotency;

use super::Visit;
use super::own::{KEY, Own};
use crate::deadline;
use crate::extract::{self, Form, is_file, one_file};
use crate::problem::Problem;
use crate::web::session;

/// A form with a file that is to be attached, which has not been read.
pub(crate) struct AttachedFile {
    own: Own,
    form: Form,
    file: Option<Field>,
    visit: Visit,
}

impl Deref for AttachedFile {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl AttachedFile {
    async fn of(request: HttpRequest, mut payload: Payload) -> Result<Self, Problem> {
        let state = extract::state(&request)?;
        let signed_in = Visit::of(request.clone());
        let visit = deadline::within(&state, false, signed_in).await??;
        Form::expect(&request)?;
        let mut form = Form::of(&request, &mut payload)?;
        let (mut fields, mut file) = (Vec::<(String, String)>::new(), None);
        while let Some(part) = form.part().await? {
            if is_file(&part) {
                file = Some(part);
                break;
            }
            let name = part.name().unwrap_or_default().to_owned();
            let is_ours = [session::PROOF, KEY].contains(&name.as_str());
            // Once each: what comes before the proof must not grow.
            if !is_ours || fields.iter().any(|(known, _)| *known == name) {
                return Err(one_file().into());
            }
            fields.push((name, form.text(part).await?));
        }
        let (_, own) = Own::apart(fields);
        session::check(&request, Some(&visit.secret), own.proof())?;
        Ok(Self {
            own,
            form,
            file,
            visit,
        })
    }

    /// Whether it may have been done before.
    pub(crate) fn has_key(&self) -> bool {
        self.own.has_key()
    }

    /// Receives the file.
    pub(crate) async fn receive(&mut self) -> Result<(Incoming, Option<Idempotency>), Problem> {
        let file = self.file.take().ok_or_else(one_file)?;
        let incoming = self.form.file(file).await?;
        if self.form.part().await?.is_some() {
            return Err(one_file().into());
        }
        let told = [incoming.arrived.sha256.as_bytes(), incoming.name.as_bytes()];
        let key = self.own.key(&self.visit, &told)?;
        Ok((incoming, key))
    }
}

impl FromRequest for AttachedFile {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone(), payload.take()))
    }
}
