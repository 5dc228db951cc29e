//! Reports as pictures: bars with the cumulative line of a Pareto, the lines of a trend, stacked bars by state and class.
//!
//! What there is to see is said in words besides, for those who do not see it. A label that has no room below its bar is
//! cut short, and left out where bars are too narrow; pointing at a mark or a bar tells it in full.

use super::ageing::Ageing;
use super::copq::Copq;
use super::dashboard::Dashboard;
use super::flow::Flow;
use super::pareto::{Bar, Pareto, ParetoBy};
use super::suppliers::Suppliers;
use super::trend::Trend;
use crate::drawing::{Anchor, Axis, Canvas, Place, figure, say, tell, word};
use crate::rights::When;
use crate::words::Language;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 64.0;
const TOP: f64 = 72.0;
const BOTTOM: f64 = 48.0;

/// How many values the description names one by one.
const NAMED: usize = 30;

/// How wide a letter is, about.
const LETTER: f64 = 6.6;

/// A picture with an axis of numbers and places side by side.
struct Plot {
    canvas: Canvas,
    title: String,
    axis: Axis,
    places: usize,
}

impl Plot {
    fn new(title: String, places: usize, (low, high): (f64, f64)) -> Self {
        let mut canvas = Canvas::new(WIDTH, HEIGHT);
        canvas.text("heading", (LEFT, 26.0), Anchor::Start, &title);
        let axis = Axis::nice(low.min(0.0), high.max(0.0), 6);
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for tick in axis.ticks() {
            let y = axis.place(tick, (bottom, TOP));
            canvas.line("grid", (LEFT, y), (right, y));
            let shown = axis.show(tick);
            canvas.text("tick", (LEFT - 8.0, y + 4.0), Anchor::End, &shown);
        }
        let mut plot = Self {
            canvas,
            title,
            axis,
            places: places.max(1),
        };
        let nothing = plot.up(0.0);
        plot.canvas.line("axis", (LEFT, nothing), (right, nothing));
        plot
    }

    /// The width that each place has to itself.
    fn pitch(&self) -> f64 {
        (WIDTH - LEFT - RIGHT) / self.places as f64
    }

    /// The middle of a place.
    fn across(&self, place: usize) -> f64 {
        LEFT + (place as f64 + 0.5) * self.pitch()
    }

    fn up(&self, value: f64) -> f64 {
        self.axis.place(value, (HEIGHT - BOTTOM, TOP))
    }

    /// Labels below the places: each where there is room, or every so manyth.
    fn labels<'a>(&mut self, labels: impl Iterator<Item = &'a str>, may_skip: bool) {
        let room = self.pitch();
        let every = match (may_skip, room < 56.0) {
            (true, true) => (56.0 / room).ceil() as usize,
            _ => 1,
        };
        let letters = (room * every as f64 / LETTER).floor() as usize;
        if letters < 3 {
            return;
        }
        for (place, label) in labels.enumerate().step_by(every) {
            let at = (self.across(place), HEIGHT - BOTTOM + 18.0);
            let label = cut(label, letters);
            self.canvas.text("tick", at, Anchor::Middle, &label);
        }
    }

    /// A bar from one value to another, told when it is pointed at.
    fn bar(&mut self, class: &str, place: usize, (from, to): (f64, f64), told: &str) {
        let width = (self.pitch() * 0.7).max(1.0);
        let (low, high) = (self.up(from), self.up(to));
        let corner = (self.across(place) - width / 2.0, low.min(high));
        let size = (width, (low - high).abs());
        self.canvas.bar(class, corner, size, told);
    }

    /// Values joined by a line, each told when it is pointed at.
    fn line(&mut self, series: usize, values: &[(f64, String)]) {
        let places: Vec<Place> = values
            .iter()
            .enumerate()
            .map(|(place, (value, _))| (self.across(place), self.up(*value)))
            .collect();
        self.canvas.path(&format!("l{series}"), &places);
        for (at, (_, told)) in places.into_iter().zip(values) {
            self.canvas.circle(&format!("s{series}"), at, 3.0, told);
        }
    }

    /// What each colour stands for.
    fn legend(&mut self, names: &[&str]) {
        let mut x = LEFT;
        for (series, name) in names.iter().enumerate() {
            self.canvas
                .rect(&format!("s{series}"), (x, 40.0), (12.0, 12.0));
            self.canvas
                .text("tick", (x + 18.0, 50.0), Anchor::Start, name);
            x += 18.0 + (letters(name) as f64 + 3.0) * LETTER;
        }
    }

    fn finish(self, language: Language, told: &[String]) -> String {
        let mut about = told
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join("; ");
        if told.is_empty() {
            about.push_str(say(language, "Nothing to show"));
        } else if told.len() > NAMED {
            let more = (told.len() - NAMED).to_string();
            about.push_str(&tell(language, "; and {0} more", &[&more]));
        }
        about.push_str(say(language, "."));
        self.canvas.finish(&self.title, &about)
    }
}

/// How many letters wide a text is, about: those of Chinese have the width of two.
fn letters(text: &str) -> usize {
    text.chars().map(wide).sum()
}

