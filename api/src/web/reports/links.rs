//! From a figure to the list of records behind it, where a filter can say which they are.

use chrono::{Days, Months, NaiveDate, Weekday};
use service::defects::DefectFilter;
use service::input::Input;

use super::asked::{Asked, query};

/// The lists behind the figures of one report.
pub(super) struct Links {
    /// The report's own filter.
    filter: Asked,
    from: NaiveDate,
    to: NaiveDate,
}

impl Links {
    /// Of a report over a period, of which the report says the days.
    pub(super) fn of(asked: &Asked, from: &str, to: &str) -> Self {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        Self {
            filter: asked.only(DefectFilter::FIELDS),
            from: day(from),
            to: day(to),
        }
    }

    /// The records that the filter lets through and of which this holds besides; none where the filter says something of
    /// these moments already, which one parameter cannot say twice. Void records are in no report.
    pub(super) fn records(&self, wanted: &[(&str, &str)]) -> Option<String> {
        let is_moment = |name: &str| name.ends_with("_after") || name.ends_with("_before");
        let mut said = wanted.iter().filter(|(name, _)| is_moment(name));
        if said.any(|(name, _)| !self.filter.value(name).is_empty()) {
            return None;
        }
        let asked = self.filter.with(wanted).or("status", "!void");
        Some(format!("/defects?{}", query(&asked.filled())))
    }

    /// Those that were reported in the period, and of which this holds besides.
    pub(super) fn reported(&self, wanted: &[(&str, &str)]) -> Option<String> {
        self.between("reported", (self.from, self.to), wanted)
    }

    /// Those to which something happened in a part of the period, and of which this holds besides.
    pub(super) fn happened(
        &self,
        what: &str,
        part: &str,
        wanted: &[(&str, &str)],
    ) -> Option<String> {
        let (first, last) = days(part)?;
        let days = (first.max(self.from), last.min(self.to));
        self.between(what, days, wanted)
    }

    fn between(
        &self,
        what: &str,
        (first, last): (NaiveDate, NaiveDate),
        wanted: &[(&str, &str)],
    ) -> Option<String> {
        let (after, before) = (format!("{what}_after"), format!("{what}_before"));
        let (first, next) = (first.to_string(), last.succ_opt()?.to_string());
        let days = [
            (after.as_str(), first.as_str()),
            (before.as_str(), next.as_str()),
        ];
        self.records(&[&days[..], wanted].concat())
    }

    /// Those that are open and of an age, as the report names it: `8-30` days, `>180`.
    pub(super) fn aged(&self, age: &str, status: &str) -> Option<String> {
        let (oldest, youngest) = moments(age)?;
        self.records(&[
            ("reported_after", oldest.as_str()),
            ("reported_before", youngest.as_str()),
            ("status", status),
        ])
    }
}

/// From which moment to which a record of an age was reported; an end that is open is empty.
fn moments(age: &str) -> Option<(String, String)> {
    if let Some(days) = age.strip_prefix('>') {
        return Some((String::new(), format!("-{days}d")));
    }
    let (youngest, oldest) = age.split_once('-')?;
    let before = match youngest.parse::<i64>().ok()? {
        0 => String::new(),
        days => format!("-{}d", days - 1),
    };
    Some((format!("-{oldest}d"), before))
}

/// The first and the last day of a part of a period: a day, a week of ISO 8601, a month.
fn days(part: &str) -> Option<(NaiveDate, NaiveDate)> {
    if let Some((year, week)) = part.split_once("-W") {
        let (year, week) = (year.parse().ok()?, week.parse().ok()?);
        let monday = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)?;
        return Some((monday, monday.checked_add_days(Days::new(6))?));
    }
    if let Ok(day) = part.parse::<NaiveDate>() {
        return Some((day, day));
    }
    let first: NaiveDate = format!("{part}-01").parse().ok()?;
    let next = first.checked_add_months(Months::new(1))?;
    Some((first, next.pred_opt()?))
}

#[cfg(test)]
mod tests {
    use super::{days, moments};

    #[test]
    fn parts_of_a_period_have_a_first_and_a_last_day() {
        let of = |part: &str| days(part).map(|(first, last)| format!("{first} {last}"));
        for (part, expected) in [
            ("2026-11-20", "2026-11-20 2026-11-20"),
            ("2026-W53", "2026-12-28 2027-01-03"),
            ("2026-02", "2026-02-01 2026-02-28"),
        ] {
            assert_eq!(of(part).as_deref(), Some(expected), "{part}");
        }
        assert_eq!(of("soon"), None);
    }

    #[test]
    fn an_age_has_an_oldest_and_a_youngest() {
        let of = |age: &str| moments(age).map(|(oldest, youngest)| format!("{oldest}..{youngest}"));
        for (age, expected) in [("0-7", "-7d.."), ("8-30", "-30d..-7d"), (">180", "..-180d")] {
            assert_eq!(of(age).as_deref(), Some(expected), "{age}");
        }
    }
}
