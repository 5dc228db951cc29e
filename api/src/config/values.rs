//! How each kind of value is read, and what is said of one that is not in order.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use lettre::message::Mailbox;
use service::audit::AuditKey;
use service::setting::Wanted;
use service::words::Language;

use super::layers::Layers;
use super::{TlsFiles, keys};
use crate::outgoing::mail::{MailOptions, SmtpUrl};
use crate::outgoing::translate::{Key, Service, TranslateOptions};

/// Keys of fewer characters are found by trying.
const SHORTEST_KEY: usize = 16;

/// What is set, and the mistakes in it so far.
pub(super) struct Values(pub(super) Layers);

impl Values {
    /// What is set, or the table's default.
    fn text(&self, name: &str) -> Option<String> {
        let set = self.0.values.get(name).cloned();
        set.or_else(|| {
            keys::of(name)
                .map(|key| key.default.to_owned())
                .filter(|default| !default.is_empty())
        })
    }

    /// Notes what is wrong with a key, which a sentence may have named already.
    fn mistake(&mut self, name: &str, what: impl Display) {
        let what = what.to_string();
        let named = what.starts_with(name);
        let sentence = if named {
            what
        } else {
            format!("{name}: {what}")
        };
        self.0.mistakes.push(sentence);
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake(name, error);
                None
            }
        }
    }

    pub(super) fn number(
        &mut self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let number = self
            .text(name)?
            .trim()
            .parse()
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            self.mistake(
                name,
                format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            );
        }
        number
    }

    pub(super) fn switch(&mut self, name: &str) -> Option<bool> {
        let switch = match self.text(name)?.trim().to_ascii_lowercase().as_str() {
            "on" | "true" | "yes" | "1" => Some(true),
            "off" | "false" | "no" | "0" => Some(false),
            _ => None,
        };
        if switch.is_none() {
            self.mistake(name, "must be on or off");
        }
        switch
    }

    fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn bind(&mut self) -> Vec<String> {
        let list = self.list("DMT_BIND");
        if list.is_empty() {
            self.mistake(
                "DMT_BIND",
                "names no place to listen at, such as 127.0.0.1:8080",
            );
        }
        for place in &list {
            let port = place
                .rsplit_once(':')
                .filter(|(host, _)| !host.is_empty())
                .map(|(_, port)| port);
            if port.and_then(|port| port.parse::<u16>().ok()).is_none() {
                self.mistake(
                    "DMT_BIND",
                    format!("`{place}` is not host:port, such as 127.0.0.1:8080 or [::1]:8080"),
                );
            }
        }
        list
    }

    pub(super) fn origins(&mut self) -> Vec<String> {
        let list = self.list("DMT_CORS_ORIGINS");
        for origin in &list {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', '@', '?'])) {
                let what = format!(
                    "`{origin}` is not an origin such as https://mes.example.com, without a path"
                );
                self.mistake("DMT_CORS_ORIGINS", what);
            }
        }
        list
    }

    pub(super) fn public_url(&mut self) -> Option<String> {
        let url = self.text("DMT_PUBLIC_URL")?;
        let host = ["https://", "http://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        if host.is_none_or(|host| host.is_empty() || host.starts_with(['/', ':'])) {
            let what = "must be an address such as https://dmt.example.com";
            self.mistake("DMT_PUBLIC_URL", what);
        }
        Some(url.trim_end_matches('/').to_owned())
    }

    pub(super) fn tls(&mut self) -> Option<TlsFiles> {
        match (self.text("DMT_TLS_CERT"), self.text("DMT_TLS_KEY")) {
            (Some(cert), Some(key)) => Some(TlsFiles {
                cert: cert.into(),
                key: key.into(),
            }),
            (None, None) => None,
            (Some(_), None) => {
                self.mistake("DMT_TLS_KEY", "is missing; DMT_TLS_CERT needs it");
                None
            }
            (None, Some(_)) => {
                self.mistake("DMT_TLS_CERT", "is missing; DMT_TLS_KEY needs it");
                None
            }
        }
    }

    pub(super) fn mail(&mut self) -> Option<MailOptions> {
        let (server, from) = (self.text("DMT_SMTP_URL"), self.text("DMT_MAIL_FROM"));
        match (server, from) {
            (Some(_), Some(_)) => {}
            (None, None) => return None,
            (Some(_), None) => self.mistake("DMT_MAIL_FROM", "is missing; DMT_SMTP_URL needs it"),
            (None, Some(_)) => self.mistake("DMT_SMTP_URL", "is missing; DMT_MAIL_FROM needs it"),
        }
        let server = self.parsed::<SmtpUrl>("DMT_SMTP_URL");
        let from = self.parsed::<Mailbox>("DMT_MAIL_FROM");
        Some(MailOptions {
            server: server?,
            from: from?,
        })
    }

    /// What is set beside `off` is read too, so that its mistakes are told before it is needed.
    pub(super) fn translate(&mut self) -> Option<TranslateOptions> {
        let service = self.text("DMT_TRANSLATE")?;
        let service = match service.trim().to_ascii_lowercase().as_str() {
            "off" => None,
            "libretranslate" => Some(Service::LibreTranslate),
            "deepl" => Some(Service::DeepL),
            _ => {
                self.mistake("DMT_TRANSLATE", "must be off, libretranslate or deepl");
                None
            }
        };
        let key = self.parsed::<Key>("DMT_TRANSLATE_KEY");
        let languages = self.languages();
        let set = self.text("DMT_TRANSLATE_URL");
        let url = match (&set, service, &key) {
            (Some(url), ..) => url.as_str(),
            (None, Some(Service::DeepL), Some(key)) => TranslateOptions::deepl(key),
            (None, Some(Service::LibreTranslate), _) => {
                let what = "is missing; DMT_TRANSLATE=libretranslate needs it";
                self.mistake("DMT_TRANSLATE_URL", what);
                return None;
            }
            (None, ..) => "https://api.deepl.com",
        };
        if service == Some(Service::DeepL) && self.text("DMT_TRANSLATE_KEY").is_none() {
            let what = "is missing; DMT_TRANSLATE=deepl needs it";
            self.mistake("DMT_TRANSLATE_KEY", what);
        }
        let url = match TranslateOptions::url(url) {
            Ok(url) => url,
            Err(what) => {
                self.mistake("DMT_TRANSLATE_URL", what);
                return None;
            }
        };
        Some(TranslateOptions {
            service: service?,
            url,
            key,
            languages,
        })
    }

    fn languages(&mut self) -> Vec<Language> {
        let mut languages = Vec::new();
        for word in self.list("DMT_TRANSLATE_LANGUAGES") {
            match Language::of(&word) {
                Some(language) if languages.contains(&language) => {}
                Some(language) => languages.push(language),
                None => self.mistake(
                    "DMT_TRANSLATE_LANGUAGES",
                    format!("`{word}` is none of en, es, zh"),
                ),
            }
        }
        languages
    }

    pub(super) fn refuse_missing(&mut self, name: &str, file: &Path) {
        if let Err(error) = std::fs::File::open(file) {
            let what = format!("{} cannot be read: {error}", file.display());
            self.mistake(name, what);
        }
    }

    pub(super) fn wanted(&mut self) -> Wanted {
        let wanted = Wanted {
            currency: self.text("DMT_CURRENCY"),
            tag_prefix: self.text("DMT_TAG_PREFIX"),
            time_zone: self.text("DMT_TIME_ZONE"),
        };
        for mistake in wanted.mistakes() {
            self.mistake(&mistake.field, mistake.message);
        }
        wanted
    }

    pub(super) fn audit_key(&mut self) -> AuditKey {
        let key = self.text("DMT_AUDIT_KEY");
        if key
            .as_ref()
            .is_some_and(|key| key.chars().count() < SHORTEST_KEY)
        {
            let what = format!(
                "must have at least {SHORTEST_KEY} characters; a shorter one can be guessed"
            );
            self.mistake("DMT_AUDIT_KEY", what);
        }
        AuditKey::new(key.as_deref())
    }

    pub(super) fn log_filter(&mut self) -> Option<String> {
        let filter = self.text("RUST_LOG").filter(|text| !text.is_empty())?;
        if !filter.split(',').all(is_log_directive) {
            let what = "must be a level (error, warn, info, debug, trace, off), or levels by module such as warn,service=debug";
            self.mistake("RUST_LOG", what);
        }
        Some(filter)
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        self.0
            .unknown()
            .map(|name| format!("{name} is set, but dmt has no such key; see dmt --help"))
            .collect()
    }
}

/// A level, or that of a module. The logger would take a level with a slip in it for a module's name, and be silent.
fn is_log_directive(text: &str) -> bool {
    let level = text.rsplit_once('=').map_or(text, |(_, level)| level);
    level.trim().parse::<log::LevelFilter>().is_ok()
}
