//! What a cell answers, from its row, its caller and its object: the design's order of checks in one function.

use service::role::Role;

use super::objects::{Object, Thing};
use super::people::Caller;
use super::table::{ADMIN, COST, Row, Who};

/// 401, 404, 403, 409. A collection that the caller sees nothing of is 403 whatever is in it: 404 for some of it and
/// 403 for the rest would tell what there is. One thing in a collection that he does see is 404 where it is not
/// there, also for those who may only read: what they may not do (403) comes after it.
pub(super) fn expected(row: &Row, caller: &Caller, object: Object) -> u16 {
    if matches!(row.who, Who::Anyone) {
        return row.ok;
    }
    if caller.session.is_none() || caller.is_refused {
        return 401;
    }
    // The one route whose token is of a kind of its own.
    if row.route == "GET /metrics" {
        return if caller.scope == Some("metrics") {
            200
        } else {
            403
        };
    }
    // What is no id, or names no list, is no address.
    if object == Object::Nonsense {
        return 404;
    }
    let has = |roles: &[Role]| caller.roles.iter().any(|role| roles.contains(role));
    let (reads, writes) = (caller.scope != Some("metrics"), caller.scope.is_none());
    match row.who {
        Who::SignedIn => return row.ok,
        _ if !reads => return 403,
        _ if row.thing.is_nowhere(object) => return 404,
        _ => {}
    }
    let sees = match row.thing {
        Thing::User | Thing::Job | Thing::Webhook | Thing::Message => has(ADMIN),
        Thing::Child("cost-entries") => has(COST),
        _ => true,
    };
    if !sees {
        return 403;
    }
    if row.thing.lacks(object) {
        return 404;
    }
    let own = object == Object::Own;
    let may = match row.who {
        Who::Writers(roles) => writes && has(roles),
        Who::ReadersOf(roles) => has(roles),
        Who::WritersOrReporter(all, own_only) => writes && (has(all) || has(own_only) && own),
        _ => true,
    };
    if !may {
        return 403;
    }
    if row.route.starts_with("GET ") {
        return row.ok;
    }
    let is_only_not_now = caller.roles.iter().all(|role| row.not_now.contains(role));
    let is_closed = row.thing.is_closed(object) && !row.even_closed;
    if is_closed || (is_only_not_now && !row.not_now.is_empty()) {
        return 409;
    }
    if row.route == "DELETE /api/v1/users/{id}" && own {
        return 409;
    }
    row.ok
}
