//! Lists from files: parts, work centers, partners, codes and inspections, and an empty file for each.

use actix_web::{get, post};
use service::import::{self, ImportQuery, ImportReport, TemplateQuery};

use super::exports::SheetFile;
use crate::answer::{Reply, file, shown};
use crate::extract::{Asked, Uploaded};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(import_parts)
        .service(parts_template)
        .service(import_work_centers)
        .service(work_centers_template);
    routes
        .service(import_partners)
        .service(partners_template)
        .service(import_codes)
        .service(codes_template);
    routes
        .service(import_inspections)
        .service(inspections_template);
}

/// The two operations of a list: a file comes in, and an empty one goes out. They are what the OpenAPI document says of
/// each list anew; `in` names the part of the path that tells one list of a kind from another.
macro_rules! list {
    (
        $tag:tt, $file:tt $(, in $part:tt)?;
        $about:tt $path:tt $import:ident $add:ident;
        $about_template:tt $template_path:tt $template:ident
    ) => {
        #[doc = $about]
        #[utoipa::path(
            tag = $tag,
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
        #[post($path)]
        async fn $import(sent: Uploaded) -> Reply {
            let (query, upload, key) = (&sent.draft, sent.upload.clone(), sent.key.as_ref());
            let (system, actor) = (&sent.system, &sent.actor);
            let report = import::$add(system, actor, $(sent.part($part),)? query, upload, key);
            shown(&report.await?)
        }

        #[doc = $about_template]
        #[utoipa::path(tag = $tag, params(TemplateQuery), responses(SheetFile))]
        #[get($template_path)]
        async fn $template(asked: Asked<TemplateQuery>) -> Reply {
            let empty = import::$template(&asked.actor, $(asked.part($part),)? &asked.draft)?;
            Ok(file(empty.format, $file).body(empty.bytes))
        }
    };
}

list! {
    "parts", "parts";
    "Adds parts from a file: all of its rows or none. A dry run says what is wrong with each row."
    "/parts/import" import_parts parts;
    "An empty file with the headings of parts, to be filled in and imported."
    "/parts/import/template" parts_template
}

list! {
    "work_centers", "work-centers";
    "Adds work centers from a file: all of its rows or none. A dry run says what is wrong with each row."
    "/work-centers/import" import_work_centers work_centers;
    "An empty file with the headings of work centers, to be filled in and imported."
    "/work-centers/import/template" work_centers_template
}

list! {
    "partners", "partners";
    "Adds customers and suppliers from a file: all of its rows or none. A dry run says what is wrong with each row."
    "/partners/import" import_partners partners;
    "An empty file with the headings of customers and suppliers, to be filled in and imported."
    "/partners/import/template" partners_template
}

list! {
    "codes", "codes", in "list";
    "Adds the codes of a list from a file: all of its rows or none. A dry run says what is wrong with each row."
    "/codes/{list}/import" import_codes codes;
    "An empty file with the headings of the codes of a list, to be filled in and imported."
    "/codes/{list}/import/template" codes_template
}

list! {
    "inspections", "inspections";
    "Enters inspections from a file: all of its rows or none. A dry run says what is wrong with each row."
    "/inspections/import" import_inspections inspections;
    "An empty file with the headings of inspections, to be filled in and imported."
    "/inspections/import/template" inspections_template
}
