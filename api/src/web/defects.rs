//! The list of defects: the filter bar and what is filtered, saved views, columns, pages, files, and what is done with many
//! records at once.
//!
//! The list is the service's own, asked with the parameters that stand in the address; what it refuses is told at the bar.
//! Everything works by links and forms; `list.js` adds the keyboard.

mod asked;
mod bar;
mod bulk;
mod chips;
mod columns;
mod export;
mod views;
mod wrongs;

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::defects::{self, DefectItem};
use service::page::Page as Rows;
use service::reference::PersonRef;
use service::user::{self, NamesQuery};
use service::{Draft, Error};

use super::page::{self, Page, show};
use super::typed::Typed;
use super::visit::Visit;
use crate::answer::Reply;
use crate::problem::Problem;
use asked::Asked;
use bar::{Choice, Select};
use bulk::Offer;
use chips::{Chip, Known};
use columns::{Light, Line};
use views::{Link, Views};
use wrongs::Marked;

pub(super) use chips::worded;
pub(super) use columns::severity_tag;
pub(super) use wrongs::{Told, counted, told};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .configure(export::configure)
        .configure(views::configure)
        .configure(bulk::configure)
        .service(show_list);
}

#[derive(Template)]
#[template(path = "defects/list.html")]
struct ListPage {
    page: Page,
    /// With which status the list is answered where something is refused.
    status: StatusCode,
    /// What is wrong with what is asked for.
    wrongs: Vec<Told>,
    /// The filter, with its mistake marked.
    marked: Option<Marked>,
    filter: String,
    q: String,
    selects: Vec<Select>,
    /// What the bar leaves as it is.
    kept: Vec<(String, String)>,
    chips: Vec<Chip>,
    /// The list without a filter.
    everything: String,
    total: String,
    csv: String,
    xlsx: String,
    headings: Vec<String>,
    lines: Vec<Line>,
    columns: Vec<Choice>,
    /// What the choice of columns leaves as it is.
    filtered: Vec<(String, String)>,
    first: Option<String>,
    next: Option<String>,
    /// What is asked for, for forms that come back here.
    query: String,
    views: Vec<Link>,
    current: Option<views::Current>,
    choice: Typed,
    rhythms: Vec<(&'static str, String)>,
    save: Typed,
    sharings: Vec<(String, String)>,
    bulk: Option<Offer>,
    bulk_wrong: String,
    /// What was chosen to be done with many records.
    sent: Typed,
}

/// Shows the list.
#[get("/defects")]
async fn show_list(visit: Visit) -> Reply {
    let asked = Asked::read(visit.request().query_string())?;
    let page = ListPage::of(&visit, asked, &Typed::default()).await?;
    if page.wrongs.is_empty() {
        show(&page)
    } else {
        page.refused()
    }
}

impl ListPage {
    /// The list that is asked for; `sent` is a form in which some of its rows may have been ticked.
    async fn of(visit: &Visit, mut asked: Asked, sent: &Typed) -> Result<Self, Problem> {
        if asked.is_bare {
            asked.pairs = views::begin(visit).await?;
        }
        let draft = asked.draft();
        let (found, refused) = match defects::list(&visit.system, &visit.actor, &draft).await {
            Ok(found) => (found, None),
            Err(error) if is_of_the_filter(&error) => (nothing(), Some(Problem::from(error))),
            Err(error) => return Err(error.into()),
        };
        let views = Views::of(visit, &asked).await?;
        let people = people(visit).await?;
        let known = Known {
            people: &people,
            items: &found.items,
        };
        let page = visit.page("defects");
        let chips = chips::chips(&page, &asked, draft.check().ok(), &known);
        let selects = bar::selects(&page, &asked, &known, visit.actor.id);
        let mut list = Self::framed(visit, page, &asked, &people);
        list.put(&found, &asked, visit, sent);
        if let Some(problem) = refused {
            list.tell(&problem);
        }
        Ok(Self {
            selects,
            chips,
            sent: sent.clone(),
            choice: views.choice(),
            views: views.links,
            current: views.current,
            ..list
        })
    }

    /// All that stands around the rows.
    fn framed(visit: &Visit, page: Page, asked: &Asked, people: &[PersonRef]) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            wrongs: Vec::new(),
            marked: None,
            filter: asked.value("filter").to_owned(),
            q: asked.value("q").to_owned(),
            selects: Vec::new(),
            kept: asked.besides(&[&bar::FIELDS[..], &bar::ALIASES[..]].concat()),
            chips: Vec::new(),
            everything: asked.elsewhere(&[]),
            total: String::new(),
            csv: asked.export("csv"),
            xlsx: asked.export("xlsx"),
            headings: Vec::new(),
            lines: Vec::new(),
            columns: Vec::new(),
            filtered: asked.besides(&["columns"]),
            first: asked.is_later().then(|| asked.address()),
            next: None,
            query: asked.query(),
            views: Vec::new(),
            current: None,
            choice: Typed::default(),
            rhythms: views::rhythms(&page),
            save: Typed::default(),
            sharings: views::sharings(&page, visit),
            bulk: Offer::of(&page, visit, people),
            bulk_wrong: String::new(),
            sent: Typed::default(),
            page,
        }
    }

    /// The rows, and how many there are.
    fn put(&mut self, found: &Rows<DefectItem>, asked: &Asked, visit: &Visit, sent: &Typed) {
        let chosen = columns::chosen(asked);
        let light = Light {
            page: &self.page,
            now: visit.system.clock.now(),
        };
        let items = found.items.iter();
        let lines = items.map(|item| Line::of(item, &chosen, &light, sent));
        self.lines = lines.collect();
        self.headings = columns::headings(&self.page, &chosen);
        self.columns = columns::choices(&self.page, &chosen);
        let next = found.next_cursor.as_ref();
        self.next = next.map(|cursor| asked.page_at(cursor));
        self.total = match found.total {
            Some(1) => self.page.t("list-total-one"),
            _ => {
                let total = counted(self.page.words.language(), found);
                self.page.with("list-total", &[("total", total.as_str())])
            }
        };
    }

    /// What was refused, each at the field of the bar where there is one.
    fn tell(&mut self, problem: &Problem) {
        self.status = problem.kind().status();
        self.marked = Marked::of(&self.filter, problem);
        self.wrongs = told(&self.page, problem);
        for wrong in &mut self.wrongs {
            if !bar::FIELDS.contains(&wrong.field.as_str()) {
                wrong.field.clear();
            }
        }
    }

    fn refused(&self) -> Reply {
        page::show_as(self.status, self)
    }
}

/// Whether it is the filter that is refused, which the visitor can change here: what means nothing, and what he does not
/// see, as in a view that was his when he had another role.
fn is_of_the_filter(error: &Error) -> bool {
    match error {
        Error::Invalid(_) => true,
        Error::Forbidden { fields, .. } => !fields.is_empty(),
        _ => false,
    }
}

fn nothing() -> Rows<DefectItem> {
    Rows {
        items: Vec::new(),
        next_cursor: None,
        total: None,
        total_is_minimum: None,
    }
}

/// Those who may take care of records; of very many the first.
async fn people(visit: &Visit) -> Result<Vec<PersonRef>, Problem> {
    let query = Draft::<NamesQuery>::pairs(&[("limit".to_owned(), "200".to_owned())]);
    let page = user::names(&visit.system, &visit.actor, &query).await?;
    Ok(page.items)
}
