//! A file that a page's script sends (`multipart/form-data`), with the proof and the key in headers: received by the code
//! of the API, and none of it before the proof was found to be right.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::Visit;
use crate::deadline;
use crate::extract::{self, Attached};
use crate::problem::Problem;
use crate::web::session;

/// A file that a script of somebody who is signed in has sent, none of which has been read.
pub(crate) struct ScriptFile(pub(crate) Attached);

impl FromRequest for ScriptFile {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = extract::state(&request)?;
            let signed_in = Visit::of(request.clone());
            let visit = deadline::within(&state, false, signed_in).await??;
            let sent = session::header_proof(&request);
            session::check(&request, Some(&visit.secret), sent)?;
            let Visit { system, actor, .. } = visit;
            Attached::of_page(system, actor, request, payload).map(Self)
        })
    }
}
