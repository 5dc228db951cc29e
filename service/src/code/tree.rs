//! The tree of a list: no code is above itself, and no branch is longer than ten.
//!
//! Two changes at once could each be right and together make a ring. So whoever puts a code under another one
//! takes the system's lock first ([`setting::lock`]) and reads the tree afterwards.

use std::collections::HashMap;

use entity::code_value;
use sea_orm::{ConnectionTrait, QuerySelect};

use crate::error::{Error, Result};
use crate::words::CodeList;

/// How many codes a branch may have from its root to its end.
pub(super) const DEEPEST: usize = 10;

/// Refuses to put a code (`None`: a new one) under `parent` where that makes a ring or too long a branch.
/// The lock is held.
pub(super) async fn check(
    conn: &impl ConnectionTrait,
    list: CodeList,
    code: Option<i64>,
    parent: i64,
) -> Result<()> {
    let links: Vec<(i64, Option<i64>)> = super::on(list)
        .select_only()
        .column(code_value::Column::Id)
        .column(code_value::Column::ParentId)
        .into_tuple()
        .all(conn)
        .await?;
    let tree = Tree(links.into_iter().collect());
    let above = tree.branch(parent);
    if code.is_some_and(|code| above.contains(&code)) {
        return Err(Error::field(
            "parent",
            "cycle",
            "must not be the code itself or one below it",
        ));
    }
    if above.len() + code.map_or(1, |code| tree.height(code)) > DEEPEST {
        let message = format!("a branch of the tree must have at most {DEEPEST} codes");
        return Err(Error::field("parent", "too_deep", message));
    }
    Ok(())
}

/// The parent of each code.
struct Tree(HashMap<i64, Option<i64>>);

impl Tree {
    /// A code and all above it.
    fn branch(&self, code: i64) -> Vec<i64> {
        let parent = |code: &i64| self.0.get(code).copied().flatten();
        // A stored ring must not hang the server.
        std::iter::successors(Some(code), parent)
            .take(self.0.len())
            .collect()
    }

    /// How many codes the longest branch below and with `code` has.
    fn height(&self, code: i64) -> usize {
        let below = |leaf: &i64| self.branch(*leaf).iter().position(|above| *above == code);
        1 + self.0.keys().filter_map(below).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn the_branch_leads_to_the_root_and_the_height_to_the_farthest_leaf() {
        let tree = Tree(
            [
                (1, None),
                (2, Some(1)),
                (3, Some(2)),
                (4, Some(2)),
                (5, Some(4)),
            ]
            .into(),
        );
        assert_eq!(tree.branch(5), [5, 4, 2, 1]);
        assert_eq!((tree.height(1), tree.height(2), tree.height(3)), (4, 3, 1));
    }
}
