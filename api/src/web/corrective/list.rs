//! The list of corrective action requests.

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::corrective::lifecycle::OPEN;
use service::corrective::{self, CorrectiveItem, CorrectiveQuery, ListedCorrective};
use service::words::{CorrectiveStatus, Severity};

use super::SECTION;
use super::forms::{self, Choices};
use crate::answer::Reply;
use crate::web::page::{self, Page};
use crate::web::typed::Typed;
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(list_requests);
}

const PLACE: &str = "/corrective-actions";

#[derive(Template)]
#[template(path = "corrective/list.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    form: Typed,
    /// Short cuts: what they are called, where they lead, and whether one is there.
    shortcuts: Vec<(String, String, bool)>,
    statuses: Choices,
    severities: Choices,
    owners: Choices,
    may_raise: bool,
    /// Where the first page is, on others; and where the next one is.
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    item: CorrectiveItem,
    supplier: String,
    is_late: bool,
}

/// Lists requests, those that the filter lets through.
#[get("/corrective-actions")]
async fn list_requests(visit: Visit) -> Reply {
    let filter = visit.query()?;
    let asked = filter.draft::<CorrectiveQuery>();
    let found = corrective::list(&visit.system, &visit.actor, &asked).await;
    let (filter, items, next, status) = match found {
        Ok(found) => (filter, found.items, found.next_cursor, StatusCode::OK),
        Err(error) => {
            let filter = filter.refused(error)?;
            (filter, Vec::new(), None, StatusCode::UNPROCESSABLE_ENTITY)
        }
    };
    let page = visit.page(SECTION);
    let row = |listed: ListedCorrective| Row {
        supplier: listed
            .item
            .supplier
            .as_ref()
            .map(forms::supplier_name)
            .unwrap_or_default(),
        is_late: listed.is_overdue,
        item: listed.item,
    };
    let is_first = filter.value("cursor").is_empty();
    let shown = ListPage {
        rows: items.into_iter().map(row).collect(),
        shortcuts: shortcuts(&visit, &page, &filter),
        statuses: statuses(&page),
        severities: words(
            &page,
            "severity",
            Severity::ALL.iter().map(|word| word.word()),
        ),
        owners: forms::people(&visit).await?,
        may_raise: corrective::may_raise(&visit.actor).is_ok(),
        first: (!is_first).then(|| place(filter.pairs(), None)),
        next: next.map(|cursor| place(filter.pairs(), Some(&cursor))),
        form: filter,
        page,
    };
    page::show_as(status, &shown)
}

/// The steps and ends, and the steps together.
fn statuses(page: &Page) -> Choices {
    let mut all = vec![(open(), page.t("car-open"))];
    all.extend(words(
        page,
        "corrective-status",
        CorrectiveStatus::ALL.iter().map(|word| word.word()),
    ));
    all
}

fn words(page: &Page, kind: &str, words: impl Iterator<Item = &'static str>) -> Choices {
    words
        .map(|word| (word.to_owned(), page.word(kind, word)))
        .collect()
}

/// All steps, as the filter writes them.
fn open() -> String {
    let words: Vec<&str> = OPEN.iter().map(|status| status.word()).collect();
    words.join(",")
}

fn shortcuts(visit: &Visit, page: &Page, filter: &Typed) -> Vec<(String, String, bool)> {
    let me = visit.actor.id.map(|id| id.to_string()).unwrap_or_default();
    let filters = [
        (page.t("car-all"), Vec::new()),
        (page.t("car-open"), vec![("status", open())]),
        (page.t("car-overdue"), vec![("overdue", "true".to_owned())]),
        (
            page.t("car-mine"),
            vec![("status", open()), ("owner_id", me)],
        ),
    ];
    let now = place(filter.pairs(), None);
    let shortcut = |(name, pairs): (String, Vec<(&str, String)>)| {
        let pairs: Vec<_> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let there = place(&pairs, None);
        let is_there = there == now;
        (name, there, is_there)
    };
    filters.into_iter().map(shortcut).collect()
}

/// The list under a filter; `cursor` is where the page begins.
fn place(filter: &[(String, String)], cursor: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let filled = filter
        .iter()
        .filter(|(name, value)| name != "cursor" && !value.is_empty());
    query.extend_pairs(filled);
    query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
    match query.finish() {
        query if query.is_empty() => PLACE.to_owned(),
        query => format!("{PLACE}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_page_is_addressed_by_its_filter() {
        let filter = [("status", "d0"), ("severity", ""), ("cursor", "x")];
        let filter = filter.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            place(&filter, Some("a=b")),
            "/corrective-actions?status=d0&cursor=a%3Db"
        );
        assert_eq!(place(&[], None), "/corrective-actions");
    }
}
