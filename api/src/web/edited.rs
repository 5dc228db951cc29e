//! A form over what is there: which of its fields were changed, and what somebody else has changed since it was shown.
//!
//! The form carries what each field held (`_was_…`) and the version that it was made from. Only what differs is sent, so
//! that nobody writes what he has not touched. Where the version is no longer the newest, the form comes back with what
//! was typed, untouched fields as they are now, and beside it what others wrote into the same ones: to choose from.

use actix_web::http::StatusCode;

use super::page::Page;
use super::typed::Typed;
use crate::problem::{Kind, Problem};

/// The form as it is shown.
pub(super) struct Edited {
    /// What stands in its fields.
    pub(super) form: Typed,
    /// What stood there when it was made.
    pub(super) was: Vec<(String, String)>,
    /// The version that it was made from.
    pub(super) version: i64,
    /// Whether somebody else was faster.
    pub(super) is_overtaken: bool,
    /// What he wrote where something else was typed.
    pub(super) clashes: Vec<Clash>,
}

/// A field that two people have changed.
pub(super) struct Clash {
    /// The field.
    pub(super) name: String,
    /// What stands there now.
    pub(super) now: String,
}

/// Only what was changed since the form was made; `own` tells its fields that are ours.
pub(super) fn changed<'a>(typed: &Typed, own: impl Fn(&str) -> Option<&'a str>) -> Typed {
    let pairs = typed.pairs().iter();
    let changed = pairs.filter(|(name, value)| was(&own, name) != Some(value.as_str()));
    Typed::with(changed.cloned())
}

fn was<'a>(own: impl Fn(&str) -> Option<&'a str>, name: &str) -> Option<&'a str> {
    own(&format!("_was_{name}"))
}

/// With what stands there already, should it be on offer no more.
pub(super) fn with_current(
    mut choices: Vec<(String, String)>,
    current: Option<(i64, String)>,
) -> Vec<(String, String)> {
    if let Some((id, name)) = current {
        let id = id.to_string();
        if choices.iter().all(|(known, _)| *known != id) {
            choices.push((id, name));
        }
    }
    choices
}

impl Edited {
    /// As it is first shown.
    pub(super) fn fresh(now: Typed, version: i64) -> Self {
        Self {
            was: now.pairs().to_vec(),
            form: now,
            version,
            is_overtaken: false,
            clashes: Vec::new(),
        }
    }

