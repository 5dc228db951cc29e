//! A defect as sheets print it: the record, and those translations of its texts that are of what they say now.

use service::Error;
use service::defects::translations::{self, TranslatedField, TranslationView};
use service::defects::{self, DefectView};
use service::reference::{PartRef, PartnerRef, WorkCenterRef};

use super::labels::Labels;
use super::read::all;
use super::texts::Told;
use crate::web::visit::Visit;

pub(super) struct Record {
    pub(super) view: DefectView,
    translations: Vec<TranslationView>,
}

impl Record {
    /// The record that the address names.
    pub(super) async fn of(visit: &Visit) -> Result<Self, Error> {
        let (system, actor, id) = (&visit.system, &visit.actor, visit.id("defect")?);
        let view = defects::show(system, actor, id).await?;
        let mut translations =
            all(|query| async move { translations::list(system, actor, id, &query).await }).await?;
        translations.retain(|translation| translation.is_current);
        Ok(Self { view, translations })
    }

    /// Where its own page is.
    pub(super) fn place(&self) -> String {
        format!("/defects/{}", self.view.item.id)
    }

    /// One of its texts.
    pub(super) fn text(&self, labels: &Labels, field: TranslatedField) -> Told {
        let translated = self.translations.iter();
        let translated = translated.filter(|translation| translation.field == field);
        Told::plain(labels.field(field.word()), self.written(field))
            .in_language(self.view.item.language)
            .with(labels, translated)
    }

    fn written(&self, field: TranslatedField) -> Option<&str> {
        let view = &self.view;
        match field {
            TranslatedField::Title => Some(&view.item.title),
            TranslatedField::Description => Some(&view.description),
            TranslatedField::ProcessAnalysis => view.process_analysis.as_deref(),
            TranslatedField::RepairProcess => view.repair_process.as_deref(),
            TranslatedField::EngineeringFindings => view.engineering_findings.as_deref(),
            TranslatedField::RootCause => view.root_cause.as_deref(),
        }
    }
}

/// A part as people read it.
pub(super) fn part(part: &PartRef) -> String {
    format!("{} · {} · {}", part.number, part.revision, part.name)
}

/// A work center as people read it.
pub(super) fn work_center(center: &WorkCenterRef) -> String {
    format!("{} · {}", center.code, center.name)
}

/// A customer or supplier as people read it.
pub(super) fn partner(partner: &PartnerRef) -> String {
    format!("{} · {}", partner.code, partner.name)
}
