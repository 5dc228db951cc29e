//! Saved views beside the list: those that the visitor sees as links, the one that is shown with what he may do with it,
//! and keeping what is filtered as a new one.

use actix_web::{post, web};
use serde_json::{Map, Value as Json};
use service::saved_view::{self, NewView, Rhythm, SavedView, SavedViewQuery, Sharing, ViewChoice};
use service::{Draft, Error};

use super::ListPage;
use super::asked::{Asked, pairs_of};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(save_view)
        .service(choose_view)
        .service(delete_view);
}

/// A view that the visitor sees.
pub(super) struct Link {
    pub(super) name: String,
    /// Whose it is, where it is another's.
    pub(super) owner: String,
    pub(super) address: String,
    pub(super) is_current: bool,
    pub(super) is_default: bool,
}

/// The view that the list shows.
pub(super) struct Current {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) may_delete: bool,
    /// What the visitor chose of it.
    choice: Typed,
}

/// The views beside a list.
#[derive(Default)]
pub(super) struct Views {
    pub(super) links: Vec<Link>,
    pub(super) current: Option<Current>,
}

/// What a list begins with that is asked for nothing: the visitor's own view, where he has chosen one.
pub(super) async fn begin(visit: &Visit) -> Result<Vec<(String, String)>, Problem> {
    match saved_view::show_default(&visit.system, &visit.actor).await {
        Ok(view) => Ok(pairs_of(&view.query)),
        Err(Error::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

impl Views {
    /// His own, then those of others.
    pub(super) async fn of(visit: &Visit, asked: &Asked) -> Result<Self, Problem> {
        let mut views = Self::default();
        for mine in ["true", "false"] {
            let query = Typed::with([("mine", mine)]).draft::<SavedViewQuery>();
            let seen = saved_view::list(&visit.system, &visit.actor, &query).await?;
            for view in seen.items {
                views.add(visit, asked, view);
            }
        }
        Ok(views)
    }

    fn add(&mut self, visit: &Visit, asked: &Asked, view: SavedView) {
        let pairs = pairs_of(&view.query);
        let is_own = visit.actor.id == Some(view.owner.id);
        let is_current = self.current.is_none() && asked.is_for(&pairs);
        self.links.push(Link {
            name: view.name.clone(),
            owner: if is_own {
                String::new()
            } else {
                view.owner.name.clone()
            },
            address: asked.elsewhere(&pairs),
            is_current,
            is_default: view.is_default,
        });
        if is_current {
            let digest = view.digest.map_or("", Rhythm::word);
            self.current = Some(Current {
                id: view.id,
                version: view.version,
                may_delete: saved_view::may_delete(&visit.actor, view.owner.id),
                choice: Typed::with([
                    ("is_default", if view.is_default { "true" } else { "" }),
                    ("digest", digest),
                ]),
                name: view.name,
            });
        }
    }

    /// What the visitor chose of the view that is shown.
    pub(super) fn choice(&self) -> Typed {
        let current = self.current.as_ref();
        current.map_or_else(Typed::default, |current| current.choice.clone())
    }
}

/// With whom the visitor may share a view.
pub(super) fn sharings(page: &Page, visit: &Visit) -> Vec<(String, String)> {
    let name = |with: Sharing| match with.role() {
        Some(role) => page.word("role", role.word()),
        None => page.t("list-everyone"),
    };
    saved_view::sharings(&visit.actor)
        .into_iter()
        .map(|with| (with.word().to_owned(), name(with)))
        .collect()
}

/// How often a view may be told by mail.
pub(super) fn rhythms(page: &Page) -> Vec<(&'static str, String)> {
    let words: Vec<_> = Rhythm::ALL.iter().map(|rhythm| rhythm.word()).collect();
    page.options("list-rhythm", &words)
}

/// The list that a form was sent from.
pub(super) fn sent_from(sent: &Posted) -> Result<Asked, Problem> {
    Asked::read(sent.own("_query").unwrap_or_default())
}

/// Keeps what is filtered under a name.
#[post("/defects/views")]
async fn save_view(sent: Posted) -> Reply {
    let (asked, key) = (sent_from(&sent)?, sent.key()?);
    let draft = Draft::<NewView>::kept(&new_view(&sent.typed, &asked));
    match saved_view::create(&sent.system, &sent.actor, &draft, key.as_ref()).await {
        Ok(_) => go(&asked.address(), Some("view-saved")),
        Err(error) => {
            let mut page = ListPage::of(&sent, asked, &Typed::default()).await?;
            page.save = sent.typed.clone().refused(error)?;
            page.refused()
        }
    }
}

/// The new view as the service reads it.
fn new_view(typed: &Typed, asked: &Asked) -> Map<String, Json> {
    let typed = ["name", "shared_with"].map(|name| (name, typed.value(name)));
    let typed = typed.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs = asked.pairs.iter();
    let query: Map<_, _> = pairs
        .map(|(name, value)| (name.clone(), Json::from(value.as_str())))
        .collect();
    typed
        .map(|(name, value)| (name.to_owned(), Json::from(value)))
        .chain([("query".to_owned(), Json::Object(query))])
        .collect()
}

/// Says whether to begin with a view, and whether to be told of it by mail.
#[post("/defects/views/{id}/choice")]
async fn choose_view(sent: Posted) -> Reply {
    let (asked, id) = (sent_from(&sent)?, sent.id("saved view")?);
    // A box that is not ticked is not sent.
    let is_default = sent.typed.has("is_default", "true").to_string();
    let digest = sent.typed.value("digest").to_owned();
    let choice = Typed::with([("is_default", is_default), ("digest", digest)]);
    let draft = choice.draft::<ViewChoice>();
    saved_view::choose(&sent.system, &sent.actor, id, &draft).await?;
    go(&asked.address(), Some("view-chosen"))
}

/// Deletes a view.
#[post("/defects/views/{id}/deletion")]
async fn delete_view(sent: Posted) -> Reply {
    let (asked, id) = (sent_from(&sent)?, sent.id("saved view")?);
    saved_view::delete(&sent.system, &sent.actor, id, &sent.if_match()).await?;
    go(&asked.address(), Some("view-deleted"))
}
