//! What happens around every request: its id, its line in the access log, its share in the metrics.
//!
//! The line is written when the answer's last byte has been handed over (or the client has gone), so its
//! duration and size are what the client saw. It carries the path without the query, which may hold names.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage, ResponseError};
use futures_util::FutureExt;
use sha2::{Digest, Sha256};

use crate::headers;
use crate::problem::{Kind, Problem};
use crate::state::State;
use crate::web::Reader;

/// The target of the access log.
pub const TARGET: &str = "access";

/// The header that carries the id of a request, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The user whom a request was answered for; put there by whoever finds out.
#[derive(Clone, Copy)]
pub struct SignedInAs(pub Option<i64>);

/// What was refused where the answer is a page that says so, and no problem; put there by whoever shows it.
#[derive(Clone, Copy)]
pub(crate) struct RefusedAs(pub(crate) Kind);

/// Runs a request under its id and tells of it afterwards.
pub async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Observed>, Error> {
    let id = request_id(request.headers());
    let mut line = Line::begin(&request, &id);
    let origin = headers::allowed_origin(&request);
    let reader = Reader::of(request.request());
    // HEAD is GET without a body; the connection leaves the body out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    service::db::request::scope(id.clone(), async move {
        let answered = AssertUnwindSafe(next.call(request)).catch_unwind().await;
        let mut response = match answered.unwrap_or_else(|_| Err(panicked())) {
            Ok(response) => response.map_into_boxed_body(),
            Err(error) => {
                line.answered(error.as_response_error().status_code());
                if let Some(problem) = error.as_error::<Problem>() {
                    line.refused(problem);
                }
                return Err(headers::complete(error, &id, origin, reader));
            }
        };
        if let Some(problem) = response
            .response()
            .error()
            .and_then(|error| error.as_error::<Problem>())
        {
            line.refused(problem);
        }
        let shown = response.request().extensions().get::<RefusedAs>().copied();
        if let Some(RefusedAs(kind)) = shown {
            line.refused_as(kind);
        }
        line.answered(response.status());
        line.route = response
            .request()
            .match_pattern()
            .unwrap_or_else(|| "unmatched".to_owned());
        line.user = response
            .request()
            .extensions()
            .get::<SignedInAs>()
            .and_then(|signed| signed.0);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Ok(response.map_body(|_, body| Observed { body, line }))
    })
    .await
}

/// The answer to a request whose handler panicked; the panic itself has been logged.
fn panicked() -> Error {
    let problem = Problem::new(
        Kind::Internal,
        "the server's log has the reason under this request id",
    );
    // Made here, where the request's id is known.
    let answer = problem.error_response();
    InternalError::from_response(problem, answer).into()
}

/// The client's id if it is a sane one, otherwise one of our own.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    let sent = headers
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(sane);
    sent.map_or_else(new_id, str::to_owned)
}

/// 16 hexadecimal digits that no other request of any server has: a digest of process, time and a count.
fn new_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
    let mut digest = Sha256::new();
    digest.update(std::process::id().to_be_bytes());
    digest.update(now.to_be_bytes());
    digest.update(count.to_be_bytes());
    digest.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What is told of one request.
struct Line {
    state: Option<Data<State>>,
    started: Instant,
    method: String,
    path: String,
    addr: String,
    id: String,
    route: String,
    status: u16,
    bytes: u64,
    user: Option<i64>,
    problem: Option<&'static str>,
}

impl Line {
    fn begin(request: &ServiceRequest, id: &str) -> Self {
        let state = request.app_data::<Data<State>>().cloned();
        let peer = request.peer_addr().map(|peer| peer.ip());
        let client = match &state {
            Some(state) => state.proxies.client(peer, request.headers()),
            None => peer,
        };
        state.iter().for_each(|state| state.metrics.begin());
        Self {
            state,
            started: Instant::now(),
            method: request.method().to_string(),
            path: without_secret(request.path(), request.match_info().as_str()),
            addr: client.map_or_else(|| "-".to_owned(), |client| client.to_string()),
            id: id.to_owned(),
            route: "unmatched".to_owned(),
            // Where no answer is made at all.
            status: 499,
            bytes: 0,
            user: None,
            problem: None,
        }
    }

