//! How views become answers: status, ETag, Location.

use actix_web::http::header::{self, ContentEncoding, ETag, EntityTag};
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::TryStreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use service::System;
use service::defects::Written;
use service::defects::attachments::{self, Download};
use service::defects::export::Export;
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

/// 201 with a new part of a defect, under the record's version.
pub fn added(record: i64, children: &str, child: i64, written: &Written<impl Serialize>) -> Reply {
    added_to(&format!("defects/{record}/{children}"), child, written)
}

/// 201 with a new part of a record, under the record's version; `place` is where its like are, below the API's address.
pub fn added_to(place: &str, child: i64, written: &Written<impl Serialize>) -> Reply {
    created(&format!("{place}/{child}"), written.version, &written.item)
}

/// 202 with the job that goes on with it; `place` is its address below the API's.
pub fn accepted(place: &str, view: &impl Serialize) -> Reply {
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("{BASE}/{place}")))
        .json(view))
}

/// 200 with an archive of that name. It is compressed already, and with its secrets not for any cache.
pub fn archive(name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    let disposition = format!("attachment; filename=\"{name}.dmt.zip\"");
    answer
        .content_type("application/zip")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(ContentEncoding::Identity);
    answer
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

/// 200 with the list of defects as a file.
pub fn exported(export: Export) -> HttpResponse {
    let mut answer = file(export.format, "defects");
    let bytes = export.into_stream().map_ok(Bytes::from);
    answer.streaming(bytes.map_err(broken_off))
}

/// 200 with a drawing of that name (SVG), to be shown: its own style sheet counts, and nothing runs or is loaded.
pub fn drawing(name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    let disposition = format!("inline; filename=\"{name}.svg\"");
    answer
        .content_type("image/svg+xml")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        ));
    answer
}

/// 200 with a file of that name that people sent: to be kept, and should a browser show it all the same, in a sandbox in
/// which nothing runs and nothing is loaded. It is compressed already.
pub fn kept(name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    let ascii: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    answer
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'",
        ))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(ContentEncoding::Identity);
    answer
}

/// 200 with the content of an attachment, or 304 where the client has it.
pub async fn content(system: &System, download: &Download, is_known: bool) -> Reply {
    let etag = ETag(EntityTag::new_strong(download.sha256.clone()));
    if is_known {
        return Ok(HttpResponse::NotModified().insert_header(etag).finish());
    }
    let content = attachments::read(system, download).await?;
    let mut answer = kept(&download.file_name);
    answer
        .content_type(download.media_type.word())
        .insert_header(etag)
        .no_chunking(content.size);
    Ok(answer.streaming(content.bytes.map_err(broken_off)))
}

/// What is wrong with an answer that has begun: all that can be done is to break it off, and to say so in the log.
pub fn broken_off(error: impl Into<Problem>) -> Problem {
    let problem = error.into();
    problem.log();
    problem
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
