//! The sheets of paper: where each is, how large it is, and how many pages of it there may be.

/// A sheet.
pub(crate) struct Sheet {
    /// What its file is called.
    pub(crate) name: &'static str,
    /// Its address, with names of what [`crate::furnished`] has made.
    pub(crate) address: &'static str,
    /// Width and height in millimetres.
    pub(crate) size: (f64, f64),
    /// A tag is one page whatever stands on it; forms go on, but not for ever.
    pub(crate) most_pages: usize,
}

const A6: (f64, f64) = (105.0, 148.0);
const LABEL: (f64, f64) = (62.0, 100.0);
const A4: (f64, f64) = (210.0, 297.0);
const LETTER: (f64, f64) = (215.9, 279.4);

/// All of them, each in one language, and in the two or three that crews read side by side.
#[rustfmt::skip]
pub(crate) const SHEETS: &[Sheet] = &[
    tag("tag-a6", "/defects/{record}/tag", A6),
    tag("tag-a6-es-zh", "/defects/{record}/tag?languages=es,zh", A6),
    tag("tag-a6-en-es-zh", "/defects/{record}/tag?languages=en,es,zh", A6),
    tag("tag-label", "/defects/{record}/tag?size=label", LABEL),
    tag("tag-label-es-zh", "/defects/{record}/tag?size=label&languages=es,zh", LABEL),
    tag("tag-label-en-es-zh", "/defects/{record}/tag?size=label&languages=en,es,zh", LABEL),
    form("form-a4", "/defects/{record}/form", A4),
    form("form-a4-es-zh", "/defects/{record}/form?languages=es,zh", A4),
    form("form-letter", "/defects/{record}/form?paper=letter", LETTER),
    form("form-signed-a4", "/defects/{closed}/form", A4),
    form("form-signed-letter-es-zh", "/defects/{closed}/form?paper=letter&languages=es,zh", LETTER),
    form("mrb-a4", "/defects/{record}/mrb", A4),
    form("mrb-a4-es-zh", "/defects/{record}/mrb?languages=es,zh", A4),
    form("mrb-letter", "/defects/{record}/mrb?paper=letter", LETTER),
    form("car-a4", "/corrective-actions/{request}/form", A4),
    form("car-a4-es-zh", "/corrective-actions/{request}/form?languages=es,zh", A4),
    form("car-letter", "/corrective-actions/{request}/form?paper=letter", LETTER),
];

const fn tag(name: &'static str, address: &'static str, size: (f64, f64)) -> Sheet {
    let most_pages = 1;
    Sheet {
        name,
        address,
        size,
        most_pages,
    }
}

const fn form(name: &'static str, address: &'static str, size: (f64, f64)) -> Sheet {
    let most_pages = 12;
    Sheet {
        name,
        address,
        size,
        most_pages,
    }
}
