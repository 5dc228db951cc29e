//! Attachments of a defect, on the page of its record: photographs with their small pictures, other files by name, the form
//! that attaches one, and the page that makes one void. Their content is served here too, as by the API and with the same
//! headers: the API does not take a browser's cookie.

use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{get, post};
use service::defects::attachments::{self, AttachmentView, Download};
use service::rights::field;
use service::version::IfMatch;

use super::reason::ReasonPage;
use super::{Look, Rows, again, section};
use crate::answer::{self, Reply};
use crate::deadline;
use crate::extract;
use crate::problem::Problem;
use crate::state::State;
use crate::web::page::go;
use crate::web::typed::Typed;
use crate::web::visit::{AttachedFile, Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(show_content)
        .service(show_thumbnail)
        .service(attach_file)
        .service(ask_void)
        .service(void_attachment);
}

/// How many files the page shows.
const SHOWN: u8 = 24;

/// The longer side of a small picture.
const THUMBNAIL: i64 = 320;

pub(super) const WHAT: &str = "attachment";

/// The attachments of a record.
#[derive(Default)]
pub(in crate::web) struct Attachments {
    pub(in crate::web) rows: Rows<File>,
    pub(in crate::web) may_add: bool,
}

/// An attachment.
pub(in crate::web) struct File {
    pub(in crate::web) id: i64,
    pub(in crate::web) name: String,
    pub(in crate::web) size: String,
    pub(in crate::web) by: String,
    /// Its width and height, where it is a picture.
    pub(in crate::web) sides: Option<(i64, i64)>,
    /// Those of its small picture, where there is one.
    pub(in crate::web) picture: Option<(i64, i64)>,
    /// Who made it void, when and why.
    pub(in crate::web) voided: Option<String>,
    pub(in crate::web) may_void: bool,
}

impl Attachments {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = attachments::list(system, actor, look.newest(), &look.query(SHOWN)).await?;
        Ok(Self {
            rows: look.rows("attachments", found, |one| File::of(look, one)),
            may_add: look.writes(field::ATTACHMENTS),
        })
    }
}

impl File {
    pub(super) fn of(look: &Look<'_>, file: AttachmentView) -> Self {
        let may_void = attachments::voidable(&look.visit.actor, look.may, &file);
        let reason = file.void_reason.unwrap_or_default();
        let voided = file.voided_by.zip(file.voided_at).map(|(who, at)| {
            let by = look.by(&who.name, &at);
            look.page
                .with("attachment-voided", &[("by", &by), ("reason", &reason)])
        });
        let sides = file.width.zip(file.height);
        Self {
            id: file.id,
            name: file.file_name,
            size: size(file.byte_count),
            by: look.by(&file.created_by.name, &file.created_at),
            sides,
            picture: sides.filter(|_| file.has_thumbnail).map(small),
            voided,
            may_void,
        }
    }
}

/// The sides of a small picture, so that the page need not move when it comes.
fn small((width, height): (i64, i64)) -> (i64, i64) {
    let longer = width.max(height);
    if longer <= THUMBNAIL {
        return (width, height);
    }
    let scaled = |side: i64| (side * THUMBNAIL / longer).max(1);
    (scaled(width), scaled(height))
}

/// A number of bytes, as people read it.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Attaches a file.
#[post("/defects/{id}/attachments")]
async fn attach_file(state: Data<State>, mut sent: AttachedFile) -> Reply {
    let id = sent.id("defect")?;
    match attach(&state, &mut sent, id).await {
        Ok(()) => go(&section(id, "attachments"), Some("attached")),
        Err(problem) => {
            let page = again(&sent, id, "attachment", Typed::default(), problem);
            deadline::within(&state, true, page).await?
        }
    }
}

/// Judged before the file comes, and put on record when it is there; each step is bounded, and the file comes as it may.
async fn attach(state: &State, sent: &mut AttachedFile, id: i64) -> Result<(), Problem> {
    let (system, actor) = (sent.system.clone(), sent.actor.clone());
    let judged = attachments::may_add(&system, &actor, id, &IfMatch::Missing, sent.has_key());
    deadline::within(state, false, judged).await??;
    let (incoming, key) = sent.receive().await?;
    let added = attachments::add(
        &system,
        &actor,
        id,
        &IfMatch::Missing,
        incoming,
        key.as_ref(),
    );
    deadline::within(state, false, added).await??;
    Ok(())
}

/// The content of an attachment, as it is kept.
#[get("/defects/{id}/attachments/{child_id}/content")]
async fn show_content(visit: Visit) -> Reply {
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let download = attachments::content_of(&visit.system, &visit.actor, id, child).await?;
    served(&visit, &download).await
}

/// Its small picture.
#[get("/defects/{id}/attachments/{child_id}/thumbnail")]
async fn show_thumbnail(visit: Visit) -> Reply {
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let download = attachments::thumbnail_of(&visit.system, &visit.actor, id, child).await?;
    served(&visit, &download).await
}

async fn served(visit: &Visit, download: &Download) -> Reply {
    let is_known = extract::has_content(visit.request().headers(), &download.sha256);
    let mut answer = answer::content(&visit.system, download, is_known).await?;
    let cookie = header::HeaderValue::from_static("cookie");
    answer.headers_mut().append(header::VARY, cookie);
    Ok(answer)
}

/// Asks why an attachment is made void.
#[get("/defects/{id}/attachments/{child_id}/void")]
async fn ask_void(visit: Visit) -> Reply {
    let place = (visit.id("defect")?, visit.child(WHAT)?);
    attachments::may_void(&visit.system, &visit.actor, place).await?;
    asked(&visit).await?.asked()
}

/// Makes an attachment void: it stays, marked, with the reason.
#[post("/defects/{id}/attachments/{child_id}/void")]
async fn void_attachment(sent: Posted) -> Reply {
    let (place, key) = ((sent.id("defect")?, sent.child(WHAT)?), sent.key()?);
    let (draft, if_match) = (sent.typed.draft(), sent.if_match());
    let (system, actor) = (&sent.system, &sent.actor);
    match attachments::void(system, actor, place, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(place.0, "attachments"), Some("attachment-voided")),
        Err(error) => asked(&sent).await?.again(&sent, error),
    }
}

async fn asked(visit: &Visit) -> Result<ReasonPage, Problem> {
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let file = attachments::show(&visit.system, &visit.actor, id, child).await?;
    let page = visit.page("defects");
    let at = page.minute(&file.created_at);
    let what = format!("{} · {} · {at}", file.file_name, file.created_by.name);
    let told = (page.t("attachment-void"), page.t("attachment-void-hint"));
    Ok(ReasonPage::new(page, (id, "attachments"), what, told))
}

#[cfg(test)]
mod tests {
    use super::{size, small};

    #[test]
    fn a_small_picture_keeps_its_shape() {
        assert_eq!(small((4_000, 3_000)), (320, 240));
        assert_eq!(small((300, 200)), (300, 200));
        assert_eq!(small((1, 16_000)), (1, 320));
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        let said = [(8, "8 B"), (1_999, "1 kB"), (2_340_000, "2.3 MB")];
        for (bytes, text) in said {
            assert_eq!(size(bytes), text);
        }
    }
}
