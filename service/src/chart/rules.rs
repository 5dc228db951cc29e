//! When a point is a signal: the first four rules of Western Electric's handbook (1956).
//!
//! | rule | a signal is |
//! |---|---|
//! | 1 | a point beyond a limit, that is more than three sigmas from the centre line |
//! | 2 | two of three points in a row more than two sigmas from it, on one side |
//! | 3 | four of five points in a row more than one sigma from it, on one side |
//! | 4 | eight points in a row on one side of it |
//!
//! Always strictly beyond, and by each point's own sigma where samples vary in size. The point that completes a rule has
//! it; a run that goes on has it again with each point.

use std::cmp::Ordering;

use super::limits::Place;

crate::choice! {
    /// The rules by which a point is a signal.
    pub enum Rule {
        /// A point beyond a limit.
        Beyond = "1",
        /// Two of three beyond two sigmas.
        TwoOfThree = "2",
        /// Four of five beyond one sigma.
        FourOfFive = "3",
        /// Eight on one side.
        Eight = "4",
    }
}

impl Rule {
    /// How many of how many points in a row lie beyond how many sigmas.
    const fn pattern(self) -> (usize, usize, u8) {
        match self {
            Self::Beyond => (1, 1, 3),
            Self::TwoOfThree => (2, 3, 2),
            Self::FourOfFive => (4, 5, 1),
            Self::Eight => (8, 8, 0),
        }
    }

    /// As answers have it.
    pub fn number(self) -> u8 {
        match self {
            Self::Beyond => 1,
            Self::TwoOfThree => 2,
            Self::FourOfFive => 3,
            Self::Eight => 4,
        }
    }

    fn is_met(self, so_far: &[Place]) -> bool {
        let (wanted, of, sigmas) = self.pattern();
        let Some(last) = so_far.last() else {
            return false;
        };
        let fits = |place: &Place| {
            let is_far = sigmas == 0 || place.beyond >= sigmas;
            is_far && place.side == last.side && place.side != Ordering::Equal
        };
        let recent = so_far.iter().rev().take(of);
        fits(last) && recent.filter(|place| fits(place)).count() >= wanted
    }
}

/// Which of some rules each point completes, the lowest first.
pub(crate) fn signals(places: &[Place], rules: &[Rule]) -> Vec<Vec<u8>> {
    let asked = Rule::ALL.iter().filter(|rule| rules.contains(rule));
    let asked: Vec<Rule> = asked.copied().collect();
    let of = |end: usize| {
        let so_far = places.get(..=end).unwrap_or_default();
        let met = asked.iter().filter(|rule| rule.is_met(so_far));
        met.map(|rule| rule.number()).collect()
    };
    (0..places.len()).map(of).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use serde_json::Value as Json;

    use super::*;

    /// Places about a centre line of 0 with a sigma of 1.
    fn places(values: &[f64]) -> Vec<Place> {
        let place = |value: &f64| Place {
            side: value.partial_cmp(&0.0).unwrap(),
            beyond: [3_u8, 2, 1]
                .into_iter()
                .find(|sigmas| value.abs() > f64::from(*sigmas))
                .unwrap_or(0),
        };
        values.iter().map(place).collect()
    }

    /// The numbers of the points, from 1, that complete a rule.
    fn completing(rule: Rule, values: &[f64]) -> Vec<usize> {
        let told = signals(&places(values), &[rule]).into_iter();
        let told = (1..).zip(told).filter(|(_, rules)| !rules.is_empty());
        told.map(|(number, _)| number).collect()
    }

    #[test]
    fn published_sequences_have_their_signals() {
        let data = include_str!("../../../testdata/spc.json");
        let data: Json = serde_json::from_str(data).unwrap();
        for case in data["run_rules"]["cases"].as_array().unwrap() {
            let values = case["values"].as_array().unwrap().iter();
            let values: Vec<f64> = values.map(|value| value.as_f64().unwrap()).collect();
            let rule = Rule::of(&case["rule"].to_string()).unwrap();
            let told = signals(&places(&values), &[rule]);
            for (number, told) in (1..).zip(told) {
                let expected = &case["signals"][number.to_string()];
                let told: Vec<Json> = told.into_iter().map(Json::from).collect();
                let expected = expected.as_array().cloned().unwrap_or_default();
                assert_eq!(told, expected, "{case}, point {number}");
            }
        }
    }

    #[test]
    fn two_of_three_are_on_one_side_and_the_last_is_one_of_them() {
        let of = |values: &[f64], numbers: &[usize]| {
            assert_eq!(completing(Rule::TwoOfThree, values), numbers, "{values:?}");
        };
        of(&[2.5, 2.5, 0.0], &[2]);
        of(&[2.5, 0.0, 2.5], &[3]);
        of(&[2.5, 0.0, 0.0, 2.5], &[]);
        of(&[2.5, -2.5, -2.1], &[3]);
        of(&[2.5, -2.5], &[]);
        // On the zone's border is not beyond it.
        of(&[2.5, 2.0], &[]);
        // Beyond a limit is beyond two sigmas too.
        of(&[3.5, 2.1], &[2]);
    }

    #[test]
    fn four_of_five_are_on_one_side_and_the_last_is_one_of_them() {
        let of = |values: &[f64], numbers: &[usize]| {
            assert_eq!(completing(Rule::FourOfFive, values), numbers, "{values:?}");
        };
        of(&[1.5, 1.5, 1.5, 1.5], &[4]);
        of(&[1.5, 0.0, 1.5, 1.5, 1.5], &[5]);
        of(&[1.5, 1.5, 1.5, 1.5, 0.0], &[4]);
        of(&[1.5, 0.0, 1.5, 0.0, 1.5, 1.5], &[]);
        of(&[-1.5, -1.5, 1.5, -1.5, -1.5], &[5]);
        of(&[1.5, 1.5, 1.5, 1.0], &[]);
    }

    #[test]
    fn eight_in_a_row_are_on_one_side_and_none_is_on_the_centre_line() {
        let of = |values: &[f64], numbers: &[usize]| {
            assert_eq!(completing(Rule::Eight, values), numbers, "{values:?}");
        };
        of(&[0.1; 9], &[8, 9]);
        of(&[0.1; 7], &[]);
        of(&[-0.1; 8], &[8]);
        let mut values = [0.1; 12];
        values[4] = 0.0;
        of(&values, &[]);
        values[4] = -0.1;
        of(&values, &[]);
        of(&[0.0; 20], &[]);
    }

    #[test]
    fn rules_are_told_lowest_first_and_only_those_that_were_asked() {
        let mut values = [1.5; 8];
        values[6] = 2.5;
        values[7] = 3.5;
        let places = places(&values);
        assert_eq!(signals(&places, Rule::ALL).last().unwrap(), &[1, 2, 3, 4]);
        let some = [Rule::Eight, Rule::Beyond, Rule::Eight];
        assert_eq!(signals(&places, &some).last().unwrap(), &[1, 4]);
        assert_eq!(signals(&[], Rule::ALL), Vec::<Vec<u8>>::new());
    }
}
