//! Addresses for mail and for webhooks, as requests write them. Whether an address may be called is said by
//! `crate::webhook::address`.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, Type};

use super::{Problems, Value, described, refuse, string_of};

/// A mail address (RFC 5321): dot-atoms before the `@`, a host name behind it, 254 characters at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(pub String);

/// The longest address that fits into a command of SMTP.
const LONGEST: usize = 254;

const PATTERN: &str = "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\
                       @[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$";

impl Value for Email {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        if text.len() > LONGEST {
            return refuse(
                "too_long",
                format!("must have at most {LONGEST} characters"),
            );
        }
        match text.rsplit_once('@') {
            Some((local, host)) if is_local(local) && is_host(host) => Ok(Self(text.to_owned())),
            _ => refuse(
                "format",
                "must be a mail address such as anna.koch@example.com",
            ),
        }
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .max_length(Some(LONGEST))
            .pattern(Some(PATTERN))
            .into()
    }
}

fn is_local(text: &str) -> bool {
    let is_atom = |part: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b);
        !part.is_empty() && part.bytes().all(fits)
    };
    text.split('.').all(is_atom)
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(is_label)
}

/// The address of another program: `http://` or `https://` and visible ASCII characters, 2,000 at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress(pub String);

impl Value for WebAddress {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        if text.len() > 2000 {
            return refuse("too_long", "must have at most 2000 characters");
        }
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(Self(text.to_owned()))
            }
            _ => refuse(
                "format",
                "must be an address such as https://mes.example.com/dmt, in visible ASCII characters",
            ),
        }
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .max_length(Some(2000))
            .pattern(Some("^https?://[!-~]+$"))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mail_address_has_one_form() {
        let reads = |text: &str| Email::from_json(&json!(text)).is_ok();
        for good in [
            "anna.koch@example.com",
            "qa+dmt@plant-3.example",
            "x@localhost",
        ] {
            assert!(reads(good), "{good}");
        }
        for bad in [
            "",
            "anna",
            "@example.com",
            "anna@",
            "a..b@example.com",
            ".a@example.com",
            "a@-x.example",
            "a b@example.com",
            "a@example.com\r\nBcc: all@example.com",
            "a@b@example.com",
            "ä@example.com",
            "\"a\"@example.com",
            "a@exa_mple.com",
            "a@example..com",
        ] {
            assert!(!reads(bad), "{bad:?}");
        }
        assert!(!reads(&format!("a@{}.example", "b".repeat(64))));
    }

    #[test]
    fn a_web_address_begins_with_its_scheme() {
        let reads = |text: &str| WebAddress::from_json(&json!(text)).is_ok();
        assert!(reads("https://mes.example.com/dmt?line=3"));
        assert!(reads("http://10.0.0.7:8080"));
        for bad in [
            "ftp://x",
            "https://",
            "mes.example.com",
            "https://x y",
            "https://\u{e4}.de",
        ] {
            assert!(!reads(bad), "{bad}");
        }
    }
}
