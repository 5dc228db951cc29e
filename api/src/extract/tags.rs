//! ETags as clients send them back: If-Match and If-None-Match.

use actix_web::http::header::{self, HeaderMap, HeaderName};
use service::FieldError;
use service::version::IfMatch;

use crate::problem::{Kind, Problem};

/// The version that a request is meant for.
pub fn if_match(headers: &HeaderMap) -> Result<IfMatch, Problem> {
    Ok(match tags(headers, &header::IF_MATCH, "If-Match")? {
        None => IfMatch::Missing,
        Some(Tags::Any) => IfMatch::Any,
        Some(Tags::Some(versions)) => IfMatch::Versions(versions),
    })
}

/// Whether a client has content of this SHA-256 already (If-None-Match).
pub fn has_content(headers: &HeaderMap, sha256: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH);
    let mut tags = sent.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    tags.any(|tag| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) == Some(sha256)
    })
}

/// ETags that a client names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tags {
    Any,
    Some(Vec<i64>),
}

/// Reads `"3"`, `W/"3"`, a list of them, or `*`. A tag that is not of this server matches nothing.
pub(super) fn tags(
    headers: &HeaderMap,
    name: &HeaderName,
    shown: &str,
) -> Result<Option<Tags>, Problem> {
    let mut versions = Vec::new();
    let mut any = false;
    let mut lines = headers.get_all(name).peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    for part in lines.flat_map(|line| line.to_str().unwrap_or("?").split(',')) {
        let part = part.trim();
        if part == "*" {
            any = true;
            continue;
        }
        let tag = part.strip_prefix("W/").unwrap_or(part);
        let Some(tag) = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) else {
            let message =
                "must be an ETag as it was answered, such as \"3\" in double quotes, or *";
            return Err(Problem::new(Kind::BadRequest, format!("{shown} {message}"))
                .at(FieldError::new(shown, "format", message)));
        };
        versions.extend(tag.parse::<i64>().ok());
    }
    Ok(Some(if any { Tags::Any } else { Tags::Some(versions) }))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue, IF_MATCH};

    use super::{Tags, tags};

    fn read(text: &'static str) -> Option<Tags> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_static(text));
        tags(&headers, &IF_MATCH, "If-Match").ok().flatten()
    }

    #[test]
    fn etags_are_read_in_every_form() {
        assert_eq!(read("\"3\""), Some(Tags::Some(vec![3])));
        assert_eq!(read("W/\"3\""), Some(Tags::Some(vec![3])));
        assert_eq!(read("\"3\", W/\"4\",\"abc\""), Some(Tags::Some(vec![3, 4])));
        assert_eq!(read("*"), Some(Tags::Any));
        for bad in ["3", "\"3", "", "\"3\",,"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
