//! The board: open records by state, the latest change first, and moving them.
//!
//! Which column a card may be dropped on, and whether it moves there, is the service's to say; what it finds missing is told
//! above the board. What is signed is done in the record. Without a script each card leads to its record.

use actix_web::{get, post, web};
use askama::Template;
use chrono::{DateTime, FixedOffset};
use service::Error;
use service::actor::Actor;
use service::defects::transition::{self, TransitionRequest};
use service::defects::{self, DefectItem, DefectQuery, overdue};
use service::lifecycle::Action;
use service::words::Status;

use super::defects::{Told, counted, severity_tag, told};
use super::page::{self, Page, go, show};
use super::typed::Typed;
use super::visit::{Posted, Visit};
use crate::answer::Reply;
use crate::problem::{Kind, Problem};

/// The columns.
const COLUMNS: [Status; 6] = [
    Status::Reported,
    Status::Analysis,
    Status::Disposition,
    Status::Execution,
    Status::Verification,
    Status::Closed,
];

/// How many cards a column shows.
const CARDS: &str = "15";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_board).service(move_card);
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    page: Page,
    columns: Vec<Column>,
    /// Whether a card may be moved at all.
    may_move: bool,
    refusal: Option<Refusal>,
}

/// The records in one state.
struct Column {
    status: &'static str,
    title: String,
    count: String,
    /// The list of all of them.
    address: String,
    /// From where cards are dropped here: `state:action`, and `:reason` where one is due.
    moves: String,
    cards: Vec<Card>,
    has_more: bool,
}

struct Card {
    id: i64,
    version: i64,
    tag_number: String,
    title: String,
    part: String,
    severity: String,
    severity_tag: &'static str,
    assignee: String,
    due: String,
    is_overdue: bool,
}

/// A card that stayed where it was.
struct Refusal {
    id: i64,
    text: String,
    wrongs: Vec<Told>,
    /// Where the action has a page of its own, with the reason that was typed.
    again: String,
    reason: String,
}

/// Shows the board.
#[get("/board")]
async fn show_board(visit: Visit) -> Reply {
    show(&BoardPage::of(&visit).await?)
}

/// Takes an action on a record.
#[post("/board/move")]
async fn move_card(sent: Posted) -> Reply {
    let id = sent.typed.value("id").parse::<i64>();
    let id = id.map_err(|_| Error::NotFound("defect"))?;
    let draft = sent
        .typed
        .clone()
        .without(&["id"])
        .draft::<TransitionRequest>();
    let (seen, key) = (sent.if_match(), sent.key()?);
    let moved = transition::act(&sent.system, &sent.actor, id, &seen, &draft, key.as_ref()).await;
    match moved {
        Ok(_) => go("/board", Some("board-moved")),
        Err(error) => refused(&sent, id, error.into()).await,
    }
}

/// The board again, with what is unmet.
async fn refused(sent: &Posted, id: i64, problem: Problem) -> Reply {
    let status = problem.kind().status();
    let is_elsewhere = matches!(problem.kind(), Kind::NotFound | Kind::Unauthenticated);
    if is_elsewhere || status.is_server_error() {
        return Err(problem);
    }
    let record = defects::show(&sent.system, &sent.actor, id).await?;
    let mut board = BoardPage::of(sent).await?;
    let action = Action::of(sent.typed.value("action"));
    let action = action.map_or_else(String::new, |action| {
        board.page.word("action", action.word())
    });
    let arguments = [
        ("tag", record.item.tag_number.as_str()),
        ("action", action.as_str()),
    ];
    board.refusal = Some(Refusal {
        id,
        text: board.page.with("board-refused", &arguments),
        wrongs: told(&board.page, &problem),
        again: match sent.typed.value("action") {
            "" => String::new(),
            action => format!("/defects/{id}/transitions/{action}"),
        },
        reason: sent.typed.value("reason").to_owned(),
    });
    page::show_as(status, &board)
}

impl BoardPage {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let page = visit.page("board");
        let mut columns = Vec::with_capacity(COLUMNS.len());
        for status in COLUMNS {
            columns.push(Column::of(visit, &page, status).await?);
        }
        Ok(Self {
            page,
            may_move: columns.iter().any(|column| !column.moves.is_empty()),
            columns,
            refusal: None,
        })
    }
}

impl Column {
    async fn of(visit: &Visit, page: &Page, status: Status) -> Result<Self, Problem> {
        let query = Typed::with([
            ("status", status.word()),
            ("sort", "-updated_at"),
            ("limit", CARDS),
            ("count", "true"),
        ]);
        let query = query.draft::<DefectQuery>();
        let found = defects::list(&visit.system, &visit.actor, &query).await?;
        let now = visit.system.clock.now();
        Ok(Self {
            status: status.word(),
            title: page.word("status", status.word()),
            count: counted(page.words.language(), &found),
            address: format!("/defects?status={status}&sort=-updated_at"),
            moves: moves(&visit.actor, status),
            has_more: found.next_cursor.is_some(),
            cards: found
                .items
                .iter()
                .map(|item| Card::of(page, item, now))
                .collect(),
        })
    }
}

/// From where the visitor's roles lead to a state; but for what is signed, as nothing is signed here.
fn moves(actor: &Actor, to: Status) -> String {
    let moves = defects::moves_to(actor, to).into_iter();
    let unsigned = moves.filter(|(_, row)| !row.needs_signature);
    let told = unsigned.map(|(from, row)| {
        let reason = if row.needs_reason { ":reason" } else { "" };
        format!("{from}:{}{reason}", row.action)
    });
    told.collect::<Vec<_>>().join(" ")
}

impl Card {
    fn of(page: &Page, item: &DefectItem, now: DateTime<FixedOffset>) -> Self {
        let severity = item.severity;
        let assignee = item.assignee.as_ref();
        let due = item.due_at.as_ref();
        Self {
            id: item.id,
            version: item.version,
            tag_number: item.tag_number.clone(),
            title: item.title.clone(),
            part: format!("{} {}", item.part.number, item.part.revision),
            severity: severity.map_or_else(String::new, |word| page.word("severity", word.word())),
            severity_tag: severity.map_or("", severity_tag),
            assignee: assignee.map_or_else(String::new, |person| person.name.clone()),
            due: due.map_or_else(String::new, |at| page.day(at)),
            is_overdue: overdue::is_overdue(item, now),
        }
    }
}
