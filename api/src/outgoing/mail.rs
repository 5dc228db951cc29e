//! Mail over SMTP.
//!
//! `smtps://` speaks TLS from the first byte, `smtp://` begins it with STARTTLS and sends nothing without it, unless the
//! URL says `?tls=off`: then no password may go along.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};
use percent_encoding::percent_decode_str;
use service::outbox::{Letter, Sent, Trouble};
use url::Url;

/// How long a mail may take, in each of its steps and in all.
const STEP: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(30);

/// Where mail goes out, and as whose.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// The mail server.
    pub server: SmtpUrl,
    /// What stands as the sender.
    pub from: Mailbox,
}

/// The mail server: `smtps://user:password@mail.example.com`, `smtp://…` or `smtp://localhost:25?tls=off`.
#[derive(Clone)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    Off,
}

/// Without the password.
impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Tls {
            "smtps"
        } else {
            "smtp"
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            "must be such as smtps://user:password@mail.example.com, smtp://mail.example.com:587 (with STARTTLS) or \
             smtp://localhost:25?tls=off; %XX stands for what has a meaning of its own"
                .to_owned()
        };
        let url = Url::parse(text).map_err(|_| bad())?;
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", None) => (Security::StartTls, 587),
            ("smtp", Some("tls=off")) => (Security::Off, 25),
            _ => return Err(bad()),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(bad)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(bad());
        }
        let decoded = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|text| text.into_owned())
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (_, Some(_)) if security == Security::Off => {
                return Err("must not send a password without TLS: leave ?tls=off out".to_owned());
            }
            (user, Some(password)) => Some((
                decoded(user).map_err(|_| bad())?,
                decoded(password).map_err(|_| bad())?,
            )),
            _ => return Err(bad()),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            security,
            credentials,
        })
    }
}

/// Whoever sends mail.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// One for a mail server.
    pub fn new(options: &MailOptions) -> Result<Self, String> {
        let SmtpUrl {
            host,
            port,
            security,
            credentials,
        } = &options.server;
        let tls = match security {
            Security::Tls => Tls::Wrapper(parameters(host)?),
            Security::StartTls => Tls::Required(parameters(host)?),
            Security::Off => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(*port)
            .tls(tls)
            .timeout(Some(STEP));
        if let Some((user, password)) = credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self {
            transport: transport.build(),
            from: options.from.clone(),
        })
    }

    /// Whether the mail server can be reached and lets this one in.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub async fn try_out(&self) -> Result<(), String> {
        let tried = tokio::time::timeout(LIMIT, self.transport.test_connection()).await;
        match tried {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it ended the connection".to_owned()),
            Ok(Err(error)) => Err(cause(&error)),
            Err(_) => Err("it does not answer".to_owned()),
        }
    }

    async fn send(&self, letter: Letter) -> Sent {
        let message = self.message(letter)?;
        match tokio::time::timeout(LIMIT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(None),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(trouble(
                "the mail server did not answer in time".to_owned(),
                false,
            )),
        }
    }

    fn message(&self, letter: Letter) -> Result<Message, Trouble> {
        let bad = |error: &dyn fmt::Display| {
            trouble(format!("the mail cannot be written: {error}"), true)
        };
        let address: Address = letter.to.parse().map_err(|error| bad(&error))?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .message_id(Some(format!("<{}@dmt>", letter.message_id)))
            .from(self.from.clone())
            .to(Mailbox::new(Some(letter.name), address))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            // RFC 3834: nobody's absence is to be told to a machine.
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .body(letter.text)
            .map_err(|error| bad(&error))
    }
}

/// Sends a mail, where mail can be sent.
pub(super) async fn send(mailer: Option<Arc<Mailer>>, letter: Letter) -> Sent {
    match mailer {
        Some(mailer) => mailer.send(letter).await,
        None => Err(trouble("this server has no DMT_SMTP_URL".to_owned(), false)),
    }
}

fn parameters(host: &str) -> Result<TlsParameters, String> {
    let mut builder =
        TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
    for certificate in rustls_native_certs::load_native_certs().certs {
        if let Ok(certificate) = Certificate::from_der(certificate.to_vec()) {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder
        .build_rustls()
        .map_err(|error| format!("TLS cannot be used: {error}"))
}

/// What the mail server said. That there is no such mailbox (550 to 553) does not change by asking again.
fn refused(error: &smtp::Error) -> Trouble {
    let code = error.status().map(u16::from);
    let is_final = code.is_some_and(|code| (550..=553).contains(&code));
    Trouble {
        what: format!("the mail server did not take it: {}", cause(error)),
        answer: code,
        is_final,
    }
}

fn trouble(what: String, is_final: bool) -> Trouble {
    Trouble {
        what,
        answer: None,
        is_final,
    }
}

fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_mail_server_is_named_by_a_url_that_never_shows_its_password() {
        let url: SmtpUrl = "smtps://dmt%40example.com:p%3Aw@mail.example.com"
            .parse()
            .unwrap();
        assert_eq!(format!("{url:?}"), "smtps://mail.example.com:465");
        assert_eq!(
            url.credentials,
            Some(("dmt@example.com".to_owned(), "p:w".to_owned()))
        );
        let url: SmtpUrl = "smtp://mail.example.com".parse().unwrap();
        assert_eq!((url.port, url.security), (587, Security::StartTls));
        let url: SmtpUrl = "smtp://localhost:1025?tls=off".parse().unwrap();
        assert_eq!((url.port, url.security), (1025, Security::Off));
        for bad in [
            "",
            "mail.example.com",
            "https://mail.example.com",
            "smtp://",
            "smtp://mail?tls=maybe",
            "smtps://mail?tls=off",
            "smtp://user@mail.example.com",
            "smtp://user:secret@mail.example.com?tls=off",
            "smtp://mail/inbox",
        ] {
            let refused = bad.parse::<SmtpUrl>().unwrap_err();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}
