//! One attachment on a page of its own: a photo as large as there is room, who took it and when, and the way to the photos
//! beside it. What no browser shows as a picture is only offered to be kept.

use actix_web::{get, web};
use askama::Template;
use service::defects;
use service::defects::attachments;

use super::Look;
use super::attachments::{File, WHAT};
use crate::answer::Reply;
use crate::web::page::{Page, show};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_picture);
}

#[derive(Template)]
#[template(path = "record/picture.html")]
struct PicturePage {
    page: Page,
    id: i64,
    tag_number: String,
    file: File,
    /// The photos beside it, as the record's page shows them: the newest first.
    before: Option<i64>,
    behind: Option<i64>,
}

/// Shows an attachment.
#[get("/defects/{id}/attachments/{child_id}")]
async fn show_picture(visit: Visit) -> Reply {
    let (system, actor) = (&visit.system, &visit.actor);
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let file = attachments::show(system, actor, id, child).await?;
    let beside = attachments::beside(system, actor, id, child).await?;
    let defect = defects::show(system, actor, id).await?;
    let may = defects::permissions(system, actor, id).await?;
    show(&PicturePage {
        page: visit.page("defects"),
        id,
        tag_number: defect.item.tag_number.clone(),
        file: File::of(&Look::at(&visit, &defect, &may), file),
        before: beside.later,
        behind: beside.earlier,
    })
}
