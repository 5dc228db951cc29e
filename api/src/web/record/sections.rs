//! The sections of a record's page as they are shown: what the visitor may write as a form, the rest as text, with a
//! lock that says who may.
//!
//! Who may write what now is told by the service for each field; who else may is read from the table of rights.

use service::Error;
use service::defects::{FieldAccess, PermissionsView};
use service::rights::{Cell, Right, When};
use service::role::Role;
use service::words::{Language, Status};

use super::fields::{Field, Kind, SECTIONS, Section};
use super::lookup::{self, Lists, People};
use super::texts::Record;
use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// A section as it is shown.
pub(super) struct SectionView {
    /// Its name, and the id of its place.
    pub(super) name: &'static str,
    /// What the ids of its fields begin with.
    pub(super) prefix: String,
    /// Whether it has just been saved.
    pub(super) is_saved: bool,
    /// What stands in its fields, or was typed and refused.
    pub(super) form: Typed,
    /// The version that the form is made from.
    pub(super) version: String,
    /// What the fields said then.
    pub(super) base: String,
    /// The fields that the visitor may write.
    pub(super) fields: Vec<FieldView>,
    /// Those that he reads.
    pub(super) locked: Vec<Locked>,
    /// What was typed into fields that he may write no more.
    pub(super) kept: Vec<(String, String)>,
}

/// A field of a form.
pub(super) struct FieldView {
    /// What the service calls it.
    pub(super) name: &'static str,
    /// The input: `choose`, `area`, `tick`, or HTML's type of it.
    pub(super) input: &'static str,
    /// Whether it is never empty.
    pub(super) is_needed: bool,
    /// What is to be typed, where that is not plain.
    pub(super) hint: String,
    /// What there is to choose from.
    pub(super) choices: Vec<(String, String)>,
}

/// Fields that the same people may write.
pub(super) struct Locked {
    /// Who may, in words.
    pub(super) who: String,
    /// What the fields are called, and what they say.
    pub(super) facts: Vec<(String, String)>,
}

/// What the sections are made from.
pub(super) struct Look<'a> {
    pub(super) visit: &'a Visit,
    pub(super) page: &'a Page,
    pub(super) record: &'a Record,
    pub(super) may: &'a PermissionsView,
    pub(super) people: &'a People,
}

