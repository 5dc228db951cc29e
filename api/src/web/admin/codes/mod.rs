//! Code lists: each a tree, labelled in three languages, in an order of its own.
//!
//! The whole tree is shown where that is a page; of a larger one a branch at a time. What adds and changes a code is in
//! [`one`], what puts codes in order in [`order`].

mod one;
mod order;

use std::collections::HashMap;

use actix_web::{get, web};
use askama::Template;
use service::code::{self, CodeView};
use service::words::CodeList;
use service::{Draft, Error};

use super::Area;
use super::list::{Cell, ListPage, Row};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(list_lists).service(show_list);
    // Before the codes, which would take `order` and `new` for one.
    order::configure(config);
    one::configure(config);
}

fn area() -> &'static Area {
    Area::named("codes")
}

/// How many codes are shown at once; of more, one branch.
const MOST: usize = 150;

/// How deep a tree may be; the service lets none be deeper.
const DEEPEST: usize = 10;

#[derive(Template)]
#[template(path = "admin/code_list.html")]
struct CodesPage {
    page: Page,
    trail: Vec<(String, String)>,
    title: String,
    address: String,
    /// Where a code is added.
    adds: String,
    /// The code whose branch is shown; empty where all is.
    below: String,
    rows: Vec<CodeRow>,
    may_write: bool,
}

impl CodesPage {
    /// Where the branch below a code is shown.
    fn branch(&self, code: &str) -> String {
        with_code(&self.address, "below", code)
    }
}

/// An address with a code in its query, where there is one.
fn with_code(address: &str, name: &str, code: &str) -> String {
    if code.is_empty() {
        return address.to_owned();
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair(name, code);
    format!("{address}?{}", query.finish())
}

struct CodeRow {
    id: i64,
    code: String,
    /// The code above it; empty where none is.
    parent: String,
    labels: [String; 3],
    is_active: bool,
    /// How far it stands below the first ones.
    depth: usize,
    is_first: bool,
    is_last: bool,
    /// How many codes stand below it that are not shown.
    hidden: usize,
}

/// Shows which lists there are.
#[get("/admin/codes")]
async fn list_lists(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let row = |list: &CodeList| Row {
        name: page.word("code-list", list.word()),
        address: Some(format!("/admin/codes/{list}")),
        cells: vec![Cell::text(list.word())],
        ..Row::default()
    };
    show(&ListPage {
        columns: vec![page.field("name"), page.field("code")],
        rows: CodeList::ALL.iter().map(row).collect(),
        adds: None,
        ..area().list(page, &visit, None)?
    })
}

/// Shows a list, or a branch of it.
#[get("/admin/codes/{list}")]
async fn show_list(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let list = list_named(&visit)?;
    let codes = all(&visit, list.word()).await?;
    let query = visit.query()?;
    let below = query.value("below");
    let address = format!("/admin/codes/{list}");
    let area = (area().address(), area().title(&page));
    show(&CodesPage {
        trail: vec![super::administration(&page), area],
        title: page.word("code-list", list.word()),
        adds: with_code(&format!("{address}/new"), "parent", below),
        address,
        below: below.to_owned(),
        rows: rows(&codes, below),
        may_write: self::area().may_write(&visit),
        page,
    })
}

/// The list that the address names.
fn list_named(visit: &Visit) -> Result<CodeList, Error> {
    CodeList::of(visit.part("list")).ok_or(Error::NotFound("code list"))
}

/// All codes of a list, in its order.
pub(super) async fn all(visit: &Visit, list: &str) -> Result<Vec<CodeView>, Problem> {
    let (mut codes, mut cursor) = (Vec::new(), None);
    loop {
        let mut query = vec![("limit".to_owned(), "200".to_owned())];
        query.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let query = Draft::pairs(&query);
        let found = code::list(&visit.system, &visit.actor, list, &query).await?;
        codes.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(codes);
        }
    }
}

/// Codes as options, by their labels in the visitor's language: those in use, and the one that is chosen now.
pub(super) fn options(
    visit: &Visit,
    codes: &[CodeView],
    now: Option<&str>,
) -> Vec<(String, String)> {
    let offered = |code: &&CodeView| code.is_active || Some(code.code.as_str()) == now;
    let option = |code: &CodeView| {
        let label = code.labels.of(visit.actor.language).unwrap_or_default();
        (code.code.clone(), format!("{} {label}", code.code))
    };
    codes.iter().filter(offered).map(option).collect()
}

/// The codes right below each code, in the order of the list; below none stand the first ones.
type Tree<'a> = HashMap<Option<&'a str>, Vec<&'a CodeView>>;

fn tree(codes: &[CodeView]) -> Tree<'_> {
    let mut tree = Tree::new();
    for code in codes {
        tree.entry(code.parent.as_deref()).or_default().push(code);
    }
    tree
}

/// The rows of a list, or of the branch below a code.
fn rows(codes: &[CodeView], below: &str) -> Vec<CodeRow> {
    let tree = tree(codes);
    let top = Some(below).filter(|below| !below.is_empty());
    let levels = if codes.len() <= MOST { DEEPEST } else { 1 };
    let mut rows = Vec::new();
    branch(&tree, (top, 0), levels, &mut rows);
    rows
}

fn branch(tree: &Tree<'_>, at: (Option<&str>, usize), levels: usize, rows: &mut Vec<CodeRow>) {
    let (parent, depth) = at;
    let Some(codes) = tree.get(&parent) else {
        return;
    };
    for (place, code) in codes.iter().enumerate() {
        let own = Some(code.code.as_str());
        let is_open = depth + 1 < levels;
        let hidden = tree.get(&own).filter(|_| !is_open).map_or(0, Vec::len);
        let label = |label: &Option<String>| label.clone().unwrap_or_default();
        rows.push(CodeRow {
            id: code.id,
            code: code.code.clone(),
            parent: code.parent.clone().unwrap_or_default(),
            labels: [&code.labels.en, &code.labels.es, &code.labels.zh].map(label),
            is_active: code.is_active,
            depth,
            is_first: place == 0,
            is_last: place + 1 == codes.len(),
            hidden,
        });
        if is_open {
            branch(tree, (own, depth + 1), levels, rows);
        }
    }
}
