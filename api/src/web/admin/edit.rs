//! The page of one thing: a form for its fields, and what else can be done with it, each a small form of its own.

use actix_web::http::StatusCode;
use askama::Template;
use service::Error;

use super::Area;
use super::field::{Field, completed};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::{Clash, Edited, changed};
use crate::web::page::{Page, go, show_as};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

/// The page of something that is added or changed.
#[derive(Template)]
#[template(path = "admin/edit.html")]
pub(in crate::web) struct EditPage {
    pub(in crate::web) page: Page,
    /// The way back: address and name.
    pub(in crate::web) trail: Vec<(String, String)>,
    pub(in crate::web) title: String,
    /// What is known of it besides: name and value.
    pub(in crate::web) facts: Vec<(String, String)>,
    /// Pages that belong to it: address and name.
    pub(in crate::web) links: Vec<(String, String)>,
    /// A secret that was just made: shown this once.
    pub(in crate::web) issued: Option<String>,
    /// Where the form is sent.
    pub(in crate::web) action: String,
    /// The version that is changed; none where something is added.
    pub(in crate::web) version: Option<i64>,
    pub(in crate::web) fields: Vec<Field>,
    pub(in crate::web) form: Typed,
    /// What its fields held when the form was made, where that is not what they hold now.
    pub(in crate::web) was: Option<Vec<(String, String)>>,
    /// Whether somebody else was faster.
    pub(in crate::web) is_overtaken: bool,
    /// What he has written into fields that were changed here too: name and value.
    pub(in crate::web) theirs: Vec<(String, String)>,
    pub(in crate::web) acts: Vec<Act>,
    /// Whether the visitor may change it; otherwise it is shown.
    pub(in crate::web) may_write: bool,
}

/// Something that is done with a thing besides changing its fields.
pub(in crate::web) struct Act {
    /// As messages name it.
    word: &'static str,
    /// What the ids of its fields begin with.
    prefix: String,
    action: String,
    fields: Vec<Field>,
    form: Typed,
    is_danger: bool,
}

impl Act {
    /// What `word` names, done at that address.
    pub(in crate::web) fn new(word: &'static str, action: String) -> Self {
        Self {
            word,
            prefix: format!("{word}-"),
            action,
            fields: Vec::new(),
            form: Typed::default(),
            is_danger: false,
        }
    }

    /// Deleting the thing at that address.
    pub(in crate::web) fn deletion(address: &str) -> Self {
        Self {
            is_danger: true,
            ..Self::new("deletion", format!("{address}/deletion"))
        }
    }

    /// With a field to fill in.
    pub(in crate::web) fn asking(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }
}

impl Area {
    /// The page on which something with these fields is added.
    pub(super) fn adding(
        &self,
        visit: &Visit,
        fields: impl FnOnce(&Page) -> Vec<Field>,
    ) -> Result<EditPage, Problem> {
        let page = self.page_to_add(visit)?;
        Ok(EditPage {
            fields: fields(&page),
            ..self.edit(page, visit, None)
        })
    }

    /// What answers a form that adds or changes something: the list, where it is told what was `done`, or the form's page
    /// again with what was refused.
    pub(super) async fn answered<T>(
        &self,
        sent: &Posted,
        done: &str,
        outcome: Result<T, Error>,
        again: impl Future<Output = Result<EditPage, Problem>>,
    ) -> Reply {
        match outcome {
            Ok(_) => go(&self.address(), Some(done)),
            Err(error) => again.await?.refused(sent, error),
        }
    }

    /// The same of a form that deletes something ([`Act::deletion`]).
    pub(super) async fn deleted(
        &self,
        sent: &Posted,
        outcome: Result<(), Error>,
        again: impl Future<Output = Result<EditPage, Problem>>,
    ) -> Reply {
        match outcome {
            Ok(()) => go(&self.address(), Some("admin-deleted")),
            Err(error) => again.await?.act_refused("deletion", sent, error),
        }
    }
}

/// What was changed in a form since it was shown. Nobody writes what he has not touched.
pub(super) fn changes(sent: &Posted, ticks: &[&str], lists: &[&str]) -> Typed {
    changed(&completed(&sent.typed, ticks, lists), |name: &str| {
        sent.own(name)
    })
}

impl EditPage {
    /// The page again, with what was typed and what is wrong with it. Where somebody else was faster, what was not touched
    /// is as it is now, and what both have changed is told; the form can be sent again for the version that is there now.
    pub(in crate::web) fn refused(mut self, sent: &Posted, error: Error) -> Reply {
        let Some(version) = self.version else {
            self.form = mendable(sent, error)?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &self);
        };
        let lists = self.of_kind("ticks");
        let typed = completed(&sent.typed, &self.of_kind("tick"), &lists);
        let own = |name: &str| sent.own(name);
        let (status, edited) = Edited::again(&typed, own, &self.held(), version, error.into())?;
        self.theirs = self.told(&edited.clashes);
        self.is_overtaken = edited.is_overtaken;
        self.version = Some(edited.version);
        self.was = Some(edited.was);
        self.form = edited.form.spread(&lists);
        show_as(status, &self)
    }

    /// The page again, with what is wrong with one of the other things that are done there.
    pub(in crate::web) fn act_refused(mut self, word: &str, sent: &Posted, error: Error) -> Reply {
        let refused = mendable(sent, error)?;
        if let Some(act) = self.acts.iter_mut().find(|act| act.word == word) {
            act.form = refused;
        }
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &self)
    }

    /// What the form carries along: what its fields held when it was made.
    fn carried(&self) -> Vec<(String, String)> {
        match &self.was {
            _ if self.version.is_none() => Vec::new(),
            Some(was) => was.clone(),
            None => self.held().pairs().to_vec(),
        }
    }

    /// What stands in its fields.
    fn held(&self) -> Typed {
        let fields = self.fields.iter();
        Typed::with(fields.map(|field| (field.name, field.held(&self.form))))
    }

    /// What others have written into fields, as people read it.
    fn told(&self, clashes: &[Clash]) -> Vec<(String, String)> {
        let is_clash = |field: &&Field| clashes.iter().any(|clash| clash.name == field.name);
        let fields = self.fields.iter().filter(is_clash);
        fields
            .map(|field| (field.label.clone(), field.shown(&self.page, &self.form)))
            .collect()
    }

    /// The names of its fields of a kind.
    fn of_kind(&self, kind: &str) -> Vec<&'static str> {
        let fields = self.fields.iter().filter(|field| field.kind == kind);
        fields.map(|field| field.name).collect()
    }
}

/// What was typed with what is wrong with it; what is no matter of the form is passed on.
fn mendable(sent: &Posted, error: Error) -> Result<Typed, Problem> {
    match error {
        Error::Forbidden { .. } => Err(error.into()),
        error => sent.typed.clone().refused(error),
    }
}
