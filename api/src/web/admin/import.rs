//! The page of an import: a file is tried out, and what would come of it is shown row by row; then it is imported. An empty
//! file for each list is there to be filled in.
//!
//! Between the two the file is kept in the page itself, so that any server can go on; one that is too large for that is
//! chosen again.

use actix_web::http::StatusCode;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::idempotency::Idempotency;
use service::import::{self, ImportQuery, ImportReport, Mode, RowError, TemplateQuery, Upload};
use service::sheet::Format;
use service::{Draft, Error, FieldError};

use super::field::words;
use crate::answer::{Reply, file};
use crate::extract;
use crate::problem::{Kind, Problem};
use crate::web::page::{Page, show, show_as};
use crate::web::typed::Typed;
use crate::web::visit::{ImportFile, Visit};

/// What a form has besides its file.
const FRAME: usize = 4096;

/// The page of an import.
#[derive(Template)]
#[template(path = "admin/import.html")]
pub(in crate::web) struct ImportPage {
    page: Page,
    trail: Vec<(String, String)>,
    title: String,
    address: String,
    form: Typed,
    /// What may become of rows that are there already; none where there are none to be known again.
    modes: Vec<(String, String)>,
    report: Option<ImportReport>,
    errors: Vec<ErrorRow>,
    /// The file that was tried out and found good, to be sent again.
    kept: Option<String>,
    /// Whether it was found good, and has to be chosen again.
    is_large: bool,
}

/// What is wrong with a cell, or with a row.
struct ErrorRow {
    row: u32,
    column: String,
    text: String,
    /// What the service says of it besides, in English.
    more: Option<String>,
}

impl ImportPage {
    /// The page at that address.
    pub(in crate::web) fn at(
        address: String,
        page: Page,
        trail: Vec<(String, String)>,
        title: String,
    ) -> Self {
        Self {
            trail,
            title,
            address,
            form: Typed::with([("mode", Mode::Add.word())]),
            modes: words(&page, "admin-mode", Mode::ALL.iter().map(|it| it.word())),
            report: None,
            errors: Vec::new(),
            kept: None,
            is_large: false,
            page,
        }
    }

    /// The same where rows are only ever added.
    pub(in crate::web) fn adding_only(self) -> Self {
        Self {
            modes: Vec::new(),
            ..self
        }
    }

    /// Asks for a file.
    pub(in crate::web) fn asked(&self) -> Reply {
        show(self)
    }

    /// Tries out the file of a form, or imports it; `kind` is what it is a list of.
    pub(in crate::web) async fn take(mut self, sent: &ImportFile, kind: &str) -> Reply {
        self.form = sent.typed.clone();
        let is_meant = sent.own("_do") == Some("import");
        let done = match upload(sent) {
            Ok(upload) => run(sent, kind, &upload, is_meant)
                .await
                .map(|report| (report, upload)),
            Err(error) => Err(error),
        };
        match done {
            Ok((report, upload)) => {
                if report.dry_run && report.error_count == 0 && report.rows > 0 {
                    self.kept = kept(sent, &upload)?;
                    self.is_large = self.kept.is_none();
                }
                show(&self.reported(report))
            }
            Err(error) => self.refused(error),
        }
    }

    /// With what came of a file.
    fn reported(mut self, report: ImportReport) -> Self {
        let errors = report.errors.iter();
        self.errors = errors.map(|error| shown(&self.page, error)).collect();
        self.report = Some(report);
        self
    }

    /// The form again, with what is wrong with the file.
    fn refused(mut self, error: Error) -> Reply {
        let problem = Problem::from(error);
        if !matches!(
            problem.kind(),
            Kind::Invalid | Kind::BadRequest | Kind::Duplicate
        ) {
            return Err(problem);
        }
        self.form = self.form.refused_with(&problem);
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &self)
    }
}

fn shown(page: &Page, error: &RowError) -> ErrorRow {
    let column = error.column.clone().unwrap_or_default();
    let wrong = FieldError::new(column.clone(), &error.code, error.message.clone());
    ErrorRow {
        row: error.row,
        column,
        text: page.wrong(&wrong),
        more: page.more(&wrong),
    }
}

/// An empty file with the headings of a list.
pub(in crate::web) fn template(visit: &Visit, kind: &str) -> Reply {
    let (actor, query) = (&visit.actor, visit.asked::<TemplateQuery>()?);
    let empty = match kind {
        "parts" => import::parts_template(actor, &query),
        "work-centers" => import::work_centers_template(actor, &query),
        "partners" => import::partners_template(actor, &query),
        "inspections" => import::inspections_template(actor, &query),
        list => import::codes_template(actor, list, &query),
    }?;
    Ok(file(empty.format, kind).body(empty.bytes))
}

/// The file that was chosen, or the one that was kept in the page.
fn upload(sent: &ImportFile) -> Result<Upload, Error> {
    let bytes = match &sent.file {
        Some(file) => file.bytes.to_vec(),
        None => {
            let kept = URL_SAFE_NO_PAD.decode(sent.own("_kept").unwrap_or_default());
            kept.unwrap_or_default()
        }
    };
    if bytes.is_empty() {
        return Err(Error::field(
            "file",
            "required",
            "choose a file that is not empty",
        ));
    }
    // Browsers declare files as they please; a workbook is a ZIP archive, which says so itself.
    let format = if bytes.starts_with(b"PK\x03\x04") {
        Format::Xlsx
    } else {
        Format::Csv
    };
    Ok(Upload { format, bytes })
}

/// The file as the page keeps it, where it is not too large to come back in a form.
fn kept(sent: &ImportFile, upload: &Upload) -> Result<Option<String>, Error> {
    let most = extract::state(sent.request())?.max_body;
    let fits = upload.bytes.len() / 3 * 4 + FRAME < most;
    Ok(fits.then(|| URL_SAFE_NO_PAD.encode(&upload.bytes)))
}

async fn run(
    sent: &ImportFile,
    kind: &str,
    upload: &Upload,
    is_meant: bool,
) -> Result<ImportReport, Error> {
    let mode = sent.typed.value("mode");
    let mode = if mode.is_empty() {
        Mode::Add.word()
    } else {
        mode
    };
    let query = [
        ("dry_run".to_owned(), (!is_meant).to_string()),
        ("mode".to_owned(), mode.to_owned()),
    ];
    let query = Draft::<ImportQuery>::pairs(&query);
    let key: Option<Idempotency> = if is_meant {
        sent.key(&upload.bytes)?
    } else {
        None
    };
    let (system, actor, key) = (&sent.system, &sent.actor, key.as_ref());
    let upload = upload.clone();
    match kind {
        "parts" => import::parts(system, actor, &query, upload, key).await,
        "work-centers" => import::work_centers(system, actor, &query, upload, key).await,
        "partners" => import::partners(system, actor, &query, upload, key).await,
        "inspections" => import::inspections(system, actor, &query, upload, key).await,
        list => import::codes(system, actor, list, &query, upload, key).await,
    }
}