    /// As it is shown again after a refusal, and under which status; what is no matter of the form is passed on.
    /// `now` is what the form would be made of by now, and `version` goes with it.
    pub(super) fn again<'a>(
        typed: &Typed,
        own: impl Fn(&str) -> Option<&'a str>,
        now: &Typed,
        version: i64,
        problem: Problem,
    ) -> Result<(StatusCode, Self), Problem> {
        match problem.kind() {
            Kind::Stale => {
                let merged = Self::merged(typed, own, now, version);
                Ok((StatusCode::PRECONDITION_FAILED, merged))
            }
            Kind::Forbidden => Err(problem),
            _ => {
                let made_from = own("_version").and_then(|text| text.parse().ok());
                let held = now.pairs().iter().map(|(name, value)| {
                    let held = was(&own, name).unwrap_or(value.as_str());
                    (name.clone(), held.to_owned())
                });
                let edited = Self {
                    was: held.collect(),
                    form: typed.clone().refused(problem)?,
                    version: made_from.unwrap_or(version),
                    is_overtaken: false,
                    clashes: Vec::new(),
                };
                Ok((StatusCode::UNPROCESSABLE_ENTITY, edited))
            }
        }
    }

    /// What was typed where it was changed, and everywhere else what stands there now.
    fn merged<'a>(
        typed: &Typed,
        own: impl Fn(&str) -> Option<&'a str>,
        now: &Typed,
        version: i64,
    ) -> Self {
        let mine = changed(typed, &own);
        let is_mine = |name: &str| mine.pairs().iter().any(|(known, _)| known == name);
        let mut clashes = Vec::new();
        let mut pairs = Vec::new();
        for (name, value) in now.pairs() {
            if !is_mine(name) {
                pairs.push((name.clone(), value.clone()));
            } else if mine.value(name) != value && was(&own, name) != Some(value.as_str()) {
                clashes.push(Clash {
                    name: name.clone(),
                    now: value.clone(),
                });
            }
        }
        pairs.extend(mine.pairs().iter().cloned());
        Self {
            form: Typed::with(pairs),
            was: now.pairs().to_vec(),
            version,
            is_overtaken: true,
            clashes,
        }
    }

    /// What was typed into fields that are written no more: what they are called, and what would be lost.
    pub(super) fn kept(
        &self,
        page: &Page,
        over: impl IntoIterator<Item = &'static str>,
    ) -> Vec<(String, String)> {
        let typed = over.into_iter().map(|name| (name, self.form.value(name)));
        let lost = typed.filter(|(name, text)| !text.is_empty() && *text != self.held(name));
        lost.map(|(name, text)| (page.field(name), text.to_owned()))
            .collect()
    }

    /// What stood in a field when the form was made.
    fn held(&self, name: &str) -> &str {
        let mut was = self.was.iter();
        was.find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// What others chose, as people read it.
    #[must_use]
    pub(super) fn in_words<V: AsRef<str>>(mut self, field: &str, choices: &[(V, String)]) -> Self {
        for clash in self.clashes.iter_mut().filter(|clash| clash.name == field) {
            let mut choices = choices.iter();
            let chosen = choices.find(|(value, _)| value.as_ref() == clash.now);
            if let Some((_, text)) = chosen {
                clash.now.clone_from(text);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use service::Error;

    use super::{Edited, Typed, changed};
    use crate::problem::Problem;

    const OWN: [(&str, &str); 3] = [
        ("_was_text", "Old."),
        ("_was_owner_id", "1"),
        ("_version", "3"),
    ];

    fn own(name: &str) -> Option<&'static str> {
        OWN.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    #[test]
    fn only_what_was_changed_is_sent() {
        let typed = Typed::with([("text", "New."), ("owner_id", "1"), ("due_at", "")]);
        let sent = changed(&typed, own);
        assert_eq!(
            sent.pairs(),
            Typed::with([("text", "New."), ("due_at", "")]).pairs()
        );
    }

    #[test]
    fn two_who_change_one_field_see_both_and_the_rest_is_as_it_is_now() {
        let typed = Typed::with([("text", "Mine."), ("owner_id", "1")]);
        let now = Typed::with([("text", "Hers."), ("owner_id", "2")]);
        let stale = || Problem::from(Error::VersionStale { current: 4 });
        let shown = Edited::again(&typed, own, &now, 4, stale());
        let Ok((status, shown)) = shown else {
            panic!("it was passed on");
        };
        assert_eq!((status.as_u16(), shown.version), (412, 4));
        assert_eq!(
            (shown.form.value("text"), shown.form.value("owner_id")),
            ("Mine.", "2")
        );
        let clashes: Vec<_> = shown
            .clashes
            .iter()
            .map(|one| (&*one.name, &*one.now))
            .collect();
        assert_eq!(clashes, [("text", "Hers.")]);
        let elsewhere = Typed::with([("text", "Old."), ("owner_id", "2")]);
        let shown = Edited::again(&typed, own, &elsewhere, 4, stale());
        assert!(shown.is_ok_and(|(_, shown)| shown.clashes.is_empty()));
    }

    #[test]
    fn what_is_wrong_is_shown_with_the_version_that_was_read() {
        let typed = Typed::with([("text", "")]);
        let wrong = Problem::from(Error::field("text", "not_null", "cannot be cleared"));
        let shown = Edited::again(&typed, own, &Typed::default(), 9, wrong);
        assert!(shown.is_ok_and(|(_, shown)| shown.version == 3 && shown.form.is_wrong("text")));
        let refused = Problem::from(Error::forbidden("no"));
        assert!(Edited::again(&typed, own, &Typed::default(), 9, refused).is_err());
    }
}