fn wide(letter: char) -> usize {
    if letter < '\u{2E80}' { 1 } else { 2 }
}

/// A text of so many letters at most.
fn cut(text: &str, most: usize) -> String {
    if letters(text) <= most {
        return text.to_owned();
    }
    let mut room = most.saturating_sub(1);
    let fits = |letter: &char| match room.checked_sub(wide(*letter)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Decimal digits as a number, for a place on a picture.
fn number(digits: &str) -> f64 {
    digits.parse().unwrap_or(0.0)
}

fn highest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

fn lowest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::min)
}

pub(super) fn pareto(report: &Pareto, language: Language) -> String {
    let values: Vec<f64> = report
        .bars
        .iter()
        .map(|bar| number(&bar.value.show()))
        .collect();
    let (measure, by) = (
        word(language, report.measure.word()),
        word(language, report.by.word()),
    );
    let title = tell(
        language,
        "Pareto of {0} by {1}, {2} to {3}",
        &[&measure, &by, &report.from, &report.to],
    );
    let labels: Vec<String> = report
        .bars
        .iter()
        .map(|bar| label(report.by, bar, language))
        .collect();
    let told: Vec<String> = report
        .bars
        .iter()
        .zip(&labels)
        .map(|(bar, label)| told_bar(bar, label, language))
        .collect();
    // So high that the cumulative line and the bars have one foot and one top.
    let sum: f64 = values.iter().sum();
    let ends = (
        lowest(values.iter().copied()),
        highest(values.iter().copied()).max(sum),
    );
    let mut plot = Plot::new(title, values.len(), ends);
    for (place, (value, told)) in values.iter().zip(&told).enumerate() {
        plot.bar("s0", place, (0.0, *value), told);
    }
    let line: Vec<(f64, String)> = report
        .bars
        .iter()
        .zip(&told)
        .map(|(bar, told)| (bar.cumulative / 100.0 * sum, told.clone()))
        .collect();
    plot.line(1, &line);
    for percent in [0.0, 50.0, 100.0] {
        let at = (WIDTH - RIGHT + 8.0, plot.up(percent / 100.0 * sum) + 4.0);
        if sum > 0.0 {
            plot.canvas
                .text("tick", at, Anchor::Start, &format!("{percent} %"));
        }
    }
    plot.labels(labels.iter().map(String::as_str), false);
    plot.legend(&[&measure, say(language, "cumulative")]);
    plot.finish(language, &told)
}

/// What a bar is called: by a name that people gave, or a word of ours.
fn label(by: ParetoBy, bar: &Bar, language: Language) -> String {
    if bar.key.is_none() || by == ParetoBy::Disposition {
        word(language, &bar.label)
    } else {
        bar.label.clone()
    }
}

fn told_bar(bar: &Bar, label: &str, language: Language) -> String {
    let (value, share) = (bar.value.show(), format!("{:.2}", bar.share));
    let together = format!("{:.2}", bar.cumulative);
    tell(
        language,
        "{0}: {1} ({2} %, together {3} %)",
        &[label, &value, &share, &together],
    )
}

pub(super) fn trend(report: &Trend, language: Language) -> String {
    let interval = word(language, report.interval.word());
    let title = tell(
        language,
        "Records by {0}, {1} to {2}",
        &[&interval, &report.from, &report.to],
    );
    let points = &report.points;
    let all = points
        .iter()
        .flat_map(|point| [point.reported, point.closed, point.open]);
    let high = highest(all.map(|count| count as f64));
    let mut plot = Plot::new(title, points.len(), (0.0, high));
    type Of = fn(&super::trend::TrendPoint) -> i64;
    let series: [(&str, Of); 3] = [
        (say(language, "reported"), |point| point.reported),
        (say(language, "closed"), |point| point.closed),
        (say(language, "open"), |point| point.open),
    ];
    for (place, (name, of)) in series.iter().enumerate() {
        let values = points.iter().map(|point| {
            let count = of(point);
            (count as f64, format!("{}: {count} {name}", point.period))
        });
        plot.line(place, &values.collect::<Vec<_>>());
    }
    plot.labels(points.iter().map(|point| point.period.as_str()), true);
    plot.legend(&series.map(|(name, _)| name));
    let told = points.iter().map(|point| {
        let counts = [point.reported, point.closed, point.open].map(|count| count.to_string());
        let [reported, closed, open] = &counts;
        tell(
            language,
            "{0}: {1} reported, {2} closed, {3} open",
            &[&point.period, reported, closed, open],
        )
    });
    plot.finish(language, &told.collect::<Vec<_>>())
}

/// A value on a picture, and how it is told.
type Told = (f64, String);

/// A figure that is told as charts tell them.
fn plainly(value: f64) -> Told {
    (value, figure(value))
}

/// An amount of money, which is told to the last digit, as tables tell it.
fn money(amount: &str) -> Told {
    (number(amount), amount.to_owned())
}

