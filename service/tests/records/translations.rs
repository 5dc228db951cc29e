//! Languages of a record: what people translate, what a machine translates, and what becomes of both when the text does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects::translations::{
    self, Batch, Limits, Translated, TranslationOrigin, TranslationView, Translator,
};
use service::defects::{self, DefectView};
use service::outbox::{self, Channel, OutboxStatus, OutboxView, Post, Trouble, Worker};
use service::role::Role;
use service::words::{Language, Status};
use service::{Result, System};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, assert_intact, body, change, history_of, kind, refused, shown};

/// A service that translates by putting the language before the text.
#[derive(Clone, Default)]
struct Machine {
    asked: Arc<Mutex<Vec<Batch>>>,
    /// What it answers instead, where it fails.
    trouble: Arc<Mutex<Option<Trouble>>>,
    /// What it does before it answers.
    meanwhile: Arc<Mutex<Option<BoxFuture<'static, ()>>>>,
}

impl Translator for Machine {
    fn name(&self) -> &'static str {
        "machine"
    }

    fn limits(&self) -> Limits {
        Limits {
            text: 60,
            request: 120,
            texts: 2,
        }
    }

    fn translate(
        &self,
        batch: Batch,
    ) -> BoxFuture<'static, std::result::Result<Vec<String>, Trouble>> {
        let this = self.clone();
        Box::pin(async move {
            let meanwhile = this.meanwhile.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
            // Long enough for others to come in between.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            let texts = batch
                .texts
                .iter()
                .map(|text| format!("{}:{text}", batch.to))
                .collect();
            this.asked.lock().unwrap().push(batch);
            match &*this.trouble.lock().unwrap() {
                Some(trouble) => Err(trouble.clone()),
                None => Ok(texts),
            }
        })
    }
}

impl Machine {
    fn worker(&self, system: &System) -> Worker {
        let post = Post {
            carry: Arc::new(|_| Box::pin(async { Ok(None) })),
            has_mail: false,
            records: String::new(),
            translator: Some(Arc::new(self.clone())),
            jitter: || 0.5,
        };
        Worker::new(system.clone(), post)
    }

    async fn work(&self, system: &System) {
        let worker = self.worker(system);
        while worker.translate().await.unwrap() {}
    }

    /// How many requests it got since this was last asked.
    fn requests(&self) -> usize {
        std::mem::take(&mut *self.asked.lock().unwrap()).len()
    }

    fn fail(&self, is_final: bool) {
        let what = "it answered 500".to_owned();
        *self.trouble.lock().unwrap() = Some(Trouble {
            what,
            answer: Some(500),
            is_final,
        });
    }
}

/// A server that has texts translated into Spanish.
fn server(t: &TestSystem) -> System {
    t.another_server(|options| options.translate_into = vec![Language::English, Language::Spanish])
}

async fn report(server: &System, t: &TestSystem, tag: testkit::Tag) -> i64 {
    let form = body(t.form(&tag).await);
    let inspector = t.member(Role::Inspector).await;
    defects::report(server, &inspector, &form, None)
        .await
        .unwrap()
        .item
        .id
}

async fn put(
    t: &TestSystem,
    actor: &Actor,
    id: i64,
    language: &str,
    texts: Json,
) -> Result<DefectView> {
    let put = translations::put(t, actor, (id, language), &ANY, &body(texts)).await;
    put.map(|written| written.item)
}

async fn shown_in(t: &TestSystem, id: i64, language: &str) -> DefectView {
    let viewer = t.member(Role::Viewer).await;
    translations::show(t, &viewer, id, &body(json!({"lang": language})))
        .await
        .unwrap()
}

/// A title in Spanish, and who translated it.
async fn title(t: &TestSystem, id: i64) -> (String, Translated) {
    let view = shown_in(t, id, "es").await;
    (view.item.title, view.translated.unwrap().title)
}

async fn all(t: &TestSystem, id: i64) -> Vec<TranslationView> {
    let viewer = t.member(Role::Viewer).await;
    translations::list(t, &viewer, id, &body(json!({})))
        .await
        .unwrap()
        .items
}

async fn asked(t: &TestSystem) -> Vec<OutboxView> {
    let admin = t.member(Role::Admin).await;
    let query = body(json!({"channel": "translate", "limit": 200}));
    outbox::list(t, &admin, &query).await.unwrap().items
}

