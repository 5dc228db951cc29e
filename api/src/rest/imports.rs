//! Lists from files: parts, work centers, partners and codes, and an empty file for each.

use actix_web::{get, post};
use service::import::{self, ImportQuery, ImportReport, TemplateQuery};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::answer::{Reply, file, shown};
use crate::extract::{Asked, Uploaded};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(import_parts)
        .service(parts_template)
        .service(import_work_centers)
        .service(work_centers_template);
    config
        .service(import_partners)
        .service(partners_template)
        .service(import_codes)
        .service(codes_template);
}

/// Adds parts from a file: all of its rows or none. A dry run says what is wrong with each row.
#[utoipa::path(
    tag = "parts",
    params(ImportQuery),
    request_body(
        description = "The file, its headings in the first row",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ),
    responses((status = 200, description = "What was done, or would be", body = ImportReport))
)]
#[post("/parts/import")]
async fn import_parts(sent: Uploaded) -> Reply {
    let (upload, key) = (sent.upload.clone(), sent.key.as_ref());
    let report = import::parts(&sent.system, &sent.actor, &sent.draft, upload, key).await?;
    shown(&report)
}

/// An empty file with the headings of parts, to be filled in and imported.
#[utoipa::path(
    tag = "parts",
    params(TemplateQuery),
    responses((
        status = 200,
        description = "The file",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ))
)]
#[get("/parts/import/template")]
async fn parts_template(asked: Asked<TemplateQuery>) -> Reply {
    let template = import::parts_template(&asked.actor, &asked.draft)?;
    Ok(file(template.format, "parts").body(template.bytes))
}

/// Adds work centers from a file: all of its rows or none. A dry run says what is wrong with each row.
#[utoipa::path(
    tag = "work_centers",
    params(ImportQuery),
    request_body(
        description = "The file, its headings in the first row",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ),
    responses((status = 200, description = "What was done, or would be", body = ImportReport))
)]
#[post("/work-centers/import")]
async fn import_work_centers(sent: Uploaded) -> Reply {
    let (upload, key) = (sent.upload.clone(), sent.key.as_ref());
    let report = import::work_centers(&sent.system, &sent.actor, &sent.draft, upload, key).await?;
    shown(&report)
}

/// An empty file with the headings of work centers, to be filled in and imported.
#[utoipa::path(
    tag = "work_centers",
    params(TemplateQuery),
    responses((
        status = 200,
        description = "The file",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ))
)]
#[get("/work-centers/import/template")]
async fn work_centers_template(asked: Asked<TemplateQuery>) -> Reply {
    let template = import::work_centers_template(&asked.actor, &asked.draft)?;
    Ok(file(template.format, "work-centers").body(template.bytes))
}

/// Adds customers and suppliers from a file: all of its rows or none. A dry run says what is wrong with each row.
#[utoipa::path(
    tag = "partners",
    params(ImportQuery),
    request_body(
        description = "The file, its headings in the first row",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ),
    responses((status = 200, description = "What was done, or would be", body = ImportReport))
)]
#[post("/partners/import")]
async fn import_partners(sent: Uploaded) -> Reply {
    let (upload, key) = (sent.upload.clone(), sent.key.as_ref());
    let report = import::partners(&sent.system, &sent.actor, &sent.draft, upload, key).await?;
    shown(&report)
}

/// An empty file with the headings of customers and suppliers, to be filled in and imported.
#[utoipa::path(
    tag = "partners",
    params(TemplateQuery),
    responses((
        status = 200,
        description = "The file",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ))
)]
#[get("/partners/import/template")]
async fn partners_template(asked: Asked<TemplateQuery>) -> Reply {
    let template = import::partners_template(&asked.actor, &asked.draft)?;
    Ok(file(template.format, "partners").body(template.bytes))
}

/// Adds the codes of a list from a file: all of its rows or none. A dry run says what is wrong with each row.
#[utoipa::path(
    tag = "codes",
    params(ImportQuery),
    request_body(
        description = "The file, its headings in the first row",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ),
    responses((status = 200, description = "What was done, or would be", body = ImportReport))
)]
#[post("/codes/{list}/import")]
async fn import_codes(sent: Uploaded) -> Reply {
    let (upload, key) = (sent.upload.clone(), sent.key.as_ref());
    let report = import::codes(
        &sent.system,
        &sent.actor,
        sent.part("list"),
        &sent.draft,
        upload,
        key,
    )
    .await?;
    shown(&report)
}

/// An empty file with the headings of the codes of a list, to be filled in and imported.
#[utoipa::path(
    tag = "codes",
    params(TemplateQuery),
    responses((
        status = 200,
        description = "The file",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ))
)]
#[get("/codes/{list}/import/template")]
async fn codes_template(asked: Asked<TemplateQuery>) -> Reply {
    let template = import::codes_template(&asked.actor, asked.part("list"), &asked.draft)?;
    Ok(file(template.format, "codes").body(template.bytes))
}
