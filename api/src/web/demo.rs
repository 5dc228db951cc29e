//! After the set-up: demo data to look around in, or a clean start. Only while nothing else is there; afterwards the page
//! says what there is.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use service::demo::{self, DEFAULT_RECORDS, Load, Loaded, Standing};

use super::page::{self, Page, show, show_once};
use super::typed::Typed;
use super::visit::{Posted, Visit};
use crate::answer::Reply;
use crate::problem::Problem;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(offer).service(load);
}

#[derive(Template)]
#[template(path = "demo/offer.html")]
struct OfferPage {
    page: Page,
    standing: Standing,
    /// How many records are loaded.
    records: String,
    form: Typed,
}

#[derive(Template)]
#[template(path = "demo/loaded.html")]
struct LoadedPage {
    page: Page,
    records: String,
    loaded: Loaded,
}

impl OfferPage {
    async fn of(visit: &Visit, form: Typed) -> Result<Self, Problem> {
        Ok(Self {
            page: visit.page("set-up"),
            standing: demo::standing(&visit.system, &visit.actor).await?,
            records: DEFAULT_RECORDS.to_string(),
            form,
        })
    }

    /// Whether it can be loaded, or gone on with.
    fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Empty | Standing::Unfinished)
    }
}

/// Offers demo data, or says why there is none to be had.
#[get("/set-up/demo")]
async fn offer(visit: Visit) -> Reply {
    show(&OfferPage::of(&visit, Typed::default()).await?)
}

/// Loads it, and says with whose names one may look around; this once, since people change their passwords.
#[post("/set-up/demo")]
async fn load(sent: Posted) -> Reply {
    let draft = sent.typed.draft::<Load>();
    match demo::load(&sent.system, &sent.actor, &draft).await {
        Ok(loaded) => show_once(&LoadedPage {
            page: sent.page("set-up"),
            records: loaded.records.to_string(),
            loaded,
        }),
        Err(error) => {
            let form = sent.typed.clone().refused(error)?;
            let page = OfferPage::of(&sent, form).await?;
            page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
