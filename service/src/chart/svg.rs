//! A chart as a picture: values joined by a line, limits as steps, signals with the rules that they complete, and the
//! points that do not count as hollow ones beside the line.

use super::view::{ChartView, PointView};
use crate::drawing::{Anchor, Axis, Canvas, Place, figure, say, tell};
use crate::words::{ChartKind, Language};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 96.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 48.0;

/// How many labels stand below the points at most.
const LABELS: i64 = 8;

/// How many signals the description names one by one.
const NAMED: usize = 20;

/// The picture, which says in a language what it says by itself.
pub fn picture(chart: &ChartView, language: Language) -> String {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let title = title(chart, language);
    canvas.text("heading", (LEFT, 26.0), Anchor::Start, &title);
    let frame = Frame::of(chart, language);
    frame.draw_axes(&mut canvas, chart);
    frame.draw_limits(&mut canvas, chart);
    frame.draw_points(&mut canvas, chart);
    canvas.finish(&title, &about(chart, language))
}

/// Where points and values lie.
struct Frame {
    values: Axis,
    /// The number of the last point.
    last: i64,
    language: Language,
}

impl Frame {
    fn of(chart: &ChartView, language: Language) -> Self {
        let points = chart.points.iter();
        let highest = points.flat_map(|point| [point.value, point.ucl]);
        let excluded = chart.excluded.iter();
        let highest = highest.chain(excluded.map(|point| point.value));
        let highest = highest.fold(0.0, f64::max);
        let numbers = chart.points.iter().map(|point| point.number);
        let excluded = chart.excluded.iter().map(|point| point.number);
        Self {
            // Counts begin at nothing, and so do shares.
            values: Axis::nice(0.0, highest, 6),
            last: numbers.chain(excluded).max().unwrap_or(1),
            language,
        }
    }

    /// The width that each point has to itself.
    fn pitch(&self) -> f64 {
        (WIDTH - LEFT - RIGHT) / self.last as f64
    }

    fn across(&self, number: i64) -> f64 {
        LEFT + (number as f64 - 0.5) * self.pitch()
    }

    fn up(&self, value: f64) -> f64 {
        self.values.place(value, (HEIGHT - BOTTOM, TOP))
    }

    fn at(&self, number: i64, value: f64) -> Place {
        (self.across(number), self.up(value))
    }

    fn draw_axes(&self, canvas: &mut Canvas, chart: &ChartView) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for tick in self.values.ticks() {
            let y = self.up(tick);
            canvas.line("grid", (LEFT, y), (right, y));
            let text = self.values.show(tick);
            canvas.text("tick", (LEFT - 8.0, y + 4.0), Anchor::End, &text);
        }
        canvas.line("axis", (LEFT, TOP), (LEFT, bottom));
        canvas.line("axis", (LEFT, bottom), (right, bottom));
        let points = chart
            .points
            .iter()
            .map(|point| (point.number, &point.label));
        let excluded = chart.excluded.iter();
        let excluded = excluded.map(|point| (point.number, &point.label));
        let every = (self.last - 1) / LABELS + 1;
        for (number, label) in points.chain(excluded) {
            if (number - 1) % every == 0 {
                let x = self.across(number);
                canvas.line("axis", (x, bottom), (x, bottom + 4.0));
                // Of a moment the day is enough below a chart.
                let day = label.split(' ').next().unwrap_or_default();
                canvas.text("tick", (x, bottom + 18.0), Anchor::Middle, day);
                let number = number.to_string();
                canvas.text("tick", (x, bottom + 33.0), Anchor::Middle, &number);
            }
        }
    }

    fn draw_limits(&self, canvas: &mut Canvas, chart: &ChartView) {
        let right = WIDTH - RIGHT;
        let Some(center) = chart.center else { return };
        let y = self.up(center);
        canvas.line("center", (LEFT, y), (right, y));
        self.draw_step(canvas, chart, |point| point.ucl);
        self.draw_step(canvas, chart, |point| point.lcl);
        let mut name = |text: &str, value: f64| {
            let place = (right + 6.0, self.up(value) + 4.0);
            let text = format!("{} {}", say(self.language, text), figure(value));
            canvas.text("tick", place, Anchor::Start, &text);
        };
        name("CL", center);
        if let Some(last) = chart.points.last() {
            name("UCL", last.ucl);
            name("LCL", last.lcl);
        }
    }

    /// A limit is as wide as the points that it is for, and goes on across those that do not count.
    fn draw_step(&self, canvas: &mut Canvas, chart: &ChartView, limit: impl Fn(&PointView) -> f64) {
        let half = self.pitch() / 2.0;
        let mut places: Vec<Place> = Vec::new();
        for point in &chart.points {
            let (x, y) = self.at(point.number, limit(point));
            let begins = places.last().map_or(x - half, |(before, _)| *before);
            places.extend([(begins, y), (x + half, y)]);
        }
        canvas.path("limit", &places);
    }

    fn draw_points(&self, canvas: &mut Canvas, chart: &ChartView) {
        let points = chart.points.iter();
        let line: Vec<Place> = points
            .map(|point| self.at(point.number, point.value))
            .collect();
        canvas.path("data", &line);
        let radius = (self.pitch() / 3.0).clamp(1.0, 3.5);
        for point in &chart.excluded {
            let title = told(point.number, &point.label, point.value);
            let title = tell(self.language, "{0}, does not count", &[&title]);
            let place = self.at(point.number, point.value);
            canvas.circle("excluded", place, radius, &title);
        }
        for point in &chart.points {
            let place = self.at(point.number, point.value);
            let title = told(point.number, &point.label, point.value);
            if point.signals.is_empty() {
                canvas.circle("point", place, radius, &title);
                continue;
            }
            let rules = numbers(&point.signals);
            let signal = tell(self.language, "{0}, signal by rule {1}", &[&title, &rules]);
            canvas.circle("signal", place, radius + 1.5, &signal);
            let above = (place.0, (place.1 - 9.0).max(TOP - 4.0));
            canvas.text("rule", above, Anchor::Middle, &rules);
        }
    }
}

