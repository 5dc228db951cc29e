//! Services that translate: LibreTranslate, which a plant can run itself, and DeepL.
//!
//! Where the service is and with which key it is asked is said by whoever runs the server, so its address may be inside
//! the plant. No redirection is followed, an answer has its time and its size, and what it says of an error is told to
//! administrators in a line, unless it repeats the key.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::{Request, StatusCode, header};
use rustls::ClientConfig;
use serde_json::{Value as Json, json};
use service::defects::translations::{Batch, Limits, Translator};
use service::outbox::Trouble;
use service::words::Language;
use url::{Position, Url};

use super::http::{self, trouble, unreached};

/// How long a request may take in all.
const LIMIT: Duration = Duration::from_secs(60);

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// How much of what a service says of an error is told.
const LONGEST_REASON: usize = 200;

/// Which service translates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// LibreTranslate's HTTP API.
    LibreTranslate,
    /// DeepL's HTTP API, version 2.
    DeepL,
}

impl Service {
    /// Its name, as `DMT_TRANSLATE` and translations have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LibreTranslate => "libretranslate",
            Self::DeepL => "deepl",
        }
    }
}

/// A key that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

impl FromStr for Key {
    type Err = String;

    /// Of signs that a header can hold.
    fn from_str(text: &str) -> Result<Self, String> {
        let key = text.trim();
        if !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(Self(key.to_owned()));
        }
        Err("must be of visible ASCII characters, without blanks".to_owned())
    }
}

/// How texts are translated.
#[derive(Clone, Debug)]
pub struct TranslateOptions {
    /// Which service does it.
    pub service: Service,
    /// Where it is.
    pub url: Url,
    /// The key with which it is asked.
    pub key: Option<Key>,
    /// The languages that texts are translated into.
    pub languages: Vec<Language>,
}

impl TranslateOptions {
    /// Reads the address of a service.
    ///
    /// # Errors
    /// A sentence that says what it must be.
    pub fn url(text: &str) -> Result<Url, String> {
        let bad = "must be such as http://translate.plant.example:5000, without a user, a query or a fragment";
        let url = Url::parse(text.trim()).map_err(|_| bad.to_owned())?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain {
            Ok(url)
        } else {
            Err(bad.to_owned())
        }
    }

    /// Where DeepL is: the keys of the free API end in `:fx`.
    pub fn deepl(key: &Key) -> &'static str {
        if key.0.ends_with(":fx") {
            "https://api-free.deepl.com"
        } else {
            "https://api.deepl.com"
        }
    }
}

/// Whoever asks the service.
#[derive(Clone)]
pub struct Client {
    options: Arc<TranslateOptions>,
    tls: Arc<ClientConfig>,
    limit: Duration,
}

impl Client {
    /// One for a service.
    pub fn new(options: TranslateOptions) -> Result<Self, String> {
        Ok(Self {
            options: Arc::new(options),
            tls: Arc::new(super::tls()?),
            limit: LIMIT,
        })
    }

