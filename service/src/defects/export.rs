//! The list of defects as a file: the same filters, every page of it, with the long texts and the totals.
//!
//! Read by key, page after page, while it is sent, so that a million records take no more memory than a hundred. No
//! transaction is held open for so long: a record that changes meanwhile is there once, as it was or as it is. The
//! order by the last change is not offered, because in it such a record would move past the place that is being read.

use std::fs::File;
use std::io::Read;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Condition, Query};
use serde_json::Value as Json;

use super::filter::{DefectFilter, conditions};
use super::list::{self, Sort};
use super::view::{D, DefectView, LONG_TEXTS, read_whole, whole};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::{Limit, MOST_BYTES, PageRequest, bytes_of, fitting};
use crate::rights::{self, Right};
use crate::sheet::{Cell, Format, MOST_ROWS_OUT, Writer};
use crate::system::System;
use crate::value::{Instant, Value as _};
use crate::words::Severity;

crate::choice! {
    /// The orders of an export.
    pub enum ExportSort {
        /// Latest report first.
        NewestReported = "-reported_at",
        /// Earliest report first.
        OldestReported = "reported_at",
        /// By number.
        TagNumber = "tag_number",
    }
}

crate::input! {
    /// Which defects, in which order, in which form.
    pub struct DefectExport {
        ..filter: DefectFilter,
        /// The form; `csv` unless said otherwise.
        format: optional Format,
        /// The order; `-reported_at` unless said.
        sort: optional ExportSort,
    }
}

impl DefectExport {
    /// The order of the list of which this is every page.
    fn list_sort(&self) -> Sort {
        match self.sort {
            None | Some(ExportSort::NewestReported) => Sort::NewestReported,
            Some(ExportSort::OldestReported) => Sort::OldestReported,
            Some(ExportSort::TagNumber) => Sort::TagNumber,
        }
    }
}

/// A column of the file.
struct Column {
    name: &'static str,
    /// The field whose right says who sees it; everybody where there is none.
    field: Option<&'static str>,
    cell: fn(&DefectView) -> Cell,
}

const fn column(name: &'static str, cell: fn(&DefectView) -> Cell) -> Column {
    Column {
        name,
        field: None,
        cell,
    }
}

/// The table.
#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("id", |d| Cell::number(Some(d.item.id))),
    column("tag_number", |d| Cell::text(Some(&d.item.tag_number))),
    column("status", |d| Cell::text(Some(d.item.status.word()))),
    column("severity", |d| Cell::text(d.item.severity.map(Severity::word))),
    column("origin", |d| Cell::text(Some(d.item.origin.word()))),
    column("failure_code", |d| Cell::text(d.item.failure_code.as_ref())),
    column("part_number", |d| Cell::text(Some(&d.item.part.number))),
    column("part_revision", |d| Cell::text(Some(&d.item.part.revision))),
    column("part_name", |d| Cell::text(Some(&d.item.part.name))),
    column("work_center", |d| Cell::text(Some(&d.item.work_center.code))),
    column("work_center_name", |d| Cell::text(Some(&d.item.work_center.name))),
    column("customer", |d| Cell::text(d.item.customer.as_ref().map(|partner| &partner.code))),
    column("customer_name", |d| Cell::text(d.item.customer.as_ref().map(|partner| &partner.name))),
    column("supplier", |d| Cell::text(d.item.supplier.as_ref().map(|partner| &partner.code))),
    column("supplier_name", |d| Cell::text(d.item.supplier.as_ref().map(|partner| &partner.name))),
    column("lot_number", |d| Cell::text(d.item.lot_number.as_ref())),
    column("work_order", |d| Cell::text(d.item.work_order.as_ref())),
    column("title", |d| Cell::text(Some(&d.item.title))),
    column("description", |d| Cell::text(Some(&d.description))),
    column("language", |d| Cell::text(Some(d.item.language.word()))),
    column("quantity_inspected", |d| Cell::number(d.item.quantity_inspected.as_ref())),
    column("quantity_defective", |d| Cell::number(Some(&d.item.quantity_defective))),
    column("units_sampled", |d| Cell::number(d.item.units_sampled)),
    column("defects_found", |d| Cell::number(d.item.defects_found)),
    column("detected_at", |d| instant(Some(&d.item.detected_at))),
    column("reported_at", |d| instant(Some(&d.item.reported_at))),
    column("reported_by", |d| Cell::text(Some(&d.item.reported_by.name))),
    column("assignee", |d| Cell::text(d.item.assignee.as_ref().map(|person| &person.name))),
    column("due_at", |d| instant(d.item.due_at.as_ref())),
    column("on_hold", |d| Cell::Flag(d.item.on_hold)),
    column("hold_since", |d| instant(d.item.hold_since.as_ref())),
    column("hold_reason", |d| Cell::text(d.item.hold_reason.as_ref())),
    column("hold_until", |d| instant(d.item.hold_until.as_ref())),
    column("is_contained", |d| Cell::Flag(d.item.is_contained)),
    column("hold_location", |d| Cell::text(d.item.hold_location.as_ref())),
    column("process_analysis", |d| Cell::text(d.process_analysis.as_ref())),
    column("repair_process", |d| Cell::text(d.repair_process.as_ref())),
    column("engineering_findings", |d| Cell::text(d.engineering_findings.as_ref())),
    column("root_cause", |d| Cell::text(d.root_cause.as_ref())),
    column("cause", |d| Cell::text(d.item.cause.as_ref())),
    column("repeat_of_id", |d| Cell::number(d.repeat_of_id)),
    column("labor_minutes", |d| Cell::number(Some(d.labor_minutes))),
    Column {
        field: Some(rights::field::COST),
        ..column("cost_total", |d| Cell::number(d.cost_total.as_ref()))
    },
    column("closed_at", |d| instant(d.item.closed_at.as_ref())),
    column("closed_by", |d| Cell::text(d.item.closed_by.as_ref().map(|person| &person.name))),
    column("external_system", |d| Cell::text(d.item.external_system.as_ref())),
    column("external_id", |d| Cell::text(d.item.external_id.as_ref())),
    column("created_at", |d| instant(Some(&d.item.created_at))),
    column("updated_at", |d| instant(Some(&d.item.updated_at))),
];

