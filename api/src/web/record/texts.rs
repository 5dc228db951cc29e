//! What the fields of a record say: as its forms write it, and as people read it.
//!
//! A form writes parts, people and other records by what people know them by, not by ids, and moments in the plant's
//! time. What comes back unchanged is not sent to the service, so that nothing is lost by how a form writes it.

use service::defects::{self, DefectView};
use service::reference::{PartRef, PartnerRef, PersonRef};
use sha2::{Digest, Sha256};

use super::fields::{Field, Kind, Section};
use crate::problem::Problem;
use crate::web::page::Page;
use crate::web::visit::Visit;

/// A record, and the number on the tag of the one that it repeats.
pub(super) struct Record {
    pub(super) defect: DefectView,
    repeats: Option<String>,
}

impl Record {
    /// Reads a record.
    pub(super) async fn load(visit: &Visit, id: i64) -> Result<Self, Problem> {
        let (system, actor) = (&visit.system, &visit.actor);
        let defect = defects::show(system, actor, id).await?;
        let repeats = match defect.repeat_of_id {
            Some(earlier) => Some(defects::show(system, actor, earlier).await?.item.tag_number),
            None => None,
        };
        Ok(Self { defect, repeats })
    }

    /// What a field says, as its form writes it and a browser sends it back.
    pub(super) fn text(&self, page: &Page, field: &Field) -> String {
        as_sent(field.kind, &self.stored(page, field.name))
    }

    /// What a field says, for people.
    pub(super) fn told(&self, page: &Page, field: &Field) -> String {
        let item = &self.defect.item;
        let partner = |partner: &Option<PartnerRef>| {
            let named = partner.as_ref();
            named.map(|partner| format!("{} {}", partner.code, partner.name))
        };
        match field.kind {
            Kind::Part => format!("{} {}", part_key(&item.part), item.part.name),
            Kind::WorkCenter => format!("{} {}", item.work_center.code, item.work_center.name),
            Kind::Customer => partner(&item.customer).unwrap_or_default(),
            Kind::Supplier => partner(&item.supplier).unwrap_or_default(),
            kind => told(page, kind, &self.text(page, field)),
        }
    }

    /// Marks of what the fields of a section say, by which a later form is seen to be made from the same.
    pub(super) fn base(&self, page: &Page, section: &Section) -> String {
        let fields = section.fields.iter();
        let marks = fields.map(|field| format!("{}:{}", field.name, mark(&self.text(page, field))));
        marks.collect::<Vec<_>>().join(",")
    }

    fn stored(&self, page: &Page, name: &str) -> String {
        let item = &self.defect.item;
        match name {
            "language" => item.language.word().to_owned(),
            "origin" => item.origin.word().to_owned(),
            "severity" => item.severity.map_or("", |word| word.word()).to_owned(),
            "part_id" => part_key(&item.part),
            "work_center_id" => item.work_center.code.clone(),
            "customer_id" => code_of(item.customer.as_ref()),
            "supplier_id" => code_of(item.supplier.as_ref()),
            "assignee_id" => item.assignee.as_ref().map(person_key).unwrap_or_default(),
            "repeat_of_id" => self.repeats.clone().unwrap_or_default(),
            "quantity_defective" => item.quantity_defective.clone(),
            "units_sampled" => number(item.units_sampled),
            "defects_found" => number(item.defects_found),
            "detected_at" => page.minute(&item.detected_at).replace(' ', "T"),
            "due_at" => item
                .due_at
                .as_deref()
                .map(|at| page.day(at))
                .unwrap_or_default(),
            "is_contained" => item.is_contained.to_string(),
            "title" => item.title.clone(),
            "description" => self.defect.description.clone(),
            other => self.written(other).cloned().unwrap_or_default(),
        }
    }

    /// The texts that may be missing.
    fn written(&self, name: &str) -> Option<&String> {
        let (defect, item) = (&self.defect, &self.defect.item);
        let text = match name {
            "lot_number" => &item.lot_number,
            "work_order" => &item.work_order,
            "quantity_inspected" => &item.quantity_inspected,
            "external_system" => &item.external_system,
            "external_id" => &item.external_id,
            "failure_code" => &item.failure_code,
            "cause" => &item.cause,
            "hold_location" => &item.hold_location,
            "process_analysis" => &defect.process_analysis,
            "repair_process" => &defect.repair_process,
            "engineering_findings" => &defect.engineering_findings,
            "root_cause" => &defect.root_cause,
            _ => return None,
        };
        text.as_ref()
    }
}

/// A part as forms write it.
fn part_key(part: &PartRef) -> String {
    format!("{} {}", part.number, part.revision)
}

/// A person as forms write him: two may have one name.
pub(super) fn person_key(person: &PersonRef) -> String {
    format!("{} #{}", person.name, person.id)
}

fn code_of(partner: Option<&PartnerRef>) -> String {
    partner
        .map(|partner| partner.code.clone())
        .unwrap_or_default()
}

fn number(count: Option<i64>) -> String {
    count.map(|count| count.to_string()).unwrap_or_default()
}

/// A text of a form, for people.
pub(super) fn told(page: &Page, kind: Kind, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if let Some((name, _)) = kind.words() {
        return page.word(name, text);
    }
    match kind {
        Kind::Tick if text == "true" => page.t("yes"),
        Kind::Tick => page.t("no"),
        Kind::Minute => text.replace('T', " "),
        Kind::Person => text
            .rsplit_once(" #")
            .map_or(text, |(name, _)| name)
            .to_owned(),
        _ => text.to_owned(),
    }
}

/// A text as a browser sends it back from its input: line ends as on the server, and none in a line.
pub(super) fn as_sent(kind: Kind, text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match kind {
        Kind::Area => text,
        _ => text.replace('\n', ""),
    }
}

/// Tells one text of a field from another.
pub(super) fn mark(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, as_sent};

    #[test]
    fn what_a_browser_makes_of_a_text_is_no_change() {
        assert_eq!(
            as_sent(Kind::Area, "\r\none\r\ntwo\rthree"),
            "\none\ntwo\nthree"
        );
        assert_eq!(as_sent(Kind::Line, "one\r\ntwo"), "onetwo");
    }
}