    fn answered(&mut self, status: StatusCode) {
        self.status = status.as_u16();
    }

    fn refused(&mut self, problem: &Problem) {
        problem.log();
        self.refused_as(problem.kind());
    }

    fn refused_as(&mut self, kind: Kind) {
        self.problem = Some(kind.word());
        if matches!(kind, Kind::SignInRefused | Kind::SignatureRefused) {
            self.state
                .iter()
                .for_each(|state| state.metrics.sign_in_failed());
        }
    }

    fn text(&self, took: Duration) -> String {
        let Self {
            method,
            status,
            bytes,
            addr,
            id,
            ..
        } = self;
        let user = self
            .user
            .map_or_else(|| "-".to_owned(), |user| user.to_string());
        let path = quoted(&self.path);
        let ms = took.as_secs_f64() * 1000.0;
        let problem = self
            .problem
            .map_or_else(String::new, |word| format!(" problem={word}"));
        format!(
            "method={method} path={path} status={status} bytes={bytes} ms={ms:.1} user={user} addr={addr} request_id={id}{problem}"
        )
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        log::info!(target: TARGET, "{}", self.text(took));
        if let Some(state) = &self.state {
            state
                .metrics
                .end(&self.method, &self.route, self.status, took);
        }
    }
}

/// The text of a supplier's link is the key to it, and stands in no log; `read` is the path as routes see it.
fn without_secret(path: &str, read: &str) -> String {
    match read.split_once("/supplier/") {
        Some((before, _)) => format!("{before}/supplier/***"),
        None => path.to_owned(),
    }
}

/// As logfmt has it: plain, or in quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

/// An answer's body that is counted on its way out.
pub struct Observed {
    body: BoxBody,
    line: Line,
}

impl MessageBody for Observed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            self.line.bytes += bytes.len() as u64;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::body::to_bytes;
    use actix_web::dev::Service;
    use actix_web::http::header::{HeaderMap, HeaderValue};
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};

    use crate::problem::ProblemDocument;

    use super::{REQUEST_ID, new_id, observe, quoted, request_id, without_secret};

    #[test]
    fn only_a_sane_id_is_taken_over() {
        let taken = |id: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_static(id));
            request_id(&headers)
        };
        assert_eq!(taken("abc-1_2.3"), "abc-1_2.3");
        for bad in ["", "a b", "a=b", "x\"y"] {
            assert_ne!(taken(bad), bad);
        }
        assert_ne!(new_id(), new_id());
        assert_eq!(new_id().len(), 16);
    }

    #[actix_web::test]
    async fn a_panic_is_answered_with_a_problem() {
        let broken = actix_web::web::to(|| async {
            if true {
                panic!("a fault");
            }
            ""
        });
        let app = App::new().route("/", broken).wrap(from_fn(observe));
        let app = init_service(app).await;
        let Err(error) = app.call(TestRequest::default().to_request()).await else {
            panic!("it was answered");
        };
        let answer = error.error_response();
        assert_eq!(answer.status().as_u16(), 500);
        let body = to_bytes(answer.into_body()).await.unwrap_or_default();
        let problem: ProblemDocument =
            serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{body:?}"));
        assert_eq!((problem.status, problem.instance.len()), (500, 16));
    }

    #[test]
    fn the_log_has_no_link_of_a_supplier() {
        let path = "/api/v1/supplier/car_abc";
        assert_eq!(without_secret(path, path), "/api/v1/supplier/***");
        let page = "/supplier/car_abc";
        assert_eq!(without_secret("/%73upplier/car_abc", page), "/supplier/***");
        let other = "/api/v1/parts";
        assert_eq!(without_secret(other, other), other);
    }

    #[test]
    fn a_path_cannot_add_fields_to_the_line() {
        assert_eq!(quoted("/api/v1/parts"), "/api/v1/parts");
        assert_eq!(quoted("/a b\" status=200"), r#""/a b\" status=200""#);
    }
}
