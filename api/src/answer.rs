//! How views become answers: status, ETag, Location.

use actix_web::http::header::{self, ContentEncoding, ETag, EntityTag};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use service::defects::Written;
use service::sheet::Format;

use crate::problem::Problem;

/// What a handler returns.
pub type Reply = Result<HttpResponse, Problem>;

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// The ETag of a record's version.
pub fn etag(version: i64) -> ETag {
    ETag(EntityTag::new_strong(version.to_string()))
}

/// 200 with a list, or anything that has no version.
pub fn shown(view: &impl Serialize) -> Reply {
    Ok(HttpResponse::Ok().json(view))
}

/// 200 with a record.
pub fn record(version: i64, view: &impl Serialize) -> Reply {
    Ok(HttpResponse::Ok().insert_header(etag(version)).json(view))
}

/// 201 with a new record; `place` is its address below the API's.
pub fn created(place: &str, version: i64, view: &impl Serialize) -> Reply {
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("{BASE}/{place}")))
        .insert_header(etag(version))
        .json(view))
}

/// 201 with a new part of a record, under the record's version.
pub fn added(record: i64, children: &str, child: i64, written: &Written<impl Serialize>) -> Reply {
    created(
        &format!("defects/{record}/{children}/{child}"),
        written.version,
        &written.item,
    )
}

/// 200 with a file of that name, to be kept rather than shown.
pub fn file(format: Format, name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    let disposition = format!("attachment; filename=\"{name}.{format}\"");
    answer.insert_header((header::CONTENT_DISPOSITION, disposition));
    match format {
        Format::Csv => answer.content_type("text/csv; charset=utf-8; header=present"),
        // Compressed already.
        Format::Xlsx => answer
            .content_type(Format::Xlsx.media_type())
            .insert_header(ContentEncoding::Identity),
    };
    answer
}

/// 204: it is gone.
pub fn gone() -> Reply {
    Ok(HttpResponse::NoContent().finish())
}

/// 204: a part of a record is gone, and the record is at another version.
pub fn gone_from(version: i64) -> Reply {
    Ok(HttpResponse::NoContent()
        .insert_header(etag(version))
        .finish())
}

/// 304: the client has this version.
pub fn unchanged(version: i64) -> Reply {
    Ok(HttpResponse::NotModified()
        .insert_header(etag(version))
        .finish())
}
