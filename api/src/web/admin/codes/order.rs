//! Putting codes in order: one place up or down by a button, or a whole row of siblings as it was dragged.
//!
//! Only codes below the same one are put in order among themselves: all that move at once, for the versions that were looked
//! at, so that whoever else moves them at the same time is not overwritten and no order is half there.

use actix_web::{post, web};
use service::Error;
use service::code::{self, CodeView, Place};

use super::{all, list_named, with_code};
use crate::answer::Reply;
use crate::web::page::go;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(arrange_codes);
}

/// Puts codes in another order.
#[post("/admin/codes/{list}/order")]
async fn arrange_codes(sent: Posted) -> Reply {
    let list = list_named(&sent)?.word();
    let codes = all(&sent, list).await?;
    let wanted = match sent.own("_move") {
        Some(step) => moved(&codes, step),
        None => arranged(&codes, sent.own("_order").unwrap_or_default()),
    };
    let wanted = wanted.ok_or_else(|| {
        let what = "these codes have changed in the meantime; look at the list again";
        Error::WrongState(what.to_owned())
    })?;
    let places = wanted.iter().zip(places(&wanted));
    let moved = places.filter(|(code, sort)| code.sort != *sort);
    let moved = moved.map(|(code, sort)| Place {
        id: code.id,
        version: code.version,
        sort,
    });
    let moved: Vec<Place> = moved.collect();
    code::arrange(&sent.system, &sent.actor, list, &moved).await?;
    let address = format!("/admin/codes/{list}");
    let below = sent.own("_below").unwrap_or_default();
    go(&with_code(&address, "below", below), Some("saved"))
}

/// The siblings of a code after it has gone one place `up` or `down`: `12 up`.
fn moved<'a>(codes: &'a [CodeView], step: &str) -> Option<Vec<&'a CodeView>> {
    let (id, way) = step.split_once(' ')?;
    let id: i64 = id.parse().ok()?;
    let mut siblings = siblings(codes, id)?;
    let place = siblings.iter().position(|code| code.id == id)?;
    let other = match way {
        "up" => place.checked_sub(1)?,
        _ => place + 1,
    };
    if other >= siblings.len() {
        return None;
    }
    siblings.swap(place, other);
    Some(siblings)
}

/// Siblings in the order of their ids: `7,5,9`; all of them, and each once.
fn arranged<'a>(codes: &'a [CodeView], order: &str) -> Option<Vec<&'a CodeView>> {
    let ids: Vec<i64> = order
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let siblings = siblings(codes, *ids.first()?)?;
    let of = |id: &i64| siblings.iter().find(|code| code.id == *id).copied();
    let wanted: Vec<&CodeView> = ids.iter().map(of).collect::<Option<_>>()?;
    let is_whole = siblings
        .iter()
        .all(|code| wanted.iter().filter(|other| other.id == code.id).count() == 1);
    (is_whole && wanted.len() == siblings.len()).then_some(wanted)
}

/// All codes that stand below the same one as this does.
fn siblings(codes: &[CodeView], id: i64) -> Option<Vec<&CodeView>> {
    let one = codes.iter().find(|code| code.id == id)?;
    let all = codes.iter().filter(|code| code.parent == one.parent);
    Some(all.collect())
}

/// Their places in the list: those that they have among them, where no two are the same; otherwise tens.
fn places(wanted: &[&CodeView]) -> Vec<i64> {
    let mut places: Vec<i64> = wanted.iter().map(|code| code.sort).collect();
    places.sort_unstable();
    let is_clear = places.windows(2).all(|pair| pair[0] < pair[1]);
    if is_clear {
        places
    } else {
        (1..).take(wanted.len()).map(|place| place * 10).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use service::code::Labels;
    use service::words::CodeList;

    use super::*;

    fn code(id: i64, sort: i64, parent: Option<&str>) -> CodeView {
        CodeView {
            id,
            list: CodeList::Cause,
            code: format!("C{id}"),
            parent: parent.map(str::to_owned),
            sort,
            is_active: true,
            labels: Labels::default(),
            version: 1,
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    fn ids(codes: &[&CodeView]) -> Vec<i64> {
        codes.iter().map(|code| code.id).collect()
    }

    #[test]
    fn a_code_moves_among_its_siblings() {
        let below = Some("C1");
        let codes = [
            code(1, 0, None),
            code(2, 0, None),
            code(3, 0, below),
            code(4, 7, None),
        ];
        let up = moved(&codes, "2 up").unwrap();
        assert_eq!((ids(&up), places(&up)), (vec![2, 1, 4], vec![10, 20, 30]));
        assert_eq!(ids(&moved(&codes, "2 down").unwrap()), [1, 4, 2]);
        for nowhere in ["1 up", "4 down", "3 up", "9 up", "x", ""] {
            assert!(moved(&codes, nowhere).is_none(), "{nowhere}");
        }
    }

    #[test]
    fn siblings_are_arranged_as_a_whole() {
        let below = Some("C1");
        let codes = [code(1, 5, None), code(2, 6, None), code(3, 1, below)];
        let wanted = arranged(&codes, "2,1").unwrap();
        assert_eq!((ids(&wanted), places(&wanted)), (vec![2, 1], vec![5, 6]));
        for bad in ["", "1", "1,3", "1,2,3", "1,1", "2,x"] {
            assert!(arranged(&codes, bad).is_none(), "{bad}");
        }
    }
}
