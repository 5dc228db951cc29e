//! Attachments of a defect. Their content is only ever served as something to be kept: never shown by a browser, and if
//! it were, in a sandbox in which nothing runs.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{get, post};
use service::defects::attachments::{self, AttachmentView, MediaType, VoidAttachment};
use service::defects::{ChildQuery, Written};
use service::page::Page;
use utoipa::openapi::content::Content;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::answer::{self, Reply, added, record, shown};
use crate::deadline;
use crate::extract::{Asked, Attached, Call, Sent};
use crate::problem::Problem;
use crate::routes::Routes;
use crate::state::State;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(show_attachment)
        .service(list_attachments)
        .service(add_attachment)
        .service(attachment_content)
        .service(attachment_thumbnail)
        .service(void_attachment);
}

/// The form with a file, as the OpenAPI document describes it: the file itself is never in memory as a whole.
struct AttachmentForm;

impl ToSchema for AttachmentForm {}

impl PartialSchema for AttachmentForm {
    fn schema() -> RefOr<Schema> {
        let about = "A picture (JPEG, PNG, WebP), a PDF, a workbook without macros (.xlsx), or a text (.csv, .txt, .log), with its name.";
        let file = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some(about));
        ObjectBuilder::new()
            .property("file", file)
            .required("file")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .into()
    }
}

/// What is served, as the OpenAPI document describes it: whatever kinds there are.
struct KeptContent;

impl IntoResponses for KeptContent {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let kept = MediaType::ALL
            .iter()
            .filter(|kind| **kind != MediaType::Webp);
        let answer = kept.fold(
            ResponseBuilder::new().description("The content"),
            |answer, kind| {
                let content = Content::new(Some(Vec::<u8>::schema()));
                answer.content(kind.word(), content)
            },
        );
        BTreeMap::from([("200".to_owned(), answer.build().into())])
    }
}

/// Lists a defect's attachments, void ones included.
#[utoipa::path(
    tag = "attachments",
    params(ChildQuery),
    responses((status = 200, description = "A page of attachments", body = Page<AttachmentView>))
)]
#[get("/defects/{id}/attachments")]
async fn list_attachments(asked: Asked<ChildQuery>) -> Reply {
    let (system, actor) = (&asked.system, &asked.actor);
    shown(&attachments::list(system, actor, asked.id("defect")?, &asked.draft).await?)
}

/// Shows an attachment of a defect; its content has an address of its own.
#[utoipa::path(
    tag = "attachments",
    responses((status = 200, description = "The attachment", body = AttachmentView))
)]
#[get("/defects/{id}/attachments/{child_id}")]
async fn show_attachment(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("attachment")?);
    shown(&attachments::show(&call.system, &call.actor, id, child).await?)
}

/// Attaches a file to a defect. What it is, its bytes say; pictures are written anew, without EXIF.
#[utoipa::path(
    tag = "attachments",
    request_body(content = AttachmentForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The new attachment", body = AttachmentView))
)]
#[post("/defects/{id}/attachments")]
async fn add_attachment(state: Data<State>, mut sent: Attached) -> Reply {
    let id = sent.id("defect")?;
    let written = attach(&state, &mut sent, id).await?;
    added(id, "attachments", written.item.id, &written)
}

/// Receives a file and attaches it; each step is bound by itself, because the whole takes as long as the file does.
pub(crate) async fn attach(
    state: &State,
    sent: &mut Attached,
    id: i64,
) -> Result<Written<AttachmentView>, Problem> {
    let if_match = sent.if_match.clone();
    let judged = attachments::may_add(&sent.system, &sent.actor, id, &if_match, sent.has_key());
    deadline::within(state, false, judged).await??;
    let (incoming, key) = sent.receive().await?;
    let (system, actor) = (&sent.system, &sent.actor);
    let added_in = attachments::add(system, actor, id, &if_match, incoming, key.as_ref());
    Ok(deadline::within(state, false, added_in).await??)
}

/// The content of an attachment, as it is kept.
#[utoipa::path(tag = "attachments", responses(KeptContent))]
#[get("/defects/{id}/attachments/{child_id}/content")]
async fn attachment_content(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("attachment")?);
    let download = attachments::content_of(&call.system, &call.actor, id, child).await?;
    answer::content(&call.system, &download, call.has_content(&download.sha256)).await
}

/// A small picture of an attachment, JPEG, 320 pixels on its longer side at most.
#[utoipa::path(
    tag = "attachments",
    responses((status = 200, description = "The picture", body = Vec<u8>, content_type = "image/jpeg"))
)]
#[get("/defects/{id}/attachments/{child_id}/thumbnail")]
async fn attachment_thumbnail(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("attachment")?);
    let download = attachments::thumbnail_of(&call.system, &call.actor, id, child).await?;
    answer::content(&call.system, &download, call.has_content(&download.sha256)).await
}

/// Makes an attachment void: it stays, marked, with the reason.
#[utoipa::path(
    tag = "attachments",
    request_body = VoidAttachment,
    responses((status = 200, description = "The attachment, void", body = AttachmentView))
)]
#[post("/defects/{id}/attachments/{child_id}/void")]
async fn void_attachment(sent: Sent<VoidAttachment>) -> Reply {
    let place = (sent.id("defect")?, sent.child("attachment")?);
    let (system, actor, key) = (&sent.system, &sent.actor, sent.key.as_ref());
    let voided = attachments::void(system, actor, place, &sent.if_match, &sent.draft, key).await?;
    record(voided.version, &voided.item)
}
