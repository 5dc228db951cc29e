//! A file that is sent to be imported: CSV or a workbook, declared as what it is, as the whole body.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service::idempotency::Idempotency;
use service::import::{ImportQuery, Upload};
use service::sheet::Format;
use service::{Draft, Error};

use super::key::idempotency;
use super::{Call, expect_media_type, pairs, read_body};
use crate::problem::Problem;

/// A signed-in request with a file.
pub struct Uploaded {
    /// How it is imported.
    pub draft: Draft<ImportQuery>,
    /// The file.
    pub upload: Upload,
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
            let (key, draft) = match idempotency(&call.request, &body) {
                Err(Error::Invalid(wrong)) => (None, draft.also(wrong)),
                key => (key?, draft),
            };
            let upload = Upload {
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
