//! A file that is sent to be imported, declared as what it is, as the whole body: CSV or a workbook ([`Uploaded`]), which
//! is read into memory, or an archive ([`Streamed`]), which goes into a file as it comes.

use std::io;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use service::archive::{Arrived, Upload};
use service::idempotency::Idempotency;
use service::import::{self, ImportQuery};
use service::input::Input;
use service::sheet::Format;
use service::{Draft, Error};

use super::body::{PATIENCE, broken, expect_plain, refuse_declared, too_large, too_slow};
use super::key::{IDEMPOTENCY_KEY, idempotency, keyed};
use super::{Call, expect_media_type, pairs, read_body, state};
use crate::deadline;
use crate::problem::{Kind, Problem};

/// A signed-in request with a file.
pub struct Uploaded {
    /// How it is imported.
    pub draft: Draft<ImportQuery>,
    /// The file.
    pub upload: import::Upload,
    /// The Idempotency-Key.
    pub key: Option<Idempotency>,
    call: Call,
}

impl std::ops::Deref for Uploaded {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl FromRequest for Uploaded {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let call = Call::of(request).await?;
            let format = format(&call.request)?;
            let body = read_body(&call.request, &mut payload).await?;
            let draft = Draft::pairs(&pairs(call.request.query_string())?);
            let (key, draft) = keyed(&call.request, &body, draft)?;
            let upload = import::Upload {
                format,
                bytes: body.to_vec(),
            };
            Ok(Self {
                draft,
                upload,
                key,
                call,
            })
        })
    }
}

/// What an archive is declared as.
const ZIP: &[&str] = &["application/zip"];

/// A signed-in request with an archive, none of which has been read.
pub struct Streamed<T> {
    /// How it is imported.
    pub draft: Draft<T>,
    call: Call,
    payload: Payload,
}

impl<T> std::ops::Deref for Streamed<T> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl<T: Input + 'static> FromRequest for Streamed<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = state(&request)?;
            let call = deadline::within(&state, false, Call::of(request)).await??;
            expect_media_type(&call.request, ZIP)?;
            expect_plain(&call.request)?;
            let draft = Draft::pairs(&pairs(call.request.query_string())?);
            let (_, draft) = keyed(&call.request, &[], draft)?;
            Ok(Self {
                draft,
                call,
                payload,
            })
        })
    }
}

impl<T> Streamed<T> {
    /// Whether it came with an Idempotency-Key.
    pub fn has_key(&self) -> bool {
        self.call.request.headers().contains_key(IDEMPOTENCY_KEY)
    }

    /// Receives the archive into a file. However long it takes as a whole, it has to come steadily.
    pub async fn receive(&mut self) -> Result<(Arrived, Option<Idempotency>), Problem> {
        let state = state(&self.call.request)?;
        let limit = state.max_import;
        refuse_declared(&self.call.request, limit)?;
        // As for other bodies, but for each piece of it.
        let patience = PATIENCE.min(state.timeout * 2 / 3);
        let folder = state.files.clone();
        let mut upload = aside(move || Upload::begin(&folder)).await?;
        let mut piece = BytesMut::new();
        loop {
            let chunk = tokio::time::timeout(patience, self.payload.next()).await;
            let chunk = chunk.map_err(|_| too_slow(patience))?;
            let is_end = chunk.is_none();
            if let Some(chunk) = chunk {
                piece.extend_from_slice(&chunk.map_err(|_| broken())?);
            }
            if upload.size() + piece.len() as u64 > limit {
                return Err(too_large(limit));
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
        let key = idempotency(&self.call.request, arrived.sha256.as_bytes())?;
        Ok((arrived, key))
    }
}

/// So much is written at once.
pub(super) const PIECE: usize = 1 << 20;

/// Writes to the disk on a thread that may wait for it.
pub(super) async fn aside<R: Send + 'static>(
    work: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<R, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(Error::internal)?;
    done.map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            log::error!("a file found no room in DMT_FILES: {error}");
            let detail = "the server has no room left for the file (DMT_FILES); make some, and send it again";
            Problem::new(Kind::NoSpace, detail)
        }
        _ => Error::internal(format!("a file could not be kept in DMT_FILES: {error}")).into(),
    })
}

fn format(request: &HttpRequest) -> Result<Format, Problem> {
    let known = [Format::Csv, Format::Xlsx].map(Format::media_type);
    expect_media_type(request, &known)?;
    let declared = request.headers().get(header::CONTENT_TYPE);
    let declared = declared.and_then(|value| value.to_str().ok());
    let is_workbook = declared.is_some_and(|value| {
        let value = value.trim_start().to_ascii_lowercase();
        value.starts_with(Format::Xlsx.media_type())
    });
    Ok(if is_workbook {
        Format::Xlsx
    } else {
        Format::Csv
    })
}
