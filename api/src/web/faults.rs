//! What was refused, as a page: what happened, what to do, the request's id, and the way back.
//!
//! Handlers of pages answer [`Problem`]s as those of the API do; here, on the way out, they become HTML in the
//! visitor's language. Who is not signed in is sent to do so and comes back; a form that he sent is kept for him, and so is
//! one that was made for a session before his.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::page::{self, Page};
use super::sign_in;
use super::visit::{Unsent, Visit};
use super::wording::Words;
use crate::openapi;
use crate::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    page: Page,
    /// The kind of problem, as messages name it.
    word: String,
    detail: &'a str,
    request_id: String,
}

/// Shows a problem as a page to whoever can read one.
pub(super) async fn show<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reads_pages = reads_pages(request.request());
    let response = next.call(request).await?.map_into_boxed_body();
    if !reads_pages {
        return Ok(response);
    }
    // Where no page is, nobody has looked yet who asks for one.
    if response.response().error().is_some() {
        Visit::recognise(response.request()).await;
    }
    let made = {
        let error = response.response().error();
        error
            .and_then(|error| error.as_error::<Problem>())
            .map(|problem| made(response.request(), problem))
    };
    match made {
        None => Ok(response),
        Some(Made::Elsewhere(answer)) => Ok(response.into_response(answer)),
        Some(Made::Page(html, cookie)) => {
            // The problem stays with the answer: the access log tells of it.
            let mut response = response.map_body(|_, _| BoxBody::new(html));
            let headers = response.headers_mut();
            dress(headers);
            if let Some(cookie) = cookie {
                headers.append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
    }
}

/// Says of an answer that it is a page.
fn dress(headers: &mut HeaderMap) {
    let html = header::HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    for (name, policy) in page::policies() {
        headers.insert(name, policy);
    }
    headers.remove(header::WWW_AUTHENTICATE);
}

/// Who reads pages, of a request that is gone when it is answered: it took too long, was one too many, its handler
/// panicked.
pub(crate) struct Reader {
    words: Words,
    path: String,
}

impl Reader {
    /// Whoever sends a request, if he reads pages.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        reads_pages(request).then(|| Self {
            words: page::accepted(request),
            path: request.path().to_owned(),
        })
    }

    /// The answer as a page.
    pub(crate) fn page(self, error: &Error, answer: HttpResponse) -> HttpResponse {
        let told = match error.as_error::<Problem>() {
            Some(problem) => fault_on(self.frame(), problem),
            None => fault_on(self.frame(), &Problem::of_status(answer.status())),
        };
        let mut answer = answer.set_body(BoxBody::new(told));
        dress(answer.headers_mut());
        answer
    }

    fn frame(&self) -> Page {
        Page::of_nobody(self.words, &self.path)
    }
}

enum Made {
    Page(String, Option<header::HeaderValue>),
    Elsewhere(HttpResponse),
}

/// A browser that shows a page says that it takes HTML; a script or a program does not, and no address of the API has
/// pages.
fn reads_pages(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let takes_html = accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"));
    takes_html && openapi::methods_at(request.path()).is_empty()
}

fn made(request: &HttpRequest, problem: &Problem) -> Made {
    let unsent = request.extensions_mut().remove::<Unsent>();
    let kept = match (problem.kind(), unsent) {
        (Kind::Unauthenticated, Some(unsent)) => sign_in::again(request, &unsent.typed),
        (Kind::Forbidden, Some(unsent)) => sign_in::anew(request, &unsent),
        (Kind::Unauthenticated, None) => return Made::Elsewhere(to_sign_in(request)),
        _ => return Made::Page(fault(request, problem), None),
    };
    match kept {
        Ok((html, cookie)) => Made::Page(html, cookie),
        Err(problem) => Made::Page(fault(request, &problem), None),
    }
}

/// Leads to the sign-in, and from there back.
fn to_sign_in(request: &HttpRequest) -> HttpResponse {
    // A file that was sent has its form at the same address.
    let from = match request.method() {
        &Method::GET => request.uri().path_and_query().map(|from| from.as_str()),
        _ => Some(request.path()).filter(|path| *path != sign_in::SIGN_OUT),
    };
    let to = utf8_percent_encode(from.unwrap_or("/"), NON_ALPHANUMERIC);
    HttpResponse::build(StatusCode::SEE_OTHER)
        .insert_header((header::LOCATION, format!("/sign-in?to={to}")))
        .finish()
}

fn fault(request: &HttpRequest, problem: &Problem) -> String {
    let known = request.extensions_mut().remove::<Page>();
    let page = known.unwrap_or_else(|| Page::of_guest(request, "", ""));
    fault_on(page, problem)
}

fn fault_on(page: Page, problem: &Problem) -> String {
    let document = problem.document();
    let template = FaultPage {
        page,
        word: problem.kind().word().to_owned(),
        detail: &document.detail,
        request_id: document.instance,
    };
    page::rendered(&template).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::MessageBody;
    use actix_web::test::TestRequest;

    #[test]
    fn what_is_refused_before_any_page_is_a_page_for_whoever_reads_one() {
        let asked = |accept: &'static str, path: &str| {
            let request = TestRequest::with_uri(path).insert_header((header::ACCEPT, accept));
            let request = request.insert_header((header::ACCEPT_LANGUAGE, "es"));
            Reader::of(&request.to_http_request())
        };
        assert!(asked("application/json", "/defects").is_none());
        assert!(asked("text/html", "/api/v1/defects").is_none());
        let Some(reader) = asked("text/html", "/defects") else {
            panic!("a browser reads pages");
        };
        let error = Error::from(Problem::new(Kind::Unavailable, "repeat in a moment"));
        let answer = reader.page(&error, error.error_response());
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            answer
                .headers()
                .contains_key(header::CONTENT_SECURITY_POLICY)
        );
        let body = answer.into_body().try_into_bytes().unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        assert!(
            text.contains("<html lang=\"es\">") && text.contains("repeat in a moment"),
            "{text}"
        );
    }
}
