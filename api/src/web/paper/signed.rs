//! Signatures as 21 CFR 11.50 has them printed: name, time, meaning; and whether what was signed still stands.

use service::Error;
use service::corrective;
use service::defects::signatures;
use service::reference::PersonRef;
use service::words::Meaning;

use super::labels::Labels;
use super::read::all;
use super::section::Section;
use super::sheet::Sheet;
use crate::web::visit::Visit;

/// A signature.
pub(super) struct Signed {
    /// What was signed.
    pub(super) what: String,
    pub(super) meaning: String,
    pub(super) name: String,
    pub(super) at: String,
    /// The version that was signed, and the beginning of its digest.
    pub(super) content: String,
    /// Whether what was signed is still what is written, as the style sheet names it.
    pub(super) mark: &'static str,
    /// The same in words.
    pub(super) said: String,
}

/// The signatures on a defect.
pub(super) async fn of_defect(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Section, Error> {
    let (system, actor, labels) = (&visit.system, &visit.actor, &sheet.labels);
    let rows = all(|query| async move { signatures::list(system, actor, id, &query).await });
    let mut section = Section::titled(labels.text("paper-signatures"));
    for row in rows.await? {
        let (mark, said) = standing(labels, row.matches);
        section.signed.push(Signed {
            what: labels.word("signed", row.action.word()),
            content: content(labels, row.record_version, &row.content_sha256),
            mark,
            said,
            ..person(sheet, &row.signer, row.meaning, &row.signed_at)
        });
    }
    Ok(section)
}

/// The signatures under a corrective action request.
pub(super) async fn of_request(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Section, Error> {
    let (system, actor, labels) = (&visit.system, &visit.actor, &sheet.labels);
    let rows =
        all(|query| async move { corrective::signatures::list(system, actor, id, &query).await });
    let mut section = Section::titled(labels.text("paper-signatures"));
    for row in rows.await? {
        let (mark, said) = standing(labels, Some(row.matches));
        section.signed.push(Signed {
            // Closing is the one move of a request that is signed.
            what: labels.word("signed", row.action.word()),
            content: content(labels, row.record_version, &row.content_sha256),
            mark,
            said,
            ..person(sheet, &row.signer, row.meaning, &row.signed_at)
        });
    }
    Ok(section)
}

fn person(sheet: &Sheet, signer: &PersonRef, meaning: Meaning, at: &str) -> Signed {
    Signed {
        what: String::new(),
        meaning: sheet.labels.word("meaning", meaning.word()),
        name: signer.name.clone(),
        at: sheet.page.minute(at),
        content: String::new(),
        mark: "",
        said: String::new(),
    }
}

fn content(labels: &Labels, version: i64, digest: &str) -> String {
    let digest: String = digest.chars().take(16).collect();
    format!("{} {version} · SHA-256 {digest}…", labels.field("version"))
}

fn standing(labels: &Labels, matches: Option<bool>) -> (&'static str, String) {
    match matches {
        Some(true) => ("stands", labels.text("paper-signature-stands")),
        Some(false) => ("broken", labels.text("paper-signature-broken")),
        None => ("elsewhere", labels.text("paper-signature-elsewhere")),
    }
}
