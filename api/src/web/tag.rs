//! Records by the number on their tag, as people type it and scanners read it.

use std::collections::HashMap;

use service::Error;
use service::defects::{self, DefectQuery};

use super::typed::Typed;
use super::visit::Visit;

/// How many are looked up at once: each is asked for as it was typed and in capitals, and a filter takes a hundred values.
const AT_ONCE: usize = 50;

/// Longer than the number on any tag.
const TOO_LONG: usize = 41;

/// The record with this number on its tag, in whatever case it was typed; of a number alone (`42`), what is printed before
/// it is left to us. None where no tag has it.
pub(super) async fn record(visit: &Visit, text: &str) -> Result<Option<i64>, Error> {
    Ok(records(visit, &[text]).await?.pop().flatten())
}

/// The same of several, each in its place.
pub(super) async fn records(visit: &Visit, texts: &[&str]) -> Result<Vec<Option<i64>>, Error> {
    let tags: Vec<Option<String>> = texts.iter().map(|text| tag(visit, text)).collect();
    let asked: Vec<&String> = tags.iter().flatten().collect();
    let mut known = HashMap::new();
    for some in asked.chunks(AT_ONCE) {
        let either = some
            .iter()
            .flat_map(|tag| [(*tag).clone(), tag.to_uppercase()]);
        let either = either.collect::<Vec<_>>().join(",");
        let asked = [("tag_number", either.as_str()), ("limit", "100")];
        let draft = Typed::with(asked).draft::<DefectQuery>();
        let page = defects::list(&visit.system, &visit.actor, &draft).await?;
        known.extend(
            page.items
                .into_iter()
                .map(|item| (item.tag_number, item.id)),
        );
    }
    let of = |tag: &String| known.get(tag).or_else(|| known.get(&tag.to_uppercase()));
    let found = tags.iter().map(|tag| tag.as_ref().and_then(of).copied());
    Ok(found.collect())
}

/// The number that was typed as tags have it: what is printed before it, and its digits.
fn tag(visit: &Visit, text: &str) -> Option<String> {
    let tag = match text.parse::<i64>() {
        Ok(number) => visit.system.settings.tag_number(number),
        Err(_) => text.to_owned(),
    };
    // What a filter would read in another way is on no tag.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_one = tag.contains('-') && tag.len() < TOO_LONG && tag.chars().all(is_plain);
    is_one.then_some(tag)
}
