//! Axes: from where to where, and with which ticks.

/// An axis of numbers, whose ends are ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    from: f64,
    to: f64,
    step: f64,
}

impl Axis {
    /// One that holds all from `low` to `high` with about so many ticks, at 1, 2 or 5 times a power of ten.
    pub(crate) fn nice(low: f64, high: f64, ticks: u32) -> Self {
        let is_sound = low.is_finite() && high.is_finite() && low <= high;
        let (low, high) = if is_sound { (low, high) } else { (0.0, 1.0) };
        // What is all the same gets room around it, and nothing at all gets 0 to 1.
        let room = if high > low { high - low } else { low.abs() };
        let room = if room > 0.0 { room } else { 1.0 };
        let rough = room / f64::from(ticks.max(1));
        let power = 10_f64.powf(rough.log10().floor());
        let step = match rough / power {
            few if few <= 1.0 => power,
            few if few <= 2.0 => 2.0 * power,
            few if few <= 5.0 => 5.0 * power,
            _ => 10.0 * power,
        };
        let from = (low / step).floor() * step;
        let to = (high / step).ceil() * step;
        let to = if to > from { to } else { from + step };
        Self { from, to, step }
    }

    /// The ticks, ends included.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let count = ((self.to - self.from) / self.step).round() as u32;
        let tick = |place: u32| self.from + f64::from(place) * self.step;
        (0..=count).map(tick).collect()
    }

    /// Where a value lies between two pixels that stand for the ends.
    pub(crate) fn place(&self, value: f64, (first, last): (f64, f64)) -> f64 {
        first + (value - self.from) / (self.to - self.from) * (last - first)
    }

    /// A tick with as many digits as tell it from its neighbours.
    pub(crate) fn show(&self, tick: f64) -> String {
        let digits = (-self.step.log10().floor()).clamp(0.0, 12.0) as usize;
        let text = format!("{tick:.digits$}");
        // The rest of a sum that should be nothing.
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            text.trim_start_matches('-').to_owned()
        } else {
            text
        }
    }
}

/// A figure for people: four significant digits, or all those before the point.
pub(crate) fn figure(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let whole = value.abs().log10().floor() as i32 + 1;
    let digits = (4 - whole).clamp(0, 12) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(low: f64, high: f64) -> Vec<String> {
        let axis = Axis::nice(low, high, 5);
        axis.ticks()
            .into_iter()
            .map(|tick| axis.show(tick))
            .collect()
    }

    #[test]
    fn ticks_are_round_and_hold_all() {
        assert_eq!(shown(0.0, 0.48), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(shown(4.0, 31.0), ["0", "10", "20", "30", "40"]);
        assert_eq!(shown(-0.3, 0.3), ["-0.4", "-0.2", "0.0", "0.2", "0.4"]);
        assert_eq!(shown(0.0, 0.0), ["0.0", "0.2"]);
        assert_eq!(shown(7.0, 7.0), ["6", "8"]);
        assert_eq!(
            shown(0.0, 1_234_567.0).last().map(String::as_str),
            Some("1500000")
        );
        assert_eq!(shown(f64::NAN, 1.0), shown(0.0, 1.0));
        assert_eq!(shown(f64::NEG_INFINITY, f64::INFINITY), shown(0.0, 1.0));
    }

    #[test]
    fn a_value_lies_where_its_share_is() {
        let axis = Axis::nice(0.0, 10.0, 5);
        assert_eq!(axis.place(0.0, (300.0, 100.0)), 300.0);
        assert_eq!(axis.place(5.0, (300.0, 100.0)), 200.0);
        assert_eq!(axis.place(10.0, (300.0, 100.0)), 100.0);
    }

    #[test]
    fn figures_have_four_digits_that_say_something() {
        let figures = [
            0.231_333_3,
            0.05,
            16.0,
            11.566_67,
            123_456.7,
            0.000_123_456,
            0.0,
            -2.5,
        ];
        let told = [
            "0.2313",
            "0.05",
            "16",
            "11.57",
            "123457",
            "0.0001235",
            "0",
            "-2.5",
        ];
        assert_eq!(figures.map(figure), told);
    }
}