fn told(number: i64, label: &str, value: f64) -> String {
    format!("{number}. {label}: {}", figure(value))
}

fn title(chart: &ChartView, language: Language) -> String {
    let what = say(
        language,
        match chart.chart {
            ChartKind::P => "p chart, share of defective units",
            ChartKind::Np => "np chart, defective units",
            ChartKind::C => "c chart, defects",
            ChartKind::U => "u chart, defects for each unit",
        },
    );
    let part = chart.part.as_ref();
    let part = part.map(|part| format!(", {} {} {}", part.number, part.revision, part.name));
    let place = chart.work_center.as_ref();
    let place = place.map(|place| format!(", {} {}", place.code, place.name));
    let (part, place) = (part.unwrap_or_default(), place.unwrap_or_default());
    let what = format!("{what}{part}{place}");
    tell(
        language,
        "{0}, {1} to {2}",
        &[&what, &chart.from, &chart.to],
    )
}

/// What there is to see, for those who do not see it.
fn about(chart: &ChartView, language: Language) -> String {
    let Some(center) = chart.center else {
        return say(language, "There is no point in this period.").to_owned();
    };
    let count = chart.points.len();
    let (points, center) = (count.to_string(), figure(center));
    let mut about = tell(language, "{0} points. Centre line {1}", &[&points, &center]);
    let lcl = chart.points.iter().map(|point| point.lcl);
    let ucl = chart.points.iter().map(|point| point.ucl);
    if count > 0 {
        let (low, high) = (range(lcl, language), range(ucl, language));
        let limits = tell(
            language,
            ", lower limit {0}, upper limit {1}",
            &[&low, &high],
        );
        about.push_str(&limits);
    }
    about.push_str(&signals(chart, language));
    if !chart.excluded.is_empty() {
        let numbers = chart.excluded.iter().map(|point| point.number.to_string());
        let numbers: Vec<String> = numbers.collect();
        let numbers = numbers.join(", ");
        about.push_str(&tell(language, ". Not counted: {0}", &[&numbers]));
    }
    about + say(language, ".")
}

fn signals(chart: &ChartView, language: Language) -> String {
    let signals = chart
        .points
        .iter()
        .filter(|point| !point.signals.is_empty());
    let told: Vec<String> = signals
        .map(|point| {
            let (number, rules) = (point.number.to_string(), numbers(&point.signals));
            tell(language, "{0} (rule {1})", &[&number, &rules])
        })
        .collect();
    let more = told.len().saturating_sub(NAMED);
    match told.get(..NAMED).unwrap_or(&told).join(", ") {
        none if none.is_empty() => say(language, ". No signals").to_owned(),
        some if more > 0 => tell(
            language,
            ". Signals at points {0} and {1} more",
            &[&some, &more.to_string()],
        ),
        some => tell(language, ". Signals at points {0}", &[&some]),
    }
}