    /// With another limit of time.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    async fn ask(self, batch: Batch) -> Result<Vec<String>, Trouble> {
        let attempt = tokio::time::timeout(self.limit, self.attempt(batch)).await;
        attempt.unwrap_or_else(|_| {
            let seconds = self.limit.as_secs();
            let what = format!("there was no answer within {seconds} seconds");
            Err(trouble(what))
        })
    }

    async fn attempt(&self, batch: Batch) -> Result<Vec<String>, Trouble> {
        let url = &self.options.url;
        let addresses = addresses(url).await?;
        let request = self.request(&batch)?;
        let sent = http::send(&self.tls, url, &addresses, request, Some(LONGEST));
        let (status, body) = sent.await?;
        let answer: Option<Json> = serde_json::from_slice(&body).ok();
        if !status.is_success() {
            return Err(self.refused(status, answer.as_ref()));
        }
        let texts = answer.as_ref().and_then(|answer| self.texts(answer));
        texts.ok_or_else(|| trouble("its answer is not what such a service answers".to_owned()))
    }

    fn request(&self, batch: &Batch) -> Result<Request<Full<Bytes>>, Trouble> {
        let TranslateOptions {
            service, url, key, ..
        } = &*self.options;
        let (place, body) = match service {
            Service::LibreTranslate => ("/translate", libretranslate(batch, key.as_ref())),
            Service::DeepL => ("/v2/translate", deepl(batch)),
        };
        let path = url[Position::BeforePath..Position::AfterPath].trim_end_matches('/');
        let mut request = Request::post(format!("{path}{place}"))
            .header(
                header::HOST,
                &url[Position::BeforeHost..Position::AfterPort],
            )
            .header(
                header::USER_AGENT,
                concat!("dmt/", env!("CARGO_PKG_VERSION")),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header::CONNECTION, "close");
        if let (Service::DeepL, Some(Key(key))) = (service, key) {
            request = request.header(header::AUTHORIZATION, format!("DeepL-Auth-Key {key}"));
        }
        request
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| trouble(format!("the request cannot be written: {error}")))
    }

    /// The translations in an answer; none where it is no such answer.
    fn texts(&self, answer: &Json) -> Option<Vec<String>> {
        let text = |text: &Json| text.as_str().map(str::to_owned);
        match self.options.service {
            Service::LibreTranslate => {
                let texts = answer.get("translatedText")?.as_array()?;
                texts.iter().map(text).collect()
            }
            Service::DeepL => {
                let texts = answer.get("translations")?.as_array()?;
                texts.iter().map(|one| text(one.get("text")?)).collect()
            }
        }
    }

    fn refused(&self, status: StatusCode, answer: Option<&Json>) -> Trouble {
        let number = status.as_u16();
        let said = match number {
            300..400 => Some("and redirections are not followed".to_owned()),
            _ => answer.and_then(|answer| self.reason(answer)),
        };
        let said = said.map(|said| format!(", {said}")).unwrap_or_default();
        Trouble {
            what: format!("it answered {number}{said}"),
            answer: Some(number),
            // What it cannot read or is too large for it stays so; a key, a quota or an outage may be mended.
            is_final: matches!(
                status,
                StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE
            ),
        }
    }

    /// What the service says of an error, in a line.
    fn reason(&self, answer: &Json) -> Option<String> {
        let name = match self.options.service {
            Service::LibreTranslate => "error",
            Service::DeepL => "message",
        };
        let said = answer.get(name)?.as_str()?;
        let key = self.options.key.as_ref();
        if said.trim().is_empty() || key.is_some_and(|Key(key)| said.contains(key.as_str())) {
            return None;
        }
        let line = said.replace(|c: char| c.is_control(), " ");
        Some(line.chars().take(LONGEST_REASON).collect())
    }
}

impl Translator for Client {
    fn name(&self) -> &'static str {
        self.options.service.word()
    }

    fn limits(&self) -> Limits {
        match self.options.service {
            // The public service takes 2,000 characters at once; one of the plant's own needs a second for as many.
            Service::LibreTranslate => Limits {
                text: 2_000,
                request: 2_000,
                texts: 20,
            },
            // 50 texts and 128 KiB in one request, with three bytes for a Chinese character.
            Service::DeepL => Limits {
                text: 10_000,
                request: 30_000,
                texts: 50,
            },
        }
    }

    fn translate(&self, batch: Batch) -> BoxFuture<'static, Result<Vec<String>, Trouble>> {
        Box::pin(self.clone().ask(batch))
    }
}

async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, Trouble> {
    let Some(name) = url.domain() else {
        return url.socket_addrs(|| None).map_err(|error| unreached(&error));
    };
    let port = url.port_or_known_default().unwrap_or(443);
    let found = tokio::net::lookup_host((name, port)).await;
    let found = found.map_err(|_| trouble(format!("{name} has no address")))?;
    Ok(found.collect())
}

fn libretranslate(batch: &Batch, key: Option<&Key>) -> Json {
    let mut body = json!({
        "q": batch.texts,
        "source": batch.from.word(),
        "target": batch.to.word(),
        "format": "text",
    });
    if let Some(Key(key)) = key {
        body["api_key"] = json!(key);
    }
    body
}

fn deepl(batch: &Batch) -> Json {
    let from = match batch.from {
        Language::English => "EN",
        Language::Spanish => "ES",
        Language::Chinese => "ZH",
    };
    let to = match batch.to {
        // Into English without a country is out of use there.
        Language::English => "EN-US",
        Language::Spanish => "ES",
        Language::Chinese => "ZH",
    };
    json!({ "text": batch.texts, "source_lang": from, "target_lang": to })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn an_address_is_plain_and_a_key_never_shown() {
        for good in [
            "http://localhost:5000",
            "https://translate.plant.example/lt/",
        ] {
            assert!(TranslateOptions::url(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "localhost:5000",
            "ftp://x.example",
            "https://u:p@x.example",
            "https://x.example/?a=b",
            "https://x.example/#a",
        ] {
            assert!(TranslateOptions::url(bad).is_err(), "{bad}");
        }
        let key: Key = "hunter2:fx".parse().unwrap();
        assert_eq!(TranslateOptions::deepl(&key), "https://api-free.deepl.com");
        assert_eq!(format!("{key:?}"), "Key(hidden)");
        assert!("two words".parse::<Key>().is_err());
        assert!("line\n2".parse::<Key>().is_err());
    }
}