fn instant(shown: Option<&String>) -> Cell {
    let read = shown.and_then(|text| Instant::from_json(&Json::from(text.as_str())).ok());
    read.map_or(Cell::Empty, |at| Cell::Instant(at.0))
}

impl Column {
    fn is_seen_by(&self, actor: &Actor) -> bool {
        self.field
            .and_then(Right::of)
            .is_none_or(|right| right.visible_to(actor.roles))
    }
}

/// An export that has begun.
pub struct Export {
    /// The form.
    pub format: Format,
    system: System,
    actor: Actor,
    sort: Sort,
    wanted: Condition,
    columns: Vec<&'static Column>,
    /// Where the next page begins; none behind the last one.
    next: Option<PageRequest>,
}

/// Begins an export; what is wrong is said here, before anything is sent.
///
/// # Errors
/// `Invalid` for filters that are not in order, and where there are more records than a workbook has rows.
pub async fn begin(system: &System, actor: &Actor, draft: &Draft<DefectExport>) -> Result<Export> {
    actor.may_read()?;
    let export = draft.check()?;
    let format = export.format.unwrap_or(Format::Csv);
    let db = system.db.reader();
    let wanted = conditions(system, actor, db, &export.filter).await?;
    if format == Format::Xlsx {
        refuse_too_many(db, &wanted).await?;
    }
    let mut export = Export {
        format,
        system: system.clone(),
        actor: actor.clone(),
        sort: export.list_sort(),
        wanted,
        columns: COLUMNS
            .iter()
            .filter(|column| column.is_seen_by(actor))
            .collect(),
        next: None,
    };
    export.next = Some(Export::request(None)?);
    Ok(export)
}

/// Excel has no more rows. Counted no further than that.
async fn refuse_too_many(db: &impl ConnectionTrait, wanted: &Condition) -> Result<()> {
    let mut ids = list::ids(wanted.clone());
    ids.limit(MOST_ROWS_OUT + 1);
    let counted = Query::select()
        .expr_as(sea_orm::sea_query::Expr::cust("COUNT(*)"), "n")
        .from_subquery(ids, "counted")
        .to_owned();
    let row = db.query_one(&counted).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    if count.unsigned_abs() <= MOST_ROWS_OUT {
        return Ok(());
    }
    let message = format!(
        "a workbook has room for {MOST_ROWS_OUT} records, and these are more; narrow the filter, or take csv"
    );
    Err(Error::field("format", "range", message))
}