/// One figure, or from which to which.
fn range(values: impl Iterator<Item = f64> + Clone, language: Language) -> String {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    if least == most {
        figure(most)
    } else {
        let (least, most) = (figure(least), figure(most));
        tell(language, "{0} to {1}", &[&least, &most])
    }
}

fn numbers(rules: &[u8]) -> String {
    let rules: Vec<String> = rules.iter().map(u8::to_string).collect();
    rules.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::ExcludedView;
    use crate::reference::PartRef;
    use crate::words::Subgroup;

    fn point(number: i64, value: f64, signals: &[u8]) -> PointView {
        PointView {
            number,
            label: format!("2026-11-{number:02} 08:00"),
            at: format!("2026-11-{number:02}T08:00:00.000000Z"),
            inspection_id: Some(number),
            n: 50,
            count: (value * 50.0) as i64,
            value,
            lcl: 0.0,
            ucl: 0.3 + number as f64 / 100.0,
            signals: signals.to_vec(),
        }
    }

    fn chart() -> ChartView {
        let mut excluded = point(3, 0.5, &[]);
        excluded.label = "<b>".to_owned();
        ChartView {
            chart: ChartKind::P,
            subgroup: Subgroup::Sample,
            part: Some(PartRef {
                id: 1,
                number: "<PN>".to_owned(),
                revision: "A".to_owned(),
                name: "Nuts & bolts".to_owned(),
            }),
            work_center: None,
            from: "2026-11-01".to_owned(),
            to: "2026-11-30".to_owned(),
            limits_id: None,
            center: Some(0.2),
            points: vec![
                point(1, 0.1, &[]),
                point(2, 0.2, &[]),
                point(4, 0.4, &[1, 2]),
            ],
            excluded: vec![ExcludedView {
                number: 3,
                label: excluded.label,
                at: excluded.at,
                inspection_id: Some(3),
                n: 50,
                count: 25,
                value: 0.5,
            }],
        }
    }

    #[test]
    fn a_picture_shows_limits_signals_and_what_does_not_count() {
        let svg = picture(&chart(), Language::English);
        assert!(
            svg.contains("Nuts &amp; bolts") && svg.contains("&lt;PN&gt;") && !svg.contains("<b>")
        );
        assert_eq!(svg.matches("class=\"limit\"").count(), 2);
        assert_eq!(svg.matches("class=\"point\"").count(), 2);
        assert_eq!(svg.matches("class=\"signal\"").count(), 1);
        assert_eq!(svg.matches("class=\"excluded\"").count(), 1);
        assert!(svg.contains("class=\"rule\"") && svg.contains(">1, 2</text>"));
        let about = "3 points. Centre line 0.2, lower limit 0, upper limit 0.31 to 0.34. \
                     Signals at points 4 (rule 1, 2). Not counted: 3.";
        assert!(svg.contains(about), "{svg}");
        assert!(!svg.contains("script") && !svg.contains("href") && !svg.contains("NaN"));
    }

    #[test]
    fn a_limit_that_varies_is_drawn_as_steps() {
        let svg = picture(&chart(), Language::English);
        let steps = svg
            .split("class=\"limit\" d=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        // Three points are six ends, one behind the other.
        assert_eq!(
            steps.map(|path| path.matches('L').count()),
            Some(5),
            "{steps:?}"
        );
    }

    #[test]
    fn a_picture_speaks_the_language_of_whoever_looks_at_it() {
        let svg = picture(&chart(), Language::Spanish);
        let about = "3 puntos. Línea central 0.2, límite inferior 0, límite superior 0.31 a 0.34. \
                     Señales en los puntos 4 (regla 1, 2). No contados: 3.";
        assert!(
            svg.contains(about) && svg.contains(">LC 0.2</text>"),
            "{svg}"
        );
    }

    #[test]
    fn nothing_is_drawn_as_nothing() {
        let mut chart = chart();
        chart.points.clear();
        chart.excluded.clear();
        chart.center = None;
        let svg = picture(&chart, Language::English);
        assert!(svg.contains("There is no point in this period.") && !svg.contains("NaN"));
        assert!(!svg.contains("<circle") && !svg.contains("class=\"limit\""));
    }
}
