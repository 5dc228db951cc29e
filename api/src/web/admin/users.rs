//! Users and their roles: listed, added, changed, disabled; a new password; the end of a pause of their sign-in.

use actix_web::{get, post, web};
use chrono::DateTime;
use serde_json::json;
use service::Draft;
use service::role::Role;
use service::user::{self, NewUser, UserPatch, UserQuery, UserView};

use super::Area;
use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed, languages, words};
use super::list::{Cell, ListPage, Row, columns, usual_filters};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_users)
        .service(new_user)
        .service(create_user)
        .service(show_user)
        .service(change_user);
    config
        .service(set_password)
        .service(end_pause)
        .service(delete_user);
}

fn area() -> &'static Area {
    Area::named("users")
}

const TICKS: &[&str] = &["is_active"];
const LISTS: &[&str] = &["roles"];

/// Lists users by user name.
#[get("/admin/users")]
async fn list_users(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<UserQuery>()?;
    let found = user::list(&visit.system, &visit.actor, &query).await;
    let mut filters = usual_filters(&page);
    filters.push(Field::choose(&page, "role", roles(&page)).none(page.t("admin-any")));
    let mut columns = columns(&page, &["username", "display_name", "roles", "status"]);
    columns.push(page.t("admin-last-sign-in"));
    ListPage {
        filters,
        columns,
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn roles(page: &Page) -> Vec<(String, String)> {
    words(page, "role", Role::ALL.iter().map(|role| role.word()))
}

fn row(page: &Page, user: &UserView) -> Row {
    let cells = vec![
        Cell::text(&user.display_name),
        Cell::words(page, "role", user.roles.iter().map(|role| role.word())),
        if user.is_active {
            Cell::tag(page.t("admin-active"), "good")
        } else {
            Cell::tag(page.t("admin-disabled"), "warn")
        },
        Cell::text(last_sign_in(page, user)),
    ];
    area().row(user.id, &user.username, cells)
}

fn last_sign_in(page: &Page, user: &UserView) -> String {
    let at = user.last_sign_in_at.as_deref();
    at.map_or_else(|| page.t("never"), |at| page.minute(at))
}

/// Asks for a new user.
#[get("/admin/users/new")]
async fn new_user(visit: Visit) -> Reply {
    show(&page_of_new(&visit)?)
}

fn page_of_new(visit: &Visit) -> Result<EditPage, Problem> {
    let page = area().page_to_add(visit)?;
    let mut fields = vec![Field::text(&page, "username").required()];
    fields.extend(fields_of(&page));
    fields.push(password(&page));
    Ok(EditPage {
        fields,
        form: Typed::with([("locale", page.language())]),
        ..area().edit(page, visit, None)
    })
}

fn fields_of(page: &Page) -> Vec<Field> {
    vec![
        Field::text(page, "display_name").required(),
        Field::ticks(page, "roles", roles(page)),
        Field::choose(page, "locale", languages(page)).required(),
        Field::input(page, "email", "email"),
    ]
}

fn password(page: &Page) -> Field {
    Field::input(page, "password", "password")
        .required()
        .hint(page.t("password-hint"))
}

/// Adds a user.
#[post("/admin/users")]
async fn create_user(sent: Posted) -> Reply {
    let draft = completed(&sent.typed, &[], LISTS).draft::<NewUser>();
    let key = sent.key()?;
    let outcome = user::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let again = async { page_of_new(&sent) };
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows a user, to be changed.
#[get("/admin/users/{id}")]
async fn show_user(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("user")?;
    let page = area().page(visit)?;
    let user = user::show(&visit.system, &visit.actor, id).await?;
    let address = area().address_of(id);
    let mut fields = fields_of(&page);
    fields.push(Field::tick(&page, "is_active"));
    let mut facts = vec![
        (page.field("username"), user.username.clone()),
        (page.t("admin-last-sign-in"), last_sign_in(&page, &user)),
    ];
    let new_password = Act::new("password", format!("{address}/password"));
    let mut acts = vec![new_password.asking(password(&page))];
    if let Some(until) = paused_until(visit, &user) {
        facts.push((page.t("admin-paused-until"), page.minute(until)));
        acts.push(Act::new("pause", format!("{address}/pause")));
    }
    acts.push(Act::deletion(&address));
    Ok(EditPage {
        title: user.display_name.clone(),
        facts,
        version: Some(user.version),
        fields,
        form: form(&user),
        acts,
        ..area().edit(page, visit, Some(id))
    })
}

/// Until when sign-in is paused, if it is.
fn paused_until<'a>(visit: &Visit, user: &'a UserView) -> Option<&'a str> {
    let until = user.locked_until.as_deref()?;
    let at = DateTime::parse_from_rfc3339(until).ok()?;
    (at > visit.system.clock.now()).then_some(until)
}

fn form(user: &UserView) -> Typed {
    let mut fields = vec![
        ("display_name", user.display_name.clone()),
        ("locale", user.locale.word().to_owned()),
        ("email", user.email.clone().unwrap_or_default()),
        ("is_active", user.is_active.to_string()),
    ];
    let roles = user.roles.iter();
    fields.extend(roles.map(|role| ("roles", role.word().to_owned())));
    Typed::with(fields)
}

/// Changes a user, or disables him.
#[post("/admin/users/{id}")]
async fn change_user(sent: Posted) -> Reply {
    let id = sent.id("user")?;
    let draft = changes(&sent, TICKS, LISTS).patch::<UserPatch>();
    let outcome = user::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let again = page_of(&sent);
    area().answered(&sent, "saved", outcome, again).await
}

/// Gives a user a new password; he is signed out at once.
#[post("/admin/users/{id}/password")]
async fn set_password(sent: Posted) -> Reply {
    let id = sent.id("user")?;
    let draft = sent.typed.patch::<UserPatch>();
    match user::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await {
        Ok(_) => go(&format!("/admin/users/{id}"), Some("admin-password")),
        Err(error) => page_of(&sent).await?.act_refused("password", &sent, error),
    }
}

/// Ends a pause of a user's sign-in.
#[post("/admin/users/{id}/pause")]
async fn end_pause(sent: Posted) -> Reply {
    let id = sent.id("user")?;
    let draft = Draft::<UserPatch>::json(&json!({"locked": false}));
    match user::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await {
        Ok(_) => go(&format!("/admin/users/{id}"), Some("admin-pause-ended")),
        Err(error) => page_of(&sent).await?.act_refused("pause", &sent, error),
    }
}

/// Deletes a user who was never used.
#[post("/admin/users/{id}/deletion")]
async fn delete_user(sent: Posted) -> Reply {
    let id = sent.id("user")?;
    let outcome = user::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent);
    area().deleted(&sent, outcome, again).await
}
