//! The link by which a supplier answers a request, as quality gives it and takes it back.

use actix_web::http::StatusCode;
use actix_web::{post, web};
use service::Error;
use service::corrective::supplier::link::{self, NewSupplierLink, SupplierLinkView};

use super::record::{self, Forms, Told, back};
use super::{WHAT, forms};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::here;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(give_link).service(revoke_link);
}

/// Whether the visitor sees if there is a link, and the one that is valid now.
pub(super) async fn standing(
    visit: &Visit,
    id: i64,
) -> Result<(bool, Option<SupplierLinkView>), Problem> {
    match link::show(&visit.system, &visit.actor, id).await {
        Ok(standing) => Ok((true, Some(standing))),
        Err(Error::NotFound(_)) => Ok((true, None)),
        Err(Error::Forbidden { .. }) => Ok((false, None)),
        Err(error) => Err(error.into()),
    }
}

/// Gives the supplier a link, whose address is shown this once.
#[post("/corrective-actions/{id}/supplier-link")]
async fn give_link(sent: Posted) -> Reply {
    let (id, key) = (sent.id(WHAT)?, sent.key()?);
    let draft = forms::draft::<NewSupplierLink>(&sent.system, &sent.typed);
    let (system, actor) = (&sent.system, &sent.actor);
    let given = link::give(system, actor, id, &sent.if_match(), &draft, key.as_ref()).await;
    let given = match given {
        Ok((given, _)) => given,
        Err(error) => return record::refused(&sent, id, error, |forms| &mut forms.link).await,
    };
    let mut forms = Forms::default();
    match given.token {
        Some(token) => {
            forms.given = Some(here::address(
                sent.request(),
                &format!("/supplier/{token}"),
            )?);
            record::with_link(&sent, id, forms).await
        }
        None => {
            forms.told = Some(Told::ours(sent.words().text("car-link-told")));
            record::again(&sent, id, StatusCode::OK, forms).await
        }
    }
}

/// Takes the link back: it opens nothing from now on.
#[post("/corrective-actions/{id}/supplier-link/revocation")]
async fn revoke_link(sent: Posted) -> Reply {
    let id = sent.id(WHAT)?;
    match link::revoke(&sent.system, &sent.actor, id, &sent.if_match()).await {
        Ok(_) => back(id, "#supplier", "car-link-revoked"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.link).await,
    }
}