impl Look<'_> {
    /// All sections; one of them may have been refused, or just saved.
    pub(super) async fn sections(
        &self,
        refused: Option<&(&'static str, Typed)>,
        saved: &str,
    ) -> Result<Vec<SectionView>, Error> {
        let lists = self.lists().await?;
        let mut views = Vec::new();
        for section in SECTIONS {
            let typed = refused.filter(|(name, _)| *name == section.name);
            let typed = typed.map(|(_, typed)| typed);
            let mut view = self.section(section, &lists, typed).await?;
            view.is_saved = saved == section.name;
            views.push(view);
        }
        Ok(views)
    }

    /// What there is to choose from in the fields that the visitor writes.
    async fn lists(&self) -> Result<Lists, Error> {
        let fields = SECTIONS.iter().flat_map(|section| section.fields);
        let written = fields.filter(|field| self.writes(field));
        let kinds = written.map(|field| field.kind);
        let kinds: Vec<Kind> = kinds.filter(|kind| kind.is_listed()).collect();
        Lists::of(self.visit, &kinds, self.people).await
    }

    fn writes(&self, field: &Field) -> bool {
        self.may.writes(field.name)
    }

    async fn section(
        &self,
        section: &'static Section,
        lists: &Lists,
        refused: Option<&Typed>,
    ) -> Result<SectionView, Error> {
        let (mut fields, mut locked, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for field in section.fields {
            match self.may.fields.get(field.name) {
                Some(FieldAccess::Write) => {
                    let text = self.record.text(self.page, field);
                    fields.push(self.field(field, &text, lists));
                    values.push((field.name, text));
                }
                Some(FieldAccess::Read) => self.lock(field, &mut locked).await?,
                Some(FieldAccess::Hidden) | None => {}
            }
        }
        let base = self.record.base(self.page, section);
        let now = self.record.defect.item.version.to_string();
        let (version, base) = match refused {
            Some(typed) => (
                typed.value("_version").to_owned(),
                typed.value("_base").to_owned(),
            ),
            None => (now, base),
        };
        Ok(SectionView {
            name: section.name,
            prefix: format!("{}-", section.name),
            is_saved: false,
            kept: refused.map_or_else(Vec::new, |typed| self.kept(section, typed)),
            form: refused.cloned().unwrap_or_else(|| Typed::with(values)),
            version,
            base,
            fields,
            locked,
        })
    }

    fn field(&self, field: &Field, text: &str, lists: &Lists) -> FieldView {
        let listed: Option<Vec<_>> = match field.kind.words() {
            Some((name, words)) => {
                let options = self.page.options(name, &words).into_iter();
                Some(
                    options
                        .map(|(word, told)| (word.to_owned(), told))
                        .collect(),
                )
            }
            None if field.kind.is_listed() => {
                let told = self.record.told(self.page, field);
                lists.choices(field.kind, (text, told.as_str()))
            }
            None => None,
        };
        let is_typed = listed.is_none() || field.kind == Kind::Day;
        let hint = match field.kind {
            Kind::Minute => Some(self.page.zone_hint()),
            kind => kind.hint().map(|id| self.page.t(id)),
        };
        FieldView {
            name: field.name,
            input: match listed {
                Some(_) => "choose",
                None => field.kind.input(),
            },
            // A severity can be changed once it is set, and not taken away.
            is_needed: field.is_needed || (field.kind == Kind::Severity && !text.is_empty()),
            hint: hint.filter(|_| is_typed).unwrap_or_default(),
            choices: listed.unwrap_or_default(),
        }
    }

    /// Adds a field that the visitor only reads to those that the same people may write.
    async fn lock(&self, field: &Field, locked: &mut Vec<Locked>) -> Result<(), Error> {
        let who = who(self.page, self.record.defect.item.status, field.name);
        let told = lookup::told(self.visit, self.page, self.record, field).await?;
        let told = if told.is_empty() {
            self.page.t("record-empty")
        } else {
            told
        };
        let fact = (self.page.field(field.name), told);
        match locked.iter_mut().find(|other| other.who == who) {
            Some(other) => other.facts.push(fact),
            None => locked.push(Locked {
                who,
                facts: vec![fact],
            }),
        }
        Ok(())
    }

    /// What was typed into fields that can be written no more, so that it can be copied from there.
    fn kept(&self, section: &Section, typed: &Typed) -> Vec<(String, String)> {
        let others = section.fields.iter().filter(|field| !self.writes(field));
        others
            .filter(|field| typed.value(field.name) != self.record.text(self.page, field))
            .map(|field| {
                let text = typed.value(field.name).to_owned();
                (self.page.field(field.name), text)
            })
            .collect()
    }
}

/// Who may write a field while the record is in a state, in words.
pub(super) fn who(page: &Page, status: Status, field: &str) -> String {
    let writers = |right: &'static Right| right.cells.iter().filter_map(writes(status));
    let told: Vec<String> = Right::of(field)
        .into_iter()
        .flat_map(writers)
        .map(|(role, when)| {
            let role = page.word("role", role.word());
            match when {
                When::OwnReported => page.with("record-own", &[("role", role.as_str())]),
                _ => role,
            }
        })
        .collect();
    if told.is_empty() {
        let status = page.word("status", status.word());
        return page.with("record-lock-none", &[("status", status.as_str())]);
    }
    page.with("record-lock", &[("roles", listed(page, &told).as_str())])
}

/// The role of a cell, and when it writes, where that is in this state.
fn writes(status: Status) -> impl Fn(&(Role, Cell)) -> Option<(Role, When)> {
    move |(role, cell)| match cell {
        Cell::Write(when) if when.states().contains(&status) => Some((*role, *when)),
        _ => None,
    }
}

/// Several names, as the language writes them one behind the other.
pub(super) fn listed(page: &Page, names: &[String]) -> String {
    let comma = match page.words.language() {
        Language::Chinese => "、",
        Language::English | Language::Spanish => ", ",
    };
    names.join(comma)
}
