//! Translating the texts of a record into a language: each text as it was written, and beside it what stands for it there,
//! by a person or a machine. What people write wins.
//!
//! Only what was changed is sent, so that nobody puts his name to what a machine has written and he has not touched. The form
//! carries marks of what it was made from (`_was-…`): a translation does not move the record's version, and of two who
//! correct the same one the second is told.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use service::defects::translations::{self, TranslatedField, TranslationView};
use service::defects::{self, DefectView};
use service::rights::field;
use service::words::Language;
use service::{Error, FieldError};

use super::fields::Kind;
use super::{moves, texts};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go, show, show_as};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};
use crate::web::wording::TOLD;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_translation).service(save_translation);
}

#[derive(Template)]
#[template(path = "record/translation.html")]
struct TranslationPage {
    page: Page,
    id: i64,
    tag_number: String,
    version: i64,
    title: String,
    /// The languages of the record and of the translation, as HTML names them.
    from: &'static str,
    to: &'static str,
    pieces: Vec<Piece>,
    form: Typed,
    may_write: bool,
}

/// A text of the record, and what stands for it.
struct Piece {
    name: &'static str,
    /// What the field of the form is called.
    label: String,
    is_line: bool,
    written: String,
    /// The translation, empty where there is none.
    now: String,
    /// Who translated, in words.
    by: String,
    /// A translation of what the text said before.
    older: Option<String>,
}

impl TranslationPage {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let (system, actor, id) = (&visit.system, &visit.actor, visit.id("defect")?);
        let to = Language::of(visit.part("language")).ok_or(Error::NotFound("language"))?;
        let defect = defects::show(system, actor, id).await?;
        if defect.item.language == to {
            return Err(Error::NotFound("translation").into());
        }
        let may = defects::permissions(system, actor, id).await?;
        let stored = stored(visit, id, to).await?;
        let page = visit.page("defects");
        let language = page.word("language", to.word());
        let pieces = pieces(&page, &defect, &stored, &language);
        let named = [
            ("tag", defect.item.tag_number.as_str()),
            ("language", language.as_str()),
        ];
        Ok(Self {
            id,
            version: defect.item.version,
            title: page.with("record-translation-of", &named),
            from: defect.item.language.word(),
            to: to.word(),
            form: Typed::with(pieces.iter().map(|piece| (piece.name, piece.now.as_str()))),
            pieces,
            may_write: may.writes(field::TRANSLATIONS),
            tag_number: defect.item.tag_number,
            page,
        })
    }

    /// What was changed since the form was made, unless somebody else has changed the same.
    fn change(&self, sent: &Posted) -> Result<Typed, Error> {
        let (mut change, mut errors) = (Vec::new(), Vec::new());
        for piece in &self.pieces {
            let mut pairs = sent.typed.pairs().iter();
            let Some((_, text)) = pairs.find(|(name, _)| name == piece.name) else {
                continue;
            };
            let (typed, now) = (texts::mark(text), piece.mark());
            let was = sent.own(&format!("_was-{}", piece.name));
            if typed == now || was == Some(typed.as_str()) {
                continue;
            }
            if was.is_some_and(|was| was != now) {
                let told = sent.words().text("record-translated-meanwhile");
                errors.push(FieldError::new(piece.name, TOLD, told));
            } else {
                change.push((piece.name, text.clone()));
            }
        }
        if errors.is_empty() {
            Ok(Typed::with(change))
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// What stands there now, where something else was typed and refused.
    fn theirs(&self, piece: &Piece) -> Option<String> {
        let differs = self.form.is_refused() && self.form.value(piece.name) != piece.now;
        (differs && !piece.now.is_empty()).then(|| piece.now.clone())
    }
}

impl Piece {
    /// Tells what the form is made from.
    fn mark(&self) -> String {
        texts::mark(&self.now)
    }
}

/// All translations of a record into a language.
async fn stored(visit: &Visit, id: i64, to: Language) -> Result<Vec<TranslationView>, Error> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let asked = Typed::with(cursor.iter().map(|cursor| ("cursor", cursor.as_str())));
        let found = translations::list(&visit.system, &visit.actor, id, &asked.draft()).await?;
        all.extend(found.items.into_iter().filter(|one| one.language == to));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

fn pieces(
    page: &Page,
    defect: &DefectView,
    stored: &[TranslationView],
    language: &str,
) -> Vec<Piece> {
    let piece = |field: &TranslatedField| {
        let written = defect.text(*field)?.to_owned();
        let is_line = *field == TranslatedField::Title;
        let kind = if is_line { Kind::Line } else { Kind::Area };
        let one = stored.iter().find(|one| one.field == *field);
        let (now, older) = match one {
            Some(one) if one.is_current => (Some(one), None),
            older => (None, older.map(|one| one.content.clone())),
        };
        let by = now.map_or("none", |one| one.origin.word());
        let name = field.word();
        Some(Piece {
            name,
            label: format!("{} · {language}", page.field(name)),
            is_line,
            written,
            now: now.map_or_else(String::new, |one| texts::as_sent(kind, &one.content)),
            by: page.word("translated", by),
            older,
        })
    };
    TranslatedField::ALL.iter().filter_map(piece).collect()
}

/// Shows the texts of a record beside their translations, to be written.
#[get("/defects/{id:[0-9]+}/translations/{language}")]
async fn show_translation(visit: Visit) -> Reply {
    show(&TranslationPage::of(&visit).await?)
}

/// Saves what was translated, corrected or taken back.
#[post("/defects/{id:[0-9]+}/translations/{language}")]
async fn save_translation(sent: Posted) -> Reply {
    let mut page = TranslationPage::of(&sent).await?;
    match save(&sent, &page).await {
        Ok(()) => go(&format!("/defects/{}", page.id), Some("translated")),
        Err(error) => {
            page.form = moves::again(&sent, error)?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn save(sent: &Posted, page: &TranslationPage) -> Result<(), Error> {
    let if_match = sent.if_match();
    if_match.check(page.version)?;
    let change = page.change(sent)?.patch();
    let (system, actor) = (&sent.system, &sent.actor);
    translations::put(system, actor, (page.id, page.to), &if_match, &change)
        .await
        .map(drop)
}