each_db! {
    async fn what_people_translate_is_shown_until_the_text_is_another(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item;
        let written = put(&t, &inspector, record.id, "es", json!({"title": "Rebaba", "description": "En el borde."})).await.unwrap();
        assert_eq!((written.item.title.as_str(), written.description.as_str()), ("Rebaba", "En el borde."));
        assert_eq!(written.item.version, record.version, "a translation moves no version");
        assert!(!shown(&t, record.id).await.settled, "there is more to see than the version tells");
        assert_eq!(shown(&t, record.id).await.item.title, record.title, "the text stays what it is");
        assert_eq!(shown_in(&t, record.id, "zh").await.translated.unwrap().title, Translated::None);

        change(&t, &inspector, record.id, json!({"title": "Burr at the bore"})).await.unwrap();
        let view = shown_in(&t, record.id, "es").await;
        assert_eq!((view.item.title.as_str(), view.description.as_str()), ("Burr at the bore", "En el borde."));
        let said = view.translated.unwrap();
        assert_eq!((said.title, said.description), (Translated::None, Translated::Human));
        let rows = all(&t, record.id).await;
        assert_eq!(rows.iter().map(|row| row.is_current).collect::<Vec<_>>(), [false, true]);
        assert_eq!(rows[0].created_by.as_ref().unwrap().id, inspector.id.unwrap());
        // The text is what it was: so is its translation.
        change(&t, &inspector, record.id, json!({"title": record.title})).await.unwrap();
        assert_eq!(title(&t, record.id).await, ("Rebaba".to_owned(), Translated::Human));
        assert_intact(&t).await;
    }

    async fn the_history_tells_translations_and_what_became_of_them(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        put(&t, &inspector, record, "es", json!({"title": "Rebaba"})).await.unwrap();
        let id = all(&t, record).await[0].id;
        let before = history_of(&t, record).await.len();
        put(&t, &inspector, record, "es", json!({"title": "Rebaba"})).await.unwrap();
        assert_eq!(history_of(&t, record).await.len(), before, "nothing has changed");
        put(&t, &inspector, record, "es", json!({"title": "Rebabas"})).await.unwrap();
        put(&t, &inspector, record, "es", json!({"title": null, "description": null})).await.unwrap();
        let told: Vec<_> = history_of(&t, record).await.into_iter().skip(before - 1)
            .map(|event| (event.field.unwrap(), event.old_value, event.new_value)).collect();
        let path = format!("translations/{id}");
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!((&told[0].0, &told[0].2["content"]), (&path, &json!("Rebaba")));
        assert_eq!(told[1], (format!("{path}.content"), json!("Rebaba"), json!("Rebabas")));
        assert_eq!((&told[2].0, &told[2].1["content"], &told[2].2), (&path, &json!("Rebabas"), &Json::Null));
        assert!(all(&t, record).await.is_empty());
        assert_intact(&t).await;
    }

    async fn all_but_viewers_translate_closed_records_too(t: TestSystem) {
        let record = t.bring_to(Status::Closed).await.item.id;
        for role in Role::ALL {
            let outcome = put(&t, &t.member(*role).await, record, "es", json!({"title": format!("Rebaba {role}")})).await;
            let expected = if *role == Role::Viewer { "forbidden" } else { "ok" };
            assert_eq!(kind(&outcome), expected, "{role}");
        }
        let manager = t.member(Role::QualityManager).await;
        assert_eq!(kind(&put(&t, &manager, record, "en", json!({"title": "Burr"})).await), "wrong state");
        assert_eq!(kind(&put(&t, &manager, record, "fr", json!({"title": "Bavure"})).await), "not found");
        let nothing = put(&t, &manager, t.report(&manager, defect()).await.item.id, "es", json!({"root_cause": "x"})).await;
        assert_eq!(refused(nothing), ["root_cause unmet"]);
        assert_eq!(kind(&put(&t, &Actor::command_line(), record, "es", json!({"title": "x"})).await), "forbidden");
        assert_intact(&t).await;
    }

    async fn nothing_is_asked_for_where_nobody_translates(t: TestSystem) {
        let record = t.bring_to(Status::Closed).await.item.id;
        let inspector = t.member(Role::Inspector).await;
        let reported = t.report(&inspector, defect()).await.item.id;
        change(&t, &inspector, reported, json!({"title": "Crack"})).await.unwrap();
        assert!(asked(&t).await.is_empty());
        assert!(all(&t, record).await.is_empty());
    }

    async fn a_machine_translates_what_is_reported_and_changed(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let id = report(&server, &t, defect()).await;
        assert_eq!(asked(&t).await.len(), 1, "into Spanish, and not into its own language");
        assert_eq!(asked(&t).await[0].channel, Channel::Translate);
        machine.work(&server).await;
        assert_eq!(title(&t, id).await, ("es:Burr on flange bore".to_owned(), Translated::Machine));
        assert_eq!(machine.requests(), 2, "title and description");
        let row = &all(&t, id).await[0];
        assert_eq!((row.origin, row.translator.as_deref(), &row.created_by), (TranslationOrigin::Machine, Some("machine"), &None));
        assert_eq!(shown(&t, id).await.item.version, 1);

        let inspector = t.member(Role::Inspector).await;
        change(&server, &inspector, id, json!({"lot_number": "L-1"})).await.unwrap();
        assert_eq!(asked(&t).await.len(), 1, "no text has changed");
        for title in ["Crack", "Cracks"] {
            change(&server, &inspector, id, json!({"title": title})).await.unwrap();
        }
        assert_eq!(title(&t, id).await, ("Cracks".to_owned(), Translated::None), "what is out of date is not shown");
        machine.work(&server).await;
        assert_eq!(title(&t, id).await, ("es:Cracks".to_owned(), Translated::Machine));
        assert_eq!(machine.requests(), 1, "once, though it changed twice, and nothing else with it");
        assert!(asked(&t).await.iter().all(|row| row.status == OutboxStatus::Sent));
        let actors: Vec<_> = history_of(&t, id).await.into_iter().map(|event| event.actor).collect();
        assert!(actors.iter().any(|actor| actor.id.is_none() && actor.name == "machine translation (machine)"), "{actors:?}");
        assert_intact(&t).await;
    }

    async fn a_machine_never_replaces_what_people_wrote_of_the_same_text(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let id = report(&server, &t, defect()).await;
        let inspector = t.member(Role::Inspector).await;
        put(&t, &inspector, id, "es", json!({"title": "Rebaba"})).await.unwrap();
        // Written while the machine is at work.
        let system = System::clone(&t);
        let who = inspector.clone();
        *machine.meanwhile.lock().unwrap() = Some(Box::pin(async move {
            let text = body(json!({"description": "En el borde."}));
            translations::put(&system, &who, (id, "es"), &ANY, &text).await.unwrap();
        }));
        machine.work(&server).await;
        assert_eq!(title(&t, id).await, ("Rebaba".to_owned(), Translated::Human));
        assert_eq!(shown_in(&t, id, "es").await.description, "En el borde.");
        // A person corrects the machine, and the machine what is out of date.
        change(&server, &inspector, id, json!({"title": "Crack"})).await.unwrap();
        machine.work(&server).await;
        assert_eq!(title(&t, id).await, ("es:Crack".to_owned(), Translated::Machine));
        put(&t, &inspector, id, "es", json!({"title": "Grieta"})).await.unwrap();
        change(&server, &inspector, id, json!({"description": "Longer."})).await.unwrap();
        machine.work(&server).await;
        assert_eq!(title(&t, id).await, ("Grieta".to_owned(), Translated::Human));
        assert_intact(&t).await;
    }

    async fn a_text_that_changes_while_it_is_translated_gets_no_translation_of_the_old_one(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let id = report(&server, &t, defect()).await;
        let (system, inspector) = (server.clone(), t.member(Role::Inspector).await);
        *machine.meanwhile.lock().unwrap() = Some(Box::pin(async move {
            change(&system, &inspector, id, json!({"title": "Crack"})).await.unwrap();
        }));
        let worker = machine.worker(&server);
        assert!(worker.translate().await.unwrap());
        assert_eq!(title(&t, id).await, ("Crack".to_owned(), Translated::None));
        machine.work(&server).await;
        assert_eq!(title(&t, id).await, ("es:Crack".to_owned(), Translated::Machine));
        assert_intact(&t).await;
    }

    async fn a_record_whose_language_was_wrong_is_translated_again(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let id = report(&server, &t, defect().with("title", "毛刺")).await;
        machine.work(&server).await;
        assert_eq!(title(&t, id).await.1, Translated::Machine);
        let inspector = t.member(Role::Inspector).await;
        change(&server, &inspector, id, json!({"language": "zh"})).await.unwrap();
        assert_eq!(title(&t, id).await.1, Translated::None, "it was translated from another language");
        machine.requests();
        machine.work(&server).await;
        assert_eq!(title(&t, id).await.1, Translated::Machine);
        let asked = std::mem::take(&mut *machine.asked.lock().unwrap());
        assert!(asked.iter().all(|batch| batch.from == Language::Chinese), "{asked:?}");
        assert_eq!(shown_in(&t, id, "en").await.item.title, "en:毛刺");
        assert_intact(&t).await;
    }

    async fn of_many_servers_exactly_one_translates(t: TestSystem) {
        let machine = Machine::default();
        let first = server(&t);
        for _ in 0..3 {
            report(&first, &t, defect()).await;
        }
        let workers: Vec<_> = (0..6).map(|_| machine.worker(&server(&t))).collect();
        let done = AtomicUsize::new(0);
        for _ in 0..4 {
            for taken in join_all(workers.iter().map(Worker::translate)).await {
                done.fetch_add(usize::from(taken.unwrap()), Ordering::Relaxed);
            }
        }
        assert_eq!(machine.requests(), 6, "each text once");
        assert!(done.into_inner() <= 3);
        assert!(asked(&t).await.iter().all(|row| (row.status, row.attempts) == (OutboxStatus::Sent, 1)));
        assert_intact(&t).await;
    }

    async fn what_fails_is_tried_again_given_up_and_seen_and_keeps_nothing_else_waiting(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let id = report(&server, &t, defect()).await;
        machine.fail(false);
        machine.work(&server).await;
        let waiting = asked(&t).await.remove(0);
        assert_eq!((waiting.status, waiting.answer, waiting.attempts), (OutboxStatus::Pending, Some(500), 1));
        let tag = shown(&t, id).await.item.tag_number;
        assert_eq!(waiting.error.unwrap(), format!("title of {tag} into es: it answered 500"));
        assert_eq!(machine.requests(), 1, "a service that fails is not asked for the next text");
        for _ in 0..20 {
            t.clock.advance(TimeDelta::hours(15));
            machine.work(&server).await;
        }
        assert_eq!(machine.requests(), 11, "twelve attempts in all");
        let dead = asked(&t).await.remove(0);
        assert_eq!(dead.status, OutboxStatus::Dead);
        *machine.trouble.lock().unwrap() = None;
        let admin = t.member(Role::Admin).await;
        outbox::retry(&t, &admin, dead.id, None).await.unwrap();
        machine.work(&server).await;
        assert_eq!(title(&t, id).await.1, Translated::Machine);

        let other = report(&server, &t, defect()).await;
        machine.fail(true);
        machine.work(&server).await;
        assert_eq!(machine.requests(), 4, "one text that it does not take keeps none of the others");
        assert_eq!(asked(&t).await[0].status, OutboxStatus::Dead);
        assert_eq!(title(&t, other).await.1, Translated::None);
        assert_intact(&t).await;
    }

    async fn a_server_without_a_translator_leaves_it_to_others(t: TestSystem) {
        let server = server(&t);
        report(&server, &t, defect()).await;
        let post = Post { carry: Arc::new(|_| Box::pin(async { Ok(None) })), has_mail: false, records: String::new(), translator: None, jitter: || 0.5 };
        let worker = Worker::new(server.clone(), post);
        assert!(!worker.translate().await.unwrap());
        assert!(!worker.turn().await.unwrap());
        assert_eq!(asked(&t).await[0].status, OutboxStatus::Pending);
        assert_eq!(asked(&t).await[0].attempts, 0);
    }

    async fn a_long_text_travels_in_pieces_and_comes_back_as_one(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let text = "A first paragraph about the burr at the edge.\n\nA second one, which is longer than the machine takes at \
                    once. And a third sentence.\n";
        let id = report(&server, &t, defect().with("description", text)).await;
        machine.work(&server).await;
        let translated = shown_in(&t, id, "es").await.description;
        assert_eq!(translated.replace("es:", ""), text);
        assert!(translated.matches("es:").count() >= 3, "{translated}");
        let asked = std::mem::take(&mut *machine.asked.lock().unwrap());
        let fits = |batch: &Batch| batch.texts.len() <= 2 && batch.texts.iter().all(|text| text.chars().count() <= 60);
        assert!(asked.iter().all(fits), "{asked:?}");
    }

    async fn a_translation_that_was_taken_back_is_asked_for_again(t: TestSystem) {
        let (server, machine) = (server(&t), Machine::default());
        let id = report(&server, &t, defect()).await;
        machine.work(&server).await;
        let inspector = t.member(Role::Inspector).await;
        let back = body(json!({"title": null}));
        translations::put(&server, &inspector, (id, "es"), &ANY, &back).await.unwrap();
        assert_eq!(title(&t, id).await.1, Translated::None);
        machine.work(&server).await;
        assert_eq!(title(&t, id).await.1, Translated::Machine);
        assert_intact(&t).await;
    }
}
