//! How what is told leaves the server: calls of webhooks ([`call`]), and mail ([`mail`]); and who translates
//! ([`translate`]). What is sent, to whom and how often is the service's matter (`service::outbox`).

pub mod call;
pub mod mail;
pub mod translate;

mod http;

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use service::outbox::{Parcel, Post};

use crate::answer::BASE;
use crate::config::Config;
use crate::tls;
use call::Caller;
use mail::Mailer;

/// How this server sends, by its configuration. `root`: the address that people use.
pub fn post(config: &Config, root: &str) -> Result<Post, String> {
    let caller = Caller::new(config.webhook_hosts.clone())?;
    let mailer = config.mail.as_ref().map(Mailer::new).transpose()?;
    let translator = config.translate.clone().map(translate::Client::new);
    let mut post = with(caller, mailer);
    post.records = format!("{root}{}", post.records);
    if let Some(translator) = translator.transpose()? {
        post.translator = Some(Arc::new(translator));
    }
    Ok(post)
}

/// How a server sends, with these ways to do it.
pub fn with(caller: Caller, mailer: Option<Mailer>) -> Post {
    let (caller, mailer) = (Arc::new(caller), mailer.map(Arc::new));
    let has_mail = mailer.is_some();
    let carry = move |parcel| {
        let (caller, mailer) = (Arc::clone(&caller), mailer.clone());
        let carried: futures_util::future::BoxFuture<'static, _> = match parcel {
            Parcel::Call(call) => Box::pin(async move { caller.call(call).await }),
            Parcel::Letter(letter) => Box::pin(async move { mail::send(mailer, letter).await }),
        };
        carried
    };
    Post {
        carry: Arc::new(carry),
        has_mail,
        records: format!("{BASE}/defects/"),
        translator: None,
        jitter: rand::random::<f64>,
    }
}

/// The certificates that others are known by: the well-known ones, for an image that has none, and the machine's.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn tls() -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be used: {error}"))?;
    Ok(builder
        .with_root_certificates(roots())
        .with_no_client_auth())
}
