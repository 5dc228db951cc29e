//! A defect's texts in other languages: what there is, and what people correct.

use actix_web::{get, put};
use service::defects::ChildQuery;
use service::defects::DefectView;
use service::defects::translations::{self, TranslationPut, TranslationView};
use service::page::Page;

use crate::answer::{Reply, record, shown};
use crate::extract::{Asked, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(list_translations).service(put_translations);
}

/// Lists a defect's translations, those of texts that have changed since included.
#[utoipa::path(
    tag = "translations",
    params(ChildQuery),
    responses((status = 200, description = "A page of translations", body = Page<TranslationView>))
)]
#[get("/defects/{id}/translations")]
async fn list_translations(asked: Asked<ChildQuery>) -> Reply {
    let (system, actor) = (&asked.system, &asked.actor);
    shown(&translations::list(system, actor, asked.id("defect")?, &asked.draft).await?)
}

/// Translates a defect's texts, or corrects what a machine translated; what is not sent stays, null takes a translation
/// back. Also of a closed defect. What people write wins as long as the text stays what it is.
#[utoipa::path(
    tag = "translations",
    request_body = TranslationPut,
    responses((status = 200, description = "The defect in that language", body = DefectView))
)]
#[put("/defects/{id}/translations/{language}")]
async fn put_translations(sent: Sent<TranslationPut>) -> Reply {
    let place = (sent.id("defect")?, sent.part("language"));
    let (system, actor) = (&sent.system, &sent.actor);
    let written = translations::put(system, actor, place, &sent.if_match, &sent.draft).await?;
    record(written.version, &written.item)
}
