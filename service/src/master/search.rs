//! Searching by how a text begins, alike on every database.
//!
//! SQLite lowers A to Z alone, PostgreSQL what the column's collation says, MariaDB and MySQL every letter. So what
//! is not ASCII is left out of the lowered pattern and compared as it is.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr};

/// Whether a column begins with `text`, upper and lower case of A to Z being the same and any other letter exact:
/// more than that the databases do not agree on.
pub(crate) fn begins_with(column: impl Fn() -> Expr, text: &str) -> Condition {
    let folded = pattern(text, |c| c.is_ascii().then(|| c.to_ascii_lowercase()));
    let condition = Condition::all().add(Func::lower(column()).like(folded));
    if text.is_ascii() {
        return condition;
    }
    condition.add(column().like(pattern(text, |c| (!c.is_ascii_alphabetic()).then_some(c))))
}

/// A pattern for what begins with `text`; where `keep` gives nothing, any character will do.
fn pattern(text: &str, keep: impl Fn(char) -> Option<char>) -> LikeExpr {
    let mut pattern = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match keep(c) {
            Some(c @ ('%' | '_' | ESCAPE)) => pattern.extend([ESCAPE, c]),
            Some(c) => pattern.push(c),
            None => pattern.push('_'),
        }
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

const ESCAPE: char = '!';