/// How many records are read at once, at most; fewer where their texts are long.
const AT_ONCE: Limit = crate::value::Int(200);

impl Export {
    /// The file as it comes. An error in the middle means that it is not whole.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<u8>>> {
        try_unfold(Step::Begin(Box::new(self)), Step::next)
    }

    fn request(cursor: Option<&str>) -> Result<PageRequest> {
        // Its cursors never leave this file.
        PageRequest::new(&Json::Null, Some(AT_ONCE), cursor, None)
    }

    fn headings(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// The next rows; none behind the last one.
    async fn rows(&mut self) -> Result<Option<Vec<Vec<Cell>>>> {
        let Some(request) = self.next.take() else {
            return Ok(None);
        };
        let db = self.system.db.reader();
        let mut sizes = list::ids(self.wanted.clone());
        sizes.clear_selects();
        sizes.expr_as(bytes_of(db, &LONG_TEXTS.map(|column| (D, column))), "bytes");
        list::order(&mut sizes, self.sort, &request)?;
        let sizes = super::query::limited(db.get_database_backend(), &sizes, request.to_read());
        let sizes = db.query_all_raw(sizes).await?;
        let sizes: Vec<i64> = sizes
            .iter()
            .map(|row| row.try_get("", "bytes"))
            .collect::<std::result::Result<_, _>>()?;
        let most = AT_ONCE.0.unsigned_abs() as usize;
        let fit = fitting(sizes.iter().take(most), MOST_BYTES);
        let mut records = whole(&self.actor, db);
        records.cond_where(self.wanted.clone());
        list::order(&mut records, self.sort, &request)?;
        let records = super::query::limited(db.get_database_backend(), &records, fit as u64);
        let rows = db.query_all_raw(records).await?;
        let records: Vec<DefectView> = rows
            .iter()
            .map(|row| read_whole(row, &self.system, &self.actor))
            .collect::<Result<_>>()?;
        let page = request.part(records, fit < sizes.len(), |record| {
            (list::sort_key(self.sort, &record.item), record.item.id)
        });
        self.next = match &page.next_cursor {
            Some(cursor) => Some(Self::request(Some(cursor))?),
            // What was measured a moment ago is no longer on the list; what is behind it may be.
            None if page.items.is_empty() && !sizes.is_empty() => Some(request),
            None => None,
        };
        let cells = |record: &DefectView| {
            let columns = self.columns.iter();
            columns.map(|column| (column.cell)(record)).collect()
        };
        Ok(Some(page.items.iter().map(cells).collect()))
    }
}

/// How far an export has come.
enum Step {
    Begin(Box<Export>),
    Rows(Box<Export>, Writer),
    Rest(File),
}

/// How much of a file is sent at once.
const CHUNK: usize = 64 * 1024;

impl Step {
    /// The next bytes; workbooks are written by threads that may wait for the disk.
    async fn next(self) -> Result<Option<(Vec<u8>, Self)>> {
        match self {
            Self::Begin(export) => {
                let (format, headings) = (export.format, export.headings());
                let begun = aside(move || Writer::begin(format, "defects", &headings)).await?;
                Ok(Some((begun.1, Self::Rows(export, begun.0))))
            }
            Self::Rows(mut export, mut writer) => match export.rows().await? {
                Some(rows) => {
                    let (bytes, writer) = aside(move || {
                        let bytes = writer.push(&rows)?;
                        Ok((bytes, writer))
                    })
                    .await?;
                    Ok(Some((bytes, Self::Rows(export, writer))))
                }
                None => match aside(move || writer.end()).await? {
                    Some(file) => Ok(Some((Vec::new(), Self::Rest(file)))),
                    None => Ok(None),
                },
            },
            Self::Rest(mut file) => {
                let (bytes, file) = aside(move || {
                    let mut bytes = Vec::with_capacity(CHUNK);
                    let read = (&mut file).take(CHUNK as u64).read_to_end(&mut bytes);
                    read.map_err(Error::internal)?;
                    Ok((bytes, file))
                })
                .await?;
                Ok((!bytes.is_empty()).then_some((bytes, Self::Rest(file))))
            }
        }
    }
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)?
}
