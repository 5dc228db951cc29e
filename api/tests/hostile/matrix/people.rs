//! Everybody who asks: nobody, tokens that are worth nothing, each role, and tokens of each scope.

use actix_web::http::Method;
use serde_json::json;
use service::actor::Actor;
use service::role::Role;
use testkit::PASSWORD;
use testkit::design::ROLES;

use crate::client::{Api, Session};

/// Somebody who asks.
pub(super) struct Caller {
    pub(super) name: String,
    pub(super) session: Option<Session>,
    /// His token is no good.
    pub(super) is_refused: bool,
    pub(super) roles: Vec<Role>,
    pub(super) scope: Option<&'static str>,
    /// The user, where there is one.
    pub(super) actor: Option<Actor>,
}

/// All of them.
pub(super) struct People {
    pub(super) callers: Vec<Caller>,
}

impl People {
    pub(super) async fn gather(api: &Api) -> Self {
        let mut callers = vec![nobody("nobody", None)];
        let forged = Session {
            token: format!("dmt_{}", "A".repeat(43)),
        };
        callers.push(nobody("a forged token", Some(forged)));
        let revoked = api.sign_in(Role::Admin).await;
        let gone = api
            .send(revoked.request(Method::DELETE, "/auth/token"))
            .await;
        assert_eq!(gone.status, 204);
        callers.push(nobody("a revoked token", Some(revoked)));
        for role in ROLES {
            callers.push(person(api, role.word(), &[role], None).await);
        }
        for scope in ["read", "metrics"] {
            callers.push(person(api, scope, &ROLES, Some(scope)).await);
        }
        Self { callers }
    }
}

/// A token of a user just like the caller, for what ends the session or changes the user.
pub(super) async fn fresh(api: &Api, caller: &Caller) -> Option<Session> {
    if caller.actor.is_none() {
        return caller.session.clone();
    }
    let same = person(api, &caller.name, &caller.roles, caller.scope).await;
    same.session
}

fn nobody(name: &str, session: Option<Session>) -> Caller {
    Caller {
        name: name.to_owned(),
        is_refused: session.is_some(),
        session,
        roles: Vec::new(),
        scope: None,
        actor: None,
    }
}

async fn person(api: &Api, name: &str, roles: &[Role], scope: Option<&'static str>) -> Caller {
    let actor = api.system.user_with(roles).await;
    let mut session = api.sign_in_as(&actor.name, PASSWORD).await;
    if let Some(scope) = scope {
        let token = json!({"name": scope, "scopes": [scope]});
        let issued = api.post(&session, "/me/tokens", &token).await;
        let token = issued.json()["token"].as_str().unwrap().to_owned();
        session = Session { token };
    }
    Caller {
        name: name.to_owned(),
        session: Some(session),
        is_refused: false,
        roles: roles.to_vec(),
        scope,
        actor: Some(actor),
    }
}
