//! Who is mentioned in a note: `@` and a user's name, upper and lower case being the same.
//!
//! A name may hold dots and dashes, and a sentence may end behind it. So the longest name is looked for that there is:
//! `@ana.lopez.` is `ana.lopez`, or `ana` where there is no such user. What is no active user's name stays text.

use std::collections::HashMap;

use entity::app_user;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::error::Result;
use crate::user::key_of;

/// Whoever calls the whole plant mentions nobody further.
const MOST_MENTIONS: usize = 50;

/// The longest name of a user.
const LONGEST_NAME: usize = 100;

/// The users that a text mentions, each once, in the order of the text.
pub(super) async fn of(db: &impl ConnectionTrait, text: &str) -> Result<Vec<i64>> {
    let mentions = names(text);
    if mentions.is_empty() {
        return Ok(Vec::new());
    }
    let keys = mentions.iter().flatten().map(String::as_str);
    let found: Vec<(String, i64)> = app_user::Entity::find()
        .select_only()
        .columns([app_user::Column::UsernameKey, app_user::Column::Id])
        .filter(app_user::Column::UsernameKey.is_in(keys))
        .filter(app_user::Column::IsActive.eq(true))
        .into_tuple()
        .all(db)
        .await?;
    let found: HashMap<String, i64> = found.into_iter().collect();
    let mut users = Vec::new();
    for mention in &mentions {
        let user = mention.iter().find_map(|key| found.get(key));
        if let Some(user) = user.filter(|user| !users.contains(*user)) {
            users.push(*user);
        }
    }
    Ok(users)
}

/// What each mention may name, the longest first.
fn names(text: &str) -> Vec<Vec<String>> {
    let mut mentions = Vec::new();
    let mut before = None;
    for (place, c) in text.char_indices() {
        let begins = c == '@' && !before.is_some_and(char::is_alphanumeric);
        before = Some(c);
        if !begins {
            continue;
        }
        let rest = text.get(place + 1..).unwrap_or_default();
        let word = rest.split(|c: char| c.is_whitespace() || c == '@').next();
        let word: String = word
            .unwrap_or_default()
            .chars()
            .take(LONGEST_NAME)
            .collect();
        let candidates = candidates(&word);
        if !candidates.is_empty() {
            mentions.push(candidates);
        }
        if mentions.len() == MOST_MENTIONS {
            break;
        }
    }
    mentions
}

/// A word, and what is left of it before each sign in it.
fn candidates(word: &str) -> Vec<String> {
    /// So many signs are looked behind.
    const MOST: usize = 8;
    let whole = Some(word.len());
    let signs = word.char_indices().rev();
    let ends = signs.filter(|(_, c)| !c.is_alphanumeric());
    whole
        .into_iter()
        .chain(ends.map(|(place, _)| place))
        .filter_map(|end| word.get(..end))
        .filter(|name| !name.is_empty())
        .take(MOST)
        .map(key_of)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_mention_may_name_whatever_stands_before_a_sign() {
        assert_eq!(
            names("@Ana.Lopez, look"),
            [["ana.lopez,", "ana.lopez", "ana"]]
        );
        assert_eq!(names("mail a@b.example"), Vec::<Vec<String>>::new());
        assert_eq!(names("(@li) @ @@x"), [vec!["li)", "li"], vec!["x"]]);
        assert_eq!(names(&"@a ".repeat(1_000)).len(), 50);
        assert_eq!(names(&format!("@{}", "x".repeat(101))), [["x".repeat(100)]]);
        assert_eq!(names(&format!("@{}", ".".repeat(500))).len(), 1);
    }
}
