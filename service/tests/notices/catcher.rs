//! Somebody who catches what is sent, and a plant that listens.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use entity::{notice, outbox};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::outbox::{Call, Letter, OutboxView, Parcel, Post, Sent, Trouble, Worker};
use service::role::Role;
use service::webhook::{self, IssuedWebhook};
use service::{Draft, System, subscription, user};
use testkit::TestSystem;

/// Catches what is sent.
#[derive(Clone, Default)]
pub(crate) struct Catcher {
    caught: Arc<Mutex<Vec<Parcel>>>,
    /// What it answers; what is sent arrives where there is nothing.
    trouble: Arc<Mutex<Option<Trouble>>>,
}

impl Catcher {
    pub(crate) fn post(&self) -> Post {
        let this = self.clone();
        Post {
            carry: Arc::new(move |parcel| {
                let this = this.clone();
                Box::pin(async move {
                    // Long enough for others to come in between.
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    this.caught.lock().unwrap().push(parcel);
                    this.answer()
                })
            }),
            has_mail: true,
            records: "https://dmt.example.com/defects/".to_owned(),
            translator: None,
            jitter: || 0.5,
        }
    }

    fn answer(&self) -> Sent {
        match &*self.trouble.lock().unwrap() {
            None => Ok(Some(204)),
            Some(trouble) => Err(trouble.clone()),
        }
    }

    /// From here on nothing arrives.
    pub(crate) fn fail(&self, is_final: bool) {
        let what = "it answered 500".to_owned();
        let trouble = Trouble {
            what,
            answer: Some(500),
            is_final,
        };
        *self.trouble.lock().unwrap() = Some(trouble);
    }

    /// From here on all arrives.
    pub(crate) fn recover(&self) {
        *self.trouble.lock().unwrap() = None;
    }

    /// What came since it was last asked.
    pub(crate) fn caught(&self) -> Vec<Parcel> {
        std::mem::take(&mut *self.caught.lock().unwrap())
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        let calls = self.caught().into_iter().map(|parcel| match parcel {
            Parcel::Call(call) => call,
            Parcel::Letter(letter) => panic!("a mail: {letter:?}"),
        });
        calls.collect()
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        let letters = self.caught().into_iter().map(|parcel| match parcel {
            Parcel::Letter(letter) => letter,
            Parcel::Call(call) => panic!("a call: {call:?}"),
        });
        letters.collect()
    }

    /// Sends all that is due now.
    pub(crate) async fn work(&self, system: &System) {
        let worker = Worker::new(system.clone(), self.post());
        while worker.turn().await.unwrap() {}
    }
}

pub(crate) fn draft<T: service::input::Input>(body: &Json) -> Draft<T> {
    Draft::json(body)
}

pub(crate) async fn webhook(t: &TestSystem, events: &[&str]) -> IssuedWebhook {
    let new = json!({"url": "http://receiver.test/dmt", "events": events});
    let admin = t.member(Role::Admin).await;
    webhook::create(t, &admin, &draft(&new), None)
        .await
        .unwrap()
}

/// A user with a mail address that is his name.
pub(crate) async fn reader(t: &TestSystem, role: Role, choice: Json) -> Actor {
    let actor = t.user(role).await;
    let email = json!({"email": format!("{}@example.com", actor.name)});
    user::change_own_email(t, &actor, &draft(&email))
        .await
        .unwrap();
    subscription::choose(t, &actor, &draft(&choice))
        .await
        .unwrap();
    actor
}

/// How many notices wait.
pub(crate) async fn notices(t: &TestSystem) -> u64 {
    notice::Entity::find().count(t.db.reader()).await.unwrap()
}

/// All that is and was to be sent.
pub(crate) async fn outbox(t: &TestSystem) -> Vec<OutboxView> {
    let admin = t.member(Role::Admin).await;
    let page = service::outbox::list(t, &admin, &draft(&json!({"limit": 200}))).await;
    let mut items = page.unwrap().items;
    items.reverse();
    assert_eq!(
        items.len() as u64,
        outbox::Entity::find().count(t.db.reader()).await.unwrap()
    );
    items
}

pub(crate) fn wait(t: &TestSystem, time: TimeDelta) {
    t.clock.advance(time);
}
