//! A form with a file, as pages send it (`multipart/form-data`, RFC 7578), read into memory up to the limit of bodies.

use actix_multipart::Multipart;
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::body::{PATIENCE, broken, expect_plain, refuse_declared, too_large, too_slow};
use super::{expect_media_type, state};
use crate::problem::{Kind, Problem};

/// What such a form is declared as.
const FORM: &[&str] = &["multipart/form-data"];

/// What a part counts besides what it says: about the lines around it, so that parts that say nothing have an end too.
const PART: u64 = 100;

/// A form that was sent.
#[derive(Debug, Default)]
pub struct SentForm {
    /// Its fields, in their order.
    pub fields: Vec<(String, String)>,
    /// The file, where one was chosen; the last one, where there are several.
    pub file: Option<SentFile>,
}

/// A file of a form.
#[derive(Clone, Debug)]
pub struct SentFile {
    /// What it is called where it comes from.
    pub name: String,
    /// What it holds.
    pub bytes: Bytes,
}

/// Reads a form.
pub async fn read_form(request: &HttpRequest, payload: Payload) -> Result<SentForm, Problem> {
    expect_media_type(request, FORM)?;
    expect_plain(request)?;
    let state = state(request)?;
    let limit = state.max_body as u64;
    refuse_declared(request, limit)?;
    // Something is left for what the form asks for.
    let patience = PATIENCE.min(state.timeout * 2 / 3);
    let parts = parts(Multipart::new(request.headers(), payload), limit);
    tokio::time::timeout(patience, parts)
        .await
        .unwrap_or_else(|_| Err(too_slow(patience)))
}

async fn parts(mut form: Multipart, limit: u64) -> Result<SentForm, Problem> {
    let (mut sent, mut size) = (SentForm::default(), 0);
    while let Some(part) = form.next().await {
        let mut part = part.map_err(|_| broken())?;
        let name = part.name().unwrap_or_default().to_owned();
        let file = part
            .content_disposition()
            .and_then(|said| said.get_filename())
            .map(str::to_owned);
        size += name.len() as u64 + PART;
        if size > limit {
            return Err(too_large(limit));
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| broken())?;
            size += chunk.len() as u64;
            if size > limit {
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        let bytes = bytes.freeze();
        match file {
            // A browser sends an empty one where none was chosen.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(name) => sent.file = Some(SentFile { name, bytes }),
            None => sent.fields.push((name, text(&bytes)?)),
        }
    }
    Ok(sent)
}

/// A field's text; line ends are as on the server (HTML sends CR LF).
fn text(bytes: &[u8]) -> Result<String, Problem> {
    let text = std::str::from_utf8(bytes);
    let text = text.map_err(|_| Problem::new(Kind::BadRequest, "the form is not valid UTF-8"))?;
    Ok(text.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use actix_multipart::Multipart;
    use actix_web::error::PayloadError;
    use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
    use bytes::Bytes;
    use futures_util::stream;

    use super::parts;
    use crate::problem::Kind;

    /// A form of so many empty fields.
    fn form(fields: usize) -> Multipart {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=edge");
        headers.insert(CONTENT_TYPE, kind);
        let field = "--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n\r\n";
        let body = Bytes::from(field.repeat(fields) + "--edge--\r\n");
        Multipart::new(&headers, stream::iter([Ok::<_, PayloadError>(body)]))
    }

    #[actix_web::test]
    async fn a_field_that_says_nothing_counts_too() {
        let few = parts(form(9), 1_000).await;
        assert!(few.is_ok_and(|sent| sent.fields.len() == 9));
        let many = parts(form(10), 1_000).await;
        assert!(many.is_err_and(|problem| problem.kind() == Kind::TooLarge));
    }
}
