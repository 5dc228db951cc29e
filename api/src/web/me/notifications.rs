//! Of what one is told by mail, and how: event by event, each at once, once a day or not at all.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use serde_json::{Map, Value as Json};
use service::notice::Event;
use service::subscription::{self, Choice, ChoiceView, Delivery};
use service::{Draft, FieldError};

use crate::answer::Reply;
use crate::web::admin;
use crate::web::page::{self, Page, go, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_choice).service(choose);
}

/// How one is told of an event, besides the service's ways of telling.
const NOT: &str = "none";

/// All that may be chosen for an event.
const WAYS: &[&str] = &[NOT, Delivery::Immediate.word(), Delivery::Daily.word()];

#[derive(Template)]
#[template(path = "me/notifications.html")]
struct NotificationsPage {
    page: Page,
    /// Where mail goes, if anywhere.
    email: Option<String>,
    events: Vec<EventRow>,
    ways: Vec<(&'static str, String)>,
    form: Typed,
}

/// An event that may be told: a field of the form.
struct EventRow {
    name: &'static str,
    label: String,
    /// Who is told of it.
    whom: String,
}

impl NotificationsPage {
    fn of(visit: &Visit, email: Option<String>, form: Typed) -> Self {
        let page = visit.page("me");
        let row = |(event, label, whom): (Event, String, String)| EventRow {
            name: event.word(),
            label,
            whom: page.with("me-told-whom", &[("who", whom.as_str())]),
        };
        Self {
            events: admin::told(&page).into_iter().map(row).collect(),
            ways: page.options("me-told", WAYS),
            email,
            form,
            page,
        }
    }
}

/// Shows of what one is told, and lets him choose.
#[get("/me/notifications")]
async fn show_choice(visit: Visit) -> Reply {
    let chosen = subscription::show(&visit.system, &visit.actor).await?;
    let form = Typed::with(Event::ALL.iter().map(|event| {
        let way = way(&chosen, *event);
        (event.word(), way)
    }));
    show(&NotificationsPage::of(&visit, chosen.email, form))
}

fn way(chosen: &ChoiceView, event: Event) -> &'static str {
    let lists = [
        (Delivery::Immediate, &chosen.immediate),
        (Delivery::Daily, &chosen.daily),
    ];
    let mut lists = lists.into_iter();
    let list = lists.find(|(_, events)| events.contains(&event));
    list.map_or(NOT, |(delivery, _)| delivery.word())
}

/// Chooses of what to be told; it replaces what was chosen before.
#[post("/me/notifications")]
async fn choose(sent: Posted) -> Reply {
    let draft = draft(&sent.typed);
    match subscription::choose(&sent.system, &sent.actor, &draft).await {
        Ok(_) => go("/me/notifications", Some("told")),
        Err(error) => {
            let form = sent.typed.clone().refused(error)?;
            refused(&sent, form).await
        }
    }
}

async fn refused(visit: &Visit, form: Typed) -> Reply {
    let chosen = subscription::show(&visit.system, &visit.actor).await?;
    let page = NotificationsPage::of(visit, chosen.email, form);
    page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What was chosen event by event, as the service takes it: for each way of telling, of which events. What is no event
/// goes along, to be refused there.
fn draft(typed: &Typed) -> Draft<Choice> {
    let others = typed.pairs().iter();
    let others = others.filter(|(name, _)| Event::of(name).is_none());
    let mut body: Map<String, Json> = others
        .map(|(name, text)| (name.clone(), text.as_str().into()))
        .collect();
    for delivery in Delivery::ALL {
        let events = Event::ALL.iter().map(|event| event.word());
        let chosen = events.filter(|event| typed.value(event) == delivery.word());
        body.insert(delivery.word().to_owned(), chosen.collect());
    }
    let wrong = Event::ALL.iter().filter_map(|event| {
        let code = match typed.value(event.word()) {
            "" => "required",
            way if WAYS.contains(&way) => return None,
            _ => "choice",
        };
        let message = format!("must be one of {}", WAYS.join(", "));
        Some(FieldError::new(event.word(), code, message))
    });
    Draft::json(&Json::Object(body)).also(wrong.collect())
}

#[cfg(test)]
mod tests {
    use super::{Typed, draft};

    fn wrong(fields: &[(&str, &str)]) -> Vec<String> {
        let all = service::notice::Event::ALL.iter();
        let all = all.map(|event| (event.word(), "none"));
        let kept = all.filter(|(event, _)| fields.iter().all(|(name, _)| name != event));
        let typed = Typed::with(kept.chain(fields.iter().copied()));
        match draft(&typed).check() {
            Err(service::Error::Invalid(errors)) => {
                let told = errors.into_iter();
                told.map(|error| format!("{} {}", error.field, error.code))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn each_event_is_told_in_one_of_the_ways_and_nothing_else_is_taken() {
        assert!(wrong(&[("moved", "daily"), ("closed", "immediate")]).is_empty());
        assert_eq!(wrong(&[("moved", "hourly")]), ["moved choice"]);
        assert_eq!(wrong(&[("moved", "")]), ["moved required"]);
        assert_eq!(wrong(&[("dropped", "daily")]), ["dropped unknown"]);
    }
}
