//! Queries and forms, decoded strictly.

use actix_web::HttpRequest;
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

/// Refuses query parameters where there are none.
pub(super) fn no_query(request: &HttpRequest) -> Result<(), Problem> {
    let sent = pairs(request.query_string())?;
    if sent.is_empty() {
        return Ok(());
    }
    let unknown = |(name, _): &(String, String)| {
        let name: String = name.chars().take(100).collect();
        FieldError::new(
            name,
            "unknown",
            "is not known here; this address takes no query",
        )
    };
    Err(Error::Invalid(sent.iter().take(20).map(unknown).collect()).into())
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
