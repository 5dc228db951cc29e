//! Paper: the tag that hangs on the material, and the forms for the folder, the board and the supplier, to be printed.
//!
//! | sheet | address | in |
//! |---|---|---|
//! | the tag, A6 or a label of 62 × 100 mm | `/defects/{id}/tag?size=a6` or `label` | `tag` |
//! | the whole record, A4 or US Letter | `/defects/{id}/form?paper=a4` or `letter` | `form` |
//! | what the material review board decides on | `/defects/{id}/mrb` | `mrb` |
//! | a corrective action request, as 8D | `/corrective-actions/{id}/form` | `car` |
//!
//! `languages=es,zh` takes one to three: what a sheet says of itself stands in all of them (`labels`), what people wrote
//! as they wrote it, with its translations (`texts`). All but the tag are a list of sections (`section`) on one template.
//! Everything is read through the service as the record's page reads it: what the visitor may not see is not printed.

mod car;
mod code128;
mod form;
mod labels;
mod lines;
mod money;
mod mrb;
mod qr;
mod read;
mod record;
mod section;
mod sheet;
mod signed;
mod tag;
mod texts;

use actix_web::web;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(tag::show_tag)
        .service(form::show_form)
        .service(mrb::show_board)
        .service(car::show_request);
}
