//! Calling a webhook: once, at the address that was judged, for five seconds at most.
//!
//! A name is resolved here and nowhere else, and the connection goes to what was judged, so a name whose answer changes
//! between the look and the call leads nowhere (CWE-367). No redirection is followed, no proxy is asked, and nothing of
//! the answer is taken but its status: whoever sees the log learns nothing of what an address inside might say.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::{Request, StatusCode, header};
use rustls::ClientConfig;
use service::outbox::{Call, Sent, Trouble};
use service::webhook::address::{Allowed, Target};
use url::Position;

use super::http::{self, trouble, unreached};

/// How long a call may take in all, its name's resolution included.
const LIMIT: Duration = Duration::from_secs(5);

/// How a name becomes addresses.
pub type Resolve =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Whoever calls.
pub struct Caller {
    allowed: Allowed,
    resolve: Resolve,
    tls: Arc<ClientConfig>,
}

impl Caller {
    /// One that resolves names as the machine does.
    pub fn new(allowed: Allowed) -> Result<Self, String> {
        let resolve = |name: String, port| -> BoxFuture<'static, _> {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, port)).await?.collect()) })
        };
        Self::resolving(allowed, Arc::new(resolve))
    }

    /// One that resolves names in its own way.
    pub fn resolving(allowed: Allowed, resolve: Resolve) -> Result<Self, String> {
        Ok(Self {
            allowed,
            resolve,
            tls: Arc::new(super::tls()?),
        })
    }

    /// Calls a webhook.
    ///
    /// # Errors
    /// Whatever is no 2xx, with a sentence that says why.
    pub async fn call(&self, call: Call) -> Sent {
        let attempt = tokio::time::timeout(LIMIT, self.attempt(call)).await;
        attempt.unwrap_or_else(|_| {
            let seconds = LIMIT.as_secs();
            let what = format!("there was no answer within {seconds} seconds");
            Err(trouble(what))
        })
    }

    async fn attempt(&self, call: Call) -> Sent {
        let target = self.allowed.target(&call.url);
        let target = target.map_err(|what| refused(&what))?;
        let addresses = self.addresses(&target).await?;
        let request = request(&target, call)?;
        let sent = http::send(&self.tls, &target.url, &addresses, request, None);
        judge(sent.await?.0)
    }

    /// Where to call, all of it judged.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Trouble> {
        let Some(name) = &target.name else {
            let addresses = target.url.socket_addrs(|| Some(target.port));
            return addresses.map_err(|error| unreached(&error));
        };
        let resolved = (self.resolve)(name.clone(), target.port).await;
        let addresses = resolved.map_err(|_| trouble(format!("{name} has no address")))?;
        let judged: Vec<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
        let judged = self.allowed.judge_all(name, &judged);
        judged.map_err(|what| refused(&what))?;
        Ok(addresses)
    }
}

fn request(target: &Target, call: Call) -> Result<Request<Full<Bytes>>, Trouble> {
    let url = &target.url;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(header::HOST, host)
        .header(
            header::USER_AGENT,
            concat!("dmt/", env!("CARGO_PKG_VERSION")),
        )
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .header("webhook-id", call.message_id)
        .header("webhook-timestamp", call.timestamp)
        .header("webhook-signature", call.signature)
        .body(Full::new(Bytes::from(call.body)))
        .map_err(|error| trouble(format!("the call cannot be written: {error}")))
}

fn judge(status: StatusCode) -> Sent {
    let number = status.as_u16();
    let what = match number {
        200..300 => return Ok(Some(number)),
        300..400 => format!("it answered {number}, and redirections are not followed"),
        _ => format!("it answered {number}"),
    };
    Err(Trouble {
        what,
        answer: Some(number),
        // Standard Webhooks: the receiver is gone for good.
        is_final: status == StatusCode::GONE,
    })
}

/// What the configuration does not allow; it may do so tomorrow, or the name may lead elsewhere.
fn refused(what: &str) -> Trouble {
    trouble(format!("the address was not called: {what}"))
}