/// Bars of several values each, one on the other.
fn stacked(
    language: Language,
    title: String,
    rows: &[(String, Vec<Told>)],
    names: &[&str],
    line: Option<(&str, Vec<Told>)>,
) -> String {
    let sum = |values: &[Told], side: fn(f64) -> bool| -> f64 {
        let values = values.iter().map(|(value, _)| *value);
        values.filter(|value| side(*value)).sum()
    };
    let up = |values: &[Told]| sum(values, |value| value > 0.0);
    let down = |values: &[Told]| sum(values, |value| value < 0.0);
    let beside = || {
        line.iter()
            .flat_map(|(_, values)| values.iter().map(|(value, _)| *value))
    };
    let high = highest(rows.iter().map(|(_, values)| up(values)).chain(beside()));
    let low = lowest(rows.iter().map(|(_, values)| down(values)).chain(beside()));
    let mut plot = Plot::new(title, rows.len(), (low, high));
    let mut told = Vec::new();
    for (place, (label, values)) in rows.iter().enumerate() {
        let (mut above, mut below) = (0.0, 0.0);
        let mut parts = Vec::new();
        for (series, ((value, shown), name)) in values.iter().zip(names).enumerate() {
            if *value == 0.0 {
                continue;
            }
            let from = if *value > 0.0 { &mut above } else { &mut below };
            let part = format!("{name} {shown}");
            let ends = (*from, *from + value);
            plot.bar(
                &format!("s{series}"),
                place,
                ends,
                &format!("{label}: {part}"),
            );
            *from += value;
            parts.push(part);
        }
        if parts.is_empty() {
            parts.push(say(language, "nothing").to_owned());
        }
        told.push(format!("{label}: {}", parts.join(", ")));
    }
    let mut names = names.to_vec();
    if let Some((name, values)) = line {
        let series = names.len();
        let values = values
            .into_iter()
            .zip(rows)
            .map(|((value, shown), (label, _))| (value, format!("{label}: {name} {shown}")));
        plot.line(series, &values.collect::<Vec<_>>());
        names.push(name);
    }
    plot.labels(rows.iter().map(|(label, _)| label.as_str()), true);
    plot.legend(&names);
    plot.finish(language, &told)
}

pub(super) fn ageing(report: &Ageing, language: Language) -> String {
    let rows: Vec<(String, Vec<Told>)> = report
        .buckets
        .iter()
        .map(|bucket| {
            let counts = bucket.states().map(|count| plainly(count as f64));
            (tell(language, "{0} days", &[bucket.days]), counts.to_vec())
        })
        .collect();
    let names: Vec<&str> = When::Open
        .states()
        .iter()
        .map(|state| say(language, state.word()))
        .collect();
    let title = say(language, "Open records by age and state").to_owned();
    stacked(language, title, &rows, &names, None)
}

pub(super) fn copq(report: &Copq, language: Language) -> String {
    let days = [report.from.as_str(), report.to.as_str()];
    let title = tell(language, "Cost of poor quality, {0} to {1}", &days);
    let rows: Vec<(String, Vec<Told>)> = report
        .points
        .iter()
        .map(|point| {
            let costs = &point.costs;
            let classes = [
                &costs.internal,
                &costs.external,
                &costs.appraisal,
                &costs.prevention,
            ];
            (
                point.period.clone(),
                classes.map(|amount| money(amount)).to_vec(),
            )
        })
        .collect();
    let recovered = report
        .points
        .iter()
        .map(|point| money(&point.costs.recovered));
    let names = ["internal", "external", "appraisal", "prevention"].map(|name| say(language, name));
    let line = (say(language, "recovered"), recovered.collect());
    stacked(language, title, &rows, &names, Some(line))
}

/// Bars of one value each.
fn plain(language: Language, title: String, name: &str, rows: &[(String, f64)]) -> String {
    let rows: Vec<(String, Vec<Told>)> = rows
        .iter()
        .map(|(label, value)| (label.clone(), vec![plainly(*value)]))
        .collect();
    stacked(language, title, &rows, &[say(language, name)], None)
}

pub(super) fn flow(report: &Flow, language: Language) -> String {
    let days = [report.from.as_str(), report.to.as_str()];
    let title = tell(language, "Mean time in each state, {0} to {1}", &days);
    let rows: Vec<(String, f64)> = report
        .states
        .iter()
        .map(|row| {
            let days = row.mean_seconds.unwrap_or(0) as f64 / 86_400.0;
            (word(language, row.state.word()), days)
        })
        .collect();
    plain(language, title, "days", &rows)
}

pub(super) fn suppliers(report: &Suppliers, language: Language) -> String {
    let days = [report.from.as_str(), report.to.as_str()];
    let title = tell(language, "Records by supplier, {0} to {1}", &days);
    let rows: Vec<(String, f64)> = report
        .suppliers
        .iter()
        .map(|row| (row.label.clone(), row.records as f64))
        .collect();
    plain(language, title, "records", &rows)
}

pub(super) fn dashboard(report: &Dashboard, language: Language) -> String {
    let rows: Vec<(String, f64)> = report
        .open_by_state
        .iter()
        .map(|row| (word(language, row.state.word()), row.records as f64))
        .collect();
    let title = say(language, "Open records by state").to_owned();
    plain(language, title, "records", &rows)
}
