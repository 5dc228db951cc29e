//! Two servers are asked the same at the same moment, and their answers held against each other.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value as Json;

use super::Kind;
use super::questions::Question;
use crate::Failure;
use crate::client::{Api, Raw};
use crate::database::Engine;

/// How many questions are on their way at once.
const AT_ONCE: usize = 4;

/// What hangs on the moment is asked again so often until both were asked within the same second.
const AGAIN: u32 = 10;

/// How much is shown around the first byte that differs.
const AROUND: usize = 80;

/// The two that are asked.
pub(super) struct Pair {
    pub(super) ours: Api,
    pub(super) theirs: Api,
}

/// What came of the questions of a kind.
#[derive(Default)]
pub(super) struct Told {
    questions: usize,
    /// How many of them were answered and not refused.
    answered: usize,
    differences: Vec<String>,
}

impl Pair {
    /// Asks all, with every page that belongs to a question.
    pub(super) async fn ask_all(
        &self,
        questions: Vec<Question>,
    ) -> Result<BTreeMap<Kind, Told>, Failure> {
        let mut all: BTreeMap<Kind, Told> = BTreeMap::new();
        let asked = stream::iter(questions).map(|question| async move {
            let told = self.ask(&question).await?;
            Ok::<_, Failure>((question.kind, told))
        });
        let mut asked = asked.buffer_unordered(AT_ONCE);
        while let Some((kind, told)) = asked.try_next().await? {
            all.entry(kind).or_default().add(told);
        }
        Ok(all)
    }

    /// Asks one question, page by page until a page differs or is the last one.
    async fn ask(&self, question: &Question) -> Result<Told, Failure> {
        let mut told = Told::default();
        let mut path = question.path.clone();
        for _ in 0..question.pages {
            let (ours, theirs) = self.answers(question, &path).await?;
            told.questions += 1;
            told.answered += usize::from(ours.status == 200);
            if let Some(difference) = difference(&ours, &theirs) {
                let asked = format!("{} asks {path}: {difference}", question.person);
                told.differences.push(asked);
                break;
            }
            let Some(next) = next_cursor(&ours) else {
                break;
            };
            path = format!("{}&cursor={next}", question.path);
        }
        Ok(told)
    }

    async fn answers(&self, question: &Question, path: &str) -> Result<(Raw, Raw), Failure> {
        let mut times = if question.is_of_the_moment { AGAIN } else { 1 };
        loop {
            let both = tokio::try_join!(
                self.ours.raw(question.person, path),
                self.theirs.raw(question.person, path)
            );
            let (ours, theirs) = both?;
            let (ours, theirs) = (settled(ours), settled(theirs));
            times -= 1;
            if ours == theirs || times == 0 {
                return Ok((ours, theirs));
            }
            tokio::time::sleep(Duration::from_millis(70)).await;
        }
    }
}

/// Without what differs each time: the number of a request in a refusal.
fn settled(mut answer: Raw) -> Raw {
    if answer.status >= 400
        && let Ok(Json::Object(mut problem)) = serde_json::from_slice(&answer.body)
    {
        problem.remove("instance");
        answer.body = Json::Object(problem).to_string().into_bytes();
    }
    answer
}

/// Where the next page begins, if it is a page and not the last one.
fn next_cursor(answer: &Raw) -> Option<String> {
    if answer.media != "application/json" {
        return None;
    }
    let page: Json = serde_json::from_slice(&answer.body).ok()?;
    page["next_cursor"].as_str().map(str::to_owned)
}

/// In what two answers differ. One that no question should have is a difference by itself.
fn difference(ours: &Raw, theirs: &Raw) -> Option<String> {
    if ![200, 403, 422].contains(&ours.status) {
        return Some(format!("SQLite answers {}", ours.status));
    }
    if ours == theirs {
        return None;
    }
    if (ours.status, &ours.media) != (theirs.status, &theirs.media) {
        let (a, b) = ((ours.status, &ours.media), (theirs.status, &theirs.media));
        return Some(format!("SQLite answers {a:?}, and it {b:?}"));
    }
    let pairs = ours.body.iter().zip(&theirs.body);
    let shorter = ours.body.len().min(theirs.body.len());
    let at = pairs
        .enumerate()
        .find(|(_, (one, other))| one != other)
        .map_or(shorter, |(at, _)| at);
    let around = |body: &[u8]| {
        let end = (at + AROUND).min(body.len());
        let part = body.get(at.saturating_sub(AROUND)..end);
        String::from_utf8_lossy(part.unwrap_or_default()).into_owned()
    };
    let (a, b) = (around(&ours.body), around(&theirs.body));
    Some(format!("at byte {at}\n  SQLite: {a}\n  it:     {b}"))
}

impl Told {
    fn add(&mut self, more: Self) {
        self.questions += more.questions;
        self.answered += more.answered;
        self.differences.extend(more.differences);
    }

    /// Nothing differs, and something was answered.
    pub(super) fn is_well(&self) -> bool {
        self.differences.is_empty() && self.answered > 0
    }

    /// Says what differs, as far as that is wanted.
    pub(super) fn print(&self, engine: Engine, kind: Kind, most: usize) {
        for difference in self.differences.iter().take(most) {
            println!("{}, {}: {difference}", engine.name(), kind.name());
        }
    }

    /// A row of the table.
    pub(super) fn row(&self, engine: Engine, kind: Kind) -> Vec<String> {
        vec![
            engine.name().to_owned(),
            kind.name().to_owned(),
            self.questions.to_string(),
            self.answered.to_string(),
            self.differences.len().to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::{Raw, difference, next_cursor, settled};

    fn answer(status: u16, body: &str) -> Raw {
        Raw {
            status,
            media: "application/json".to_owned(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_difference_is_told_with_its_place() {
        let page = answer(200, r#"{"items":[1,2],"next_cursor":"abc"}"#);
        assert_eq!(difference(&page, &page), None);
        assert_eq!(next_cursor(&page).as_deref(), Some("abc"));
        let other = answer(200, r#"{"items":[1,3],"next_cursor":"abc"}"#);
        assert!(difference(&page, &other).is_some_and(|told| told.starts_with("at byte 12\n")));
        let shorter = answer(200, r#"{"items":[1,2]"#);
        assert!(difference(&page, &shorter).is_some_and(|told| told.starts_with("at byte 14\n")));
        let refused = answer(422, "{}");
        assert!(difference(&page, &refused).is_some_and(|told| told.contains("422")));
        assert!(difference(&answer(500, "{}"), &answer(500, "{}")).is_some());
    }

    #[test]
    fn the_number_of_a_request_is_no_difference_in_a_refusal_alone() {
        let refusals =
            ["a", "b"].map(|id| answer(422, &format!(r#"{{"instance":"{id}","status":422}}"#)));
        let [one, other] = refusals.map(settled);
        assert_eq!(difference(&one, &other), None);
        let answers = ["a", "b"].map(|id| answer(200, &format!(r#"{{"instance":"{id}"}}"#)));
        let [one, other] = answers.map(settled);
        assert!(difference(&one, &other).is_some());
    }
}
