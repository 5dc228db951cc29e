//! Fields of forms as data: what a part, a partner, a user or a rule is asked for is a list of these, which one template
//! shows, and what a form sent is made whole by them.

use service::words::Language;

use crate::web::page::Page;
use crate::web::typed::Typed;

/// A field of a form.
pub(in crate::web) struct Field {
    /// As the service names it.
    pub(in crate::web) name: &'static str,
    /// `choose`, `tick`, `ticks`, or HTML's type of an input.
    pub(in crate::web) kind: &'static str,
    /// What people call it.
    pub(in crate::web) label: String,
    /// A sentence below the label; may be empty.
    pub(in crate::web) hint: String,
    /// Whether it must be filled in.
    pub(in crate::web) required: bool,
    /// What may be chosen: as stored, and as people read it.
    pub(in crate::web) options: Vec<(String, String)>,
    /// What it is called to choose nothing.
    pub(in crate::web) none: String,
}

impl Field {
    /// A line of text; `kind` is HTML's type of the input.
    pub(in crate::web) fn input(page: &Page, name: &'static str, kind: &'static str) -> Self {
        Self {
            name,
            kind,
            label: page.field(name),
            hint: String::new(),
            required: false,
            options: Vec::new(),
            none: String::new(),
        }
    }

    /// A line of any text.
    pub(in crate::web) fn text(page: &Page, name: &'static str) -> Self {
        Self::input(page, name, "text")
    }

    /// One of several.
    pub(in crate::web) fn choose(
        page: &Page,
        name: &'static str,
        options: Vec<(String, String)>,
    ) -> Self {
        Self {
            options,
            ..Self::input(page, name, "choose")
        }
    }

    /// One of several, or, without them, a line of text that names one.
    pub(in crate::web) fn named(
        page: &Page,
        name: &'static str,
        options: Option<Vec<(String, String)>>,
    ) -> Self {
        match options {
            Some(options) => Self::choose(page, name, options),
            None => Self::text(page, name),
        }
    }

    /// Any of several.
    pub(in crate::web) fn ticks(
        page: &Page,
        name: &'static str,
        options: Vec<(String, String)>,
    ) -> Self {
        Self {
            options,
            ..Self::input(page, name, "ticks")
        }
    }

    /// Yes or no.
    pub(in crate::web) fn tick(page: &Page, name: &'static str) -> Self {
        Self::input(page, name, "tick")
    }

    /// One that must be filled in.
    pub(in crate::web) fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// One with a sentence that says what it is for.
    pub(in crate::web) fn hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    /// One of which nothing may be chosen, and what that is called.
    pub(in crate::web) fn none(self, none: String) -> Self {
        Self { none, ..self }
    }

    /// What it holds, as one text: of boxes those that are ticked, as [`completed`] has them.
    pub(super) fn held(&self, form: &Typed) -> String {
        let ticked = || {
            let values = self.options.iter().map(|(value, _)| value.as_str());
            let ticked = values.filter(|value| form.has(self.name, value));
            ticked.collect::<Vec<_>>().join(",")
        };
        match self.kind {
            "tick" => form.has(self.name, "true").to_string(),
            "ticks" => ticked(),
            _ => form.value(self.name).to_owned(),
        }
    }

    /// What stands in it, for those who do not write it.
    pub(in crate::web) fn shown(&self, page: &Page, form: &Typed) -> String {
        let chosen = || {
            let chosen = self.options.iter();
            let chosen = chosen.filter(|(value, _)| form.has(self.name, value));
            let labels: Vec<&str> = chosen.map(|(_, label)| label.as_str()).collect();
            labels.join(", ")
        };
        match self.kind {
            "tick" if form.has(self.name, "true") => page.t("yes"),
            "tick" => page.t("no"),
            "choose" | "ticks" if form.value(self.name).is_empty() => self.none.clone(),
            "choose" | "ticks" => chosen(),
            _ => form.value(self.name).to_owned(),
        }
    }
}

/// Fixed words as options: `severity`, `role`, … and the words as they are stored.
pub(in crate::web) fn words(
    page: &Page,
    kind: &str,
    words: impl IntoIterator<Item = &'static str>,
) -> Vec<(String, String)> {
    let option = |word: &'static str| (word.to_owned(), page.word(kind, word));
    words.into_iter().map(option).collect()
}

/// The languages, each in its own words.
pub(in crate::web) fn languages(page: &Page) -> Vec<(String, String)> {
    words(page, "language", Language::ALL.iter().map(|it| it.word()))
}

/// What a form sent, as the service reads it: HTML leaves out boxes that are not ticked, which are `false`, and sends the
/// choices of a list one by one, which the service takes with commas between.
pub(in crate::web) fn completed(typed: &Typed, ticks: &[&str], lists: &[&str]) -> Typed {
    let is_list = |name: &str| lists.contains(&name);
    let pairs = typed.pairs().iter();
    let mut pairs: Vec<(String, String)> =
        pairs.filter(|(name, _)| !is_list(name)).cloned().collect();
    for tick in ticks.iter().filter(|tick| typed.value(tick).is_empty()) {
        pairs.push(((*tick).to_owned(), "false".to_owned()));
    }
    for list in lists {
        let values = typed.pairs().iter().filter(|(name, _)| name == list);
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        pairs.push(((*list).to_owned(), values.join(",")));
    }
    Typed::with(pairs)
}

#[cfg(test)]
mod tests {
    use super::{Typed, completed};

    #[test]
    fn what_html_leaves_out_is_put_back() {
        let sent = [
            ("name", "Anna"),
            ("roles", "admin"),
            ("roles", "viewer"),
            ("is_supplier", "true"),
        ];
        let whole = completed(
            &Typed::with(sent),
            &["is_active", "is_supplier"],
            &["roles"],
        );
        let of = |name| whole.value(name).to_owned();
        assert_eq!(of("name"), "Anna");
        assert_eq!(of("roles"), "admin,viewer");
        assert_eq!(of("is_active"), "false");
        assert_eq!(of("is_supplier"), "true");
        assert_eq!(whole.pairs().len(), 4);
    }
}
