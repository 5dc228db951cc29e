//! A sheet: its languages and its size, the QR code of the record's address, and a form as a list of sections.

use askama::Template;
use service::Error;
use service::reference::PersonRef;
use service::value::Instant;

use super::code128::Bars;
use super::labels::Labels;
use super::qr::Squares;
use super::section::Section;
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::here;
use crate::web::page::{self, Page};
use crate::web::visit::Visit;

/// The sizes of a kind of sheets.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// What the query calls the size.
    parameter: &'static str,
    /// As the query and the style sheet name them; the first one is taken unless another is asked for.
    names: &'static [&'static str],
    /// How wide bars may be on each of them, in micrometres.
    rooms: &'static [usize],
}

/// What goes into a folder.
pub(super) const FORMS: Sizes = Sizes {
    parameter: "paper",
    names: &["a4", "letter"],
    rooms: &[60_000, 60_000],
};

/// What hangs on the material.
pub(super) const TAGS: Sizes = Sizes {
    parameter: "size",
    names: &["a6", "label"],
    rooms: &[95_000, 56_000],
};

/// What every sheet has.
pub(super) struct Sheet {
    pub(super) page: Page,
    pub(super) labels: Labels,
    /// The size, as the style sheet names it.
    pub(super) size: &'static str,
    sizes: Sizes,
    /// Where the record's page is on this server.
    pub(super) record: String,
    /// And in the world.
    pub(super) address: String,
    /// That address, to be scanned.
    pub(super) qr: Option<Squares>,
    /// When it is printed.
    pub(super) printed: String,
}

impl Sheet {
    /// The sheet that a visitor asks for; `record` is where the record's own page is.
    pub(super) fn of(visit: &Visit, sizes: Sizes, record: String) -> Result<Self, Problem> {
        let query = visit.query()?;
        let labels = Labels::asked(&query, visit.actor.language)?;
        let size = sizes.asked(query.value(sizes.parameter))?;
        let address = here::address(visit.request(), &record)?;
        let page = visit.page("");
        let printed = page.minute(&Instant::show(&visit.system.clock.now()));
        Ok(Self {
            qr: Squares::of(&address),
            page,
            labels,
            size,
            sizes,
            record,
            address,
            printed,
        })
    }

    /// The bars of a number, as wide as the sheet can have them.
    pub(super) fn bars(&self, number: &str) -> Option<Bars> {
        let mut sizes = self.sizes.names.iter().zip(self.sizes.rooms);
        let (_, room) = sizes.find(|(name, _)| **name == self.size)?;
        Bars::of(number, *room)
    }

    /// The languages that there are, and whether they are on the sheet.
    pub(super) fn languages(&self) -> Vec<(&'static str, bool)> {
        let chosen: Vec<_> = self.labels.languages().collect();
        let all = service::words::Language::ALL.iter();
        all.map(|language| (language.word(), chosen.contains(language)))
            .collect()
    }

    /// The sizes that there are, and whether the sheet has them.
    pub(super) fn sizes(&self) -> Vec<(&'static str, bool)> {
        let names = self.sizes.names.iter();
        names.map(|name| (*name, *name == self.size)).collect()
    }

    /// What the query calls the size.
    pub(super) fn parameter(&self) -> &'static str {
        self.sizes.parameter
    }

    /// An instant in the plant's time; nothing where there is none.
    pub(super) fn minute(&self, instant: Option<&str>) -> String {
        instant.map_or_else(String::new, |instant| self.page.minute(instant))
    }

    /// Who did something, and when; nothing where it is not done.
    pub(super) fn by(&self, person: Option<&PersonRef>, at: Option<&str>) -> String {
        let name = person.map(|person| person.name.clone());
        let at = at.map(|at| self.page.minute(at));
        let said: Vec<String> = name.into_iter().chain(at).collect();
        said.join(", ")
    }
}

impl Sizes {
    fn asked(self, asked: &str) -> Result<&'static str, Error> {
        let mut names = self.names.iter();
        let found = if asked.is_empty() {
            names.next()
        } else {
            names.find(|name| **name == asked)
        };
        found.copied().ok_or_else(|| {
            let message = format!("must be one of {}", self.names.join(", "));
            Error::field(self.parameter, "choice", message)
        })
    }
}

/// A form of sections.
#[derive(Template)]
#[template(path = "paper/form.html")]
pub(super) struct Form {
    sheet: Sheet,
    /// What form it is.
    title: String,
    number: String,
    bars: Option<Bars>,
    sections: Vec<Section>,
}

impl Form {
    /// 200 with the form.
    pub(super) fn show(sheet: Sheet, title: String, number: &str, sections: Vec<Section>) -> Reply {
        page::show(&Self {
            bars: sheet.bars(number),
            sheet,
            title,
            number: number.to_owned(),
            sections,
        })
    }
}
