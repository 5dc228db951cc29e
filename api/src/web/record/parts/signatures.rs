//! The signatures on a defect, on the page of its record: who, when, what it stands for, and whether what was signed is
//! still what the record says.

use service::defects::signatures::{self, SignatureView};

use super::{Look, Rows};
use crate::problem::Problem;
use crate::web::page::Page;

/// How many signatures the page shows.
const SHOWN: u8 = 30;

/// The signatures of a record.
#[derive(Default)]
pub(in crate::web) struct Signatures {
    pub(in crate::web) rows: Rows<Signed>,
}

/// A signature.
pub(in crate::web) struct Signed {
    pub(in crate::web) what: String,
    pub(in crate::web) meaning: String,
    pub(in crate::web) who: String,
    pub(in crate::web) at: String,
    pub(in crate::web) version: i64,
    /// Whether it matches what the record says, in words, and the look of that.
    pub(in crate::web) mark: String,
    pub(in crate::web) tone: &'static str,
}

impl Signatures {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = signatures::list(system, actor, look.defect, &look.query(SHOWN)).await?;
        let rows = look.rows("signatures", found, |one| Signed::of(&look.page, one));
        Ok(Self { rows })
    }
}

impl Signed {
    fn of(page: &Page, signature: SignatureView) -> Self {
        let (mark, tone) = match signature.matches {
            Some(true) => (page.t("signature-matches"), "good"),
            Some(false) => (page.t("signature-broken"), "bad"),
            None => (page.t("signature-elsewhere"), "warn"),
        };
        Self {
            what: page.word("signed", signature.action.word()),
            meaning: page.word("meaning", signature.meaning.word()),
            who: signature.signer.name,
            at: page.minute(&signature.signed_at),
            version: signature.record_version,
            mark,
            tone,
        }
    }
}
