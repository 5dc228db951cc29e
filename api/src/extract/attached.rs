//! A file that is to be attached, as a form sends it (`multipart/form-data`, RFC 7578): one part with the name `file`,
//! which goes into a file of the server as it comes.

use std::path::PathBuf;
use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use service::actor::Actor;
use service::archive::Upload;
use service::defects::attachments::Incoming;
use service::idempotency::Idempotency;
use service::{Error, FieldError, System};

use super::body::{PATIENCE, broken, expect_plain, refuse_declared, too_large, too_slow};
use super::key::{IDEMPOTENCY_KEY, idempotency};
use super::upload::{PIECE, aside};
use super::{Call, expect_media_type, state, stray};
use crate::deadline;
use crate::problem::Problem;

/// What a form is declared as.
const FORM: &[&str] = &["multipart/form-data"];

/// The part with the file.
const PART: &str = "file";

/// What a form has besides its file: the lines between its parts, and what little else a page's form says.
const FRAME: u64 = 64 << 10;

/// So much a part says that is no file.
const SMALL: usize = 1 << 10;

/// A signed-in request with a form, none of which has been read.
pub struct Attached {
    call: Call,
    payload: Payload,
}

impl std::ops::Deref for Attached {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl FromRequest for Attached {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = state(&request)?;
            let call = deadline::within(&state, false, Call::of(request)).await??;
            Self::begun(call, payload)
        })
    }
}

impl Attached {
    /// A form that a page's script sends for a visitor who was signed in by his cookie.
    pub fn of_page(
        system: System,
        actor: Actor,
        request: HttpRequest,
        payload: Payload,
    ) -> Result<Self, Problem> {
        Self::begun(Call::of_page(system, actor, request)?, payload)
    }

    /// Refuses what is wrong before anything of the form is read.
    fn begun(call: Call, payload: Payload) -> Result<Self, Problem> {
        Form::expect(&call.request)?;
        let mut wrong = stray(&call.request)?;
        if let Err(Error::Invalid(key)) = idempotency(&call.request, &[]) {
            wrong.extend(key);
        }
        if wrong.is_empty() {
            return Ok(Self { call, payload });
        }
        Err(Error::Invalid(wrong).into())
    }

    /// Whether it came with an Idempotency-Key.
    pub fn has_key(&self) -> bool {
        self.call.request.headers().contains_key(IDEMPOTENCY_KEY)
    }

    /// Receives the file.
    pub async fn receive(&mut self) -> Result<(Incoming, Option<Idempotency>), Problem> {
        let mut form = Form::of(&self.call.request, &mut self.payload)?;
        let mut found = None;
        while let Some(part) = form.part().await? {
            if !is_file(&part) || found.is_some() {
                return Err(one_file().into());
            }
            found = Some(form.file(part).await?);
        }
        let Some(incoming) = found else {
            return Err(one_file().into());
        };
        let told = format!("{}{}", incoming.arrived.sha256, incoming.name);
        let key = idempotency(&self.call.request, told.as_bytes())?;
        Ok((incoming, key))
    }
}

/// A form on its way, read part by part. However long it takes as a whole, it has to come steadily.
pub struct Form {
    parts: Multipart,
    folder: PathBuf,
    limit: u64,
    patience: Duration,
}

impl Form {
    /// Refuses what is no form with a file, as far as its headers say.
    pub fn expect(request: &HttpRequest) -> Result<(), Problem> {
        expect_media_type(request, FORM)?;
        expect_plain(request)
    }

    /// Begins to read; nothing of it has come yet.
    pub fn of(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem> {
        let state = state(request)?;
        let limit = state.max_attachment;
        refuse_declared(request, limit + FRAME)?;
        Ok(Self {
            parts: Multipart::new(request.headers(), Payload::take(payload)),
            folder: state.files.clone(),
            limit,
            // As for other bodies, but for each piece of it.
            patience: PATIENCE.min(state.timeout * 2 / 3),
        })
    }

    /// The next part; none at the end.
    pub async fn part(&mut self) -> Result<Option<Field>, Problem> {
        let part = tokio::time::timeout(self.patience, self.parts.next()).await;
        let part = part.map_err(|_| too_slow(self.patience))?;
        part.transpose().map_err(|_| broken())
    }

    /// What a part says that is no file.
    pub async fn text(&self, mut part: Field) -> Result<String, Problem> {
        let said = tokio::time::timeout(self.patience, part.bytes(SMALL)).await;
        let said = said.map_err(|_| too_slow(self.patience))?;
        let said = said.map_err(|_| too_large(SMALL as u64))?;
        let said = said.map_err(|_| broken())?;
        String::from_utf8(said.to_vec()).map_err(|_| broken())
    }

    /// Keeps a part as a file of the server.
    pub async fn file(&self, mut part: Field) -> Result<Incoming, Problem> {
        let name = part
            .content_disposition()
            .and_then(|said| said.get_filename());
        let name = name.unwrap_or_default().to_owned();
        let folder = self.folder.clone();
        let mut upload = aside(move || Upload::begin_attachment(&folder)).await?;
        let mut piece = BytesMut::new();
        loop {
            let chunk = tokio::time::timeout(self.patience, part.next()).await;
            let chunk = chunk.map_err(|_| too_slow(self.patience))?;
            let is_end = chunk.is_none();
            if let Some(chunk) = chunk {
                piece.extend_from_slice(&chunk.map_err(|_| broken())?);
            }
            if upload.size() + piece.len() as u64 > self.limit {
                return Err(too_large(self.limit));
            }
            if piece.len() >= PIECE || is_end {
                let full = piece.split().freeze();
                upload = aside(move || upload.push(&full).map(|()| upload)).await?;
            }
            if is_end {
                break;
            }
        }
        let arrived = aside(move || upload.end()).await?;
        Ok(Incoming { name, arrived })
    }
}

/// Whether a part is the one with the file.
pub fn is_file(part: &Field) -> bool {
    part.name() == Some(PART)
}

/// What is said of a form without a file, with two of them, or with anything else.
pub fn one_file() -> Error {
    let message = "the form needs one part of this name, with the file, and no other";
    Error::Invalid(vec![FieldError::new(PART, "required", message)])
}
