//! Queries and forms, decoded strictly.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use service::{Error, FieldError};

use crate::problem::{Kind, Problem};

/// A query or form, decoded strictly: what is no text is refused, not replaced.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Problem> {
    let text = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
    decoded
        .map(String::from)
        .map_err(|_| Problem::new(Kind::BadRequest, "the query or form is not valid UTF-8"))
}

/// The query parameters that came where there are none, as what is wrong with them.
pub fn stray(request: &HttpRequest) -> Result<Vec<FieldError>, Problem> {
    let sent = pairs(request.query_string())?;
    let unknown = |(name, _): &(String, String)| {
        let name: String = name.chars().take(100).collect();
        FieldError::new(
            name,
            "unknown",
            "is not known here; this address takes no query",
        )
    };
    Ok(sent.iter().take(20).map(unknown).collect())
}

/// What is wrong with the query of a read that takes none, until everything else has been found in order.
pub(super) struct Stray(pub(super) Vec<FieldError>);

/// Refuses such a read in the place of its answer.
pub async fn refuse_stray<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let response = next.call(request).await?;
    let stray = response.request().extensions_mut().remove::<Stray>();
    match stray {
        Some(Stray(wrong)) if response.response().error().is_none() => {
            let refused = HttpResponse::from_error(Problem::from(Error::Invalid(wrong)));
            let request = response.into_parts().0;
            Ok(ServiceResponse::new(request, refused).map_into_right_body())
        }
        _ => Ok(response.map_into_left_body()),
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn a_query_is_decoded_strictly() {
        let read = pairs("a=b+c&d=%C3%A9&&e").ok();
        let expected =
            [("a", "b c"), ("d", "é"), ("e", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(read, Some(expected.to_vec()));
        assert!(pairs("a=%ff").is_err());
    }
}
