//! The mails of what saved views hold: to whom, when, once, in which language; and who gets none.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::outbox::{Channel, OutboxStatus};
use service::role::Role;
use service::saved_view::{self, SavedView};
use service::version::IfMatch;
use service::{Error, user};
use testkit::{TestSystem, defect, each_db};

use crate::catcher::{Catcher, draft, outbox, reader, wait};

/// Has four servers look at once, for as long as any of them finds something; answers how many mails they made ready.
async fn tell_all(t: &TestSystem) -> usize {
    let servers: Vec<_> = (0..4).map(|_| t.another_server(|_| ())).collect();
    let mut told = 0;
    loop {
        let looks = join_all(servers.iter().map(saved_view::tell)).await;
        match looks.into_iter().map(Result::unwrap).sum() {
            0 => return told,
            some => told += some,
        }
    }
}

async fn person(t: &TestSystem, role: Role) -> Actor {
    reader(t, role, json!({"immediate": [], "daily": []})).await
}

async fn keep(t: &TestSystem, owner: &Actor, name: &str, query: Json) -> SavedView {
    let new = json!({"name": name, "shared_with": "everyone", "query": query});
    saved_view::create(t, owner, &draft(&new), None)
        .await
        .unwrap()
}

async fn choose(t: &TestSystem, actor: &Actor, view: &SavedView, digest: Option<&str>) {
    let choice = draft(&json!({"is_default": false, "digest": digest}));
    let chosen = saved_view::choose(t, actor, view.id, &choice)
        .await
        .unwrap();
    assert_eq!(chosen.digest.map(|rhythm| rhythm.word()), digest);
}

async fn set(t: &TestSystem, actor: &Actor, patch: Json) {
    let id = actor.id.unwrap();
    user::change(t, &Actor::command_line(), id, &IfMatch::Any, &draft(&patch))
        .await
        .unwrap();
}

/// Sends all that is due; answers to whom and under which subject, in that order.
async fn mails(t: &TestSystem, catcher: &Catcher) -> Vec<(String, String)> {
    catcher.work(t).await;
    let letters = catcher.letters().into_iter();
    let mut mails: Vec<_> = letters.map(|letter| (letter.to, letter.subject)).collect();
    mails.sort();
    mails
}

fn mail(to: &Actor, subject: &str) -> (String, String) {
    (format!("{}@example.com", to.name), subject.to_owned())
}

each_db! {
    async fn who_chose_a_view_gets_one_mail_a_morning_however_many_servers_there_are(t: TestSystem) {
        let manager = person(&t, Role::QualityManager).await;
        let weekly = person(&t, Role::Viewer).await;
        person(&t, Role::Viewer).await;
        let view = keep(&t, &manager, "Majors", json!({"severity": "major", "sort": "reported_at"})).await;
        choose(&t, &manager, &view, Some("daily")).await;
        choose(&t, &weekly, &view, Some("weekly")).await;
        let inspector = t.member(Role::Inspector).await;
        let mut records = Vec::new();
        for number in 0..12 {
            records.push(t.report(&inspector, defect().major().with("title", format!("Burr {number}"))).await.item);
        }
        t.report(&inspector, defect().minor().with("title", "Scratch")).await;
        let catcher = Catcher::default();
        // Friday, after seven: what is chosen now comes from the next morning on.
        assert_eq!(tell_all(&t).await, 0);
        wait(&t, TimeDelta::minutes(22 * 60 + 59));
        assert_eq!(tell_all(&t).await, 0, "not before seven");
        wait(&t, TimeDelta::minutes(1));
        assert_eq!(tell_all(&t).await, 1);
        catcher.work(&t).await;
        let letters = catcher.letters();
        assert_eq!((letters.len(), letters[0].subject.as_str()), (1, "DMT: Majors (12)"));
        assert_eq!(letters[0].to, format!("{}@example.com", manager.name));
        let text = &letters[0].text;
        for (number, record) in records.iter().enumerate() {
            let line = format!("{}  Burr {number} (reported)\nhttps://dmt.example.com/defects/{}\n", record.tag_number, record.id);
            assert_eq!(text.contains(&line), number >= 2, "{line} in {text}");
        }
        assert!(!text.contains("Scratch"), "{text}");
        wait(&t, TimeDelta::hours(12));
        assert_eq!(tell_all(&t).await, 0, "told today");
        // Chosen anew on the same day, he is not told of it again.
        choose(&t, &manager, &view, None).await;
        choose(&t, &manager, &view, Some("daily")).await;
        assert_eq!(tell_all(&t).await, 0);
        wait(&t, TimeDelta::hours(12));
        assert_eq!(tell_all(&t).await, 1, "Sunday");
        assert_eq!(mails(&t, &catcher).await, [mail(&manager, "DMT: Majors (12)")]);
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 2, "Monday");
        let mut both = [mail(&manager, "DMT: Majors (12)"), mail(&weekly, "DMT: Majors (12)")];
        both.sort();
        assert_eq!(mails(&t, &catcher).await, both);
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 1);
        // A week in which no server ran: one mail each, and the next in its turn.
        wait(&t, TimeDelta::days(7));
        assert_eq!(tell_all(&t).await, 2);
        wait(&t, TimeDelta::days(1));
        assert_eq!(tell_all(&t).await, 1);
        let silent = t.another_server(|options| options.read_only = true);
        assert!(matches!(saved_view::tell(&silent).await, Err(Error::ReadOnly)));
    }

    async fn the_mail_is_in_the_readers_language(t: TestSystem) {
        let owner = person(&t, Role::QualityManager).await;
        let view = keep(&t, &owner, "焊缝", json!({"severity": "critical"})).await;
        let (ana, wei) = (person(&t, Role::Viewer).await, person(&t, Role::Operator).await);
        set(&t, &ana, json!({"locale": "es"})).await;
        set(&t, &wei, json!({"locale": "zh"})).await;
        for person in [&owner, &ana, &wei] {
            choose(&t, person, &view, Some("daily")).await;
        }
        let record = t.report(&owner, defect().critical()).await.item;
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 3);
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let letters = catcher.letters();
        for (person, greeting, sentence, state) in [
            (&owner, "Hello", "Records in your view “焊缝”: 1. The newest (1):", "reported"),
            (&ana, "Hola", "Registros en su vista «焊缝»: 1. Los más recientes (1):", "notificado"),
            (&wei, "您好", "您的视图“焊缝”中的记录：1 条。最新的 1 条：", "已上报"),
        ] {
            let letter = letters.iter().find(|letter| letter.to == mail(person, "").0).unwrap();
            assert_eq!(letter.subject, "DMT: 焊缝 (1)");
            let line = format!("{}  {} ({state})", record.tag_number, record.title);
            for part in [greeting, sentence, &line] {
                assert!(letter.text.contains(part), "{part} in {}", letter.text);
            }
        }
    }

    async fn relative_dates_and_me_are_the_readers_when_he_reads(t: TestSystem) {
        let owner = person(&t, Role::QualityManager).await;
        let view = keep(&t, &owner, "Mine of these days", json!({"reported_by": "me", "reported_after": "-2d"})).await;
        assert_eq!(view.query, json!({"reported_by": "me", "reported_after": "-2d"}));
        let (ines, other) = (person(&t, Role::Inspector).await, person(&t, Role::Operator).await);
        for person in [&owner, &ines, &other] {
            choose(&t, person, &view, Some("daily")).await;
        }
        t.report(&ines, defect()).await;
        t.report(&ines, defect()).await;
        wait(&t, TimeDelta::hours(24));
        t.report(&other, defect()).await;
        assert_eq!(tell_all(&t).await, 3);
        let catcher = Catcher::default();
        let mut both = [mail(&ines, "DMT: Mine of these days (2)"), mail(&other, "DMT: Mine of these days (1)")];
        both.sort();
        assert_eq!(mails(&t, &catcher).await, both);
        wait(&t, TimeDelta::hours(48));
        assert_eq!(tell_all(&t).await, 3);
        assert_eq!(mails(&t, &catcher).await, [mail(&other, "DMT: Mine of these days (1)")]);
    }

    async fn a_view_that_holds_nothing_sends_nothing(t: TestSystem) {
        let manager = person(&t, Role::QualityManager).await;
        let view = keep(&t, &manager, "None", json!({"severity": "critical"})).await;
        choose(&t, &manager, &view, Some("daily")).await;
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 1);
        let catcher = Catcher::default();
        assert_eq!(mails(&t, &catcher).await, []);
        let sent: Vec<_> = outbox(&t).await.into_iter().map(|row| (row.channel, row.status, row.event)).collect();
        assert_eq!(sent, [(Channel::View, OutboxStatus::Dropped, None)]);
        t.report(&manager, defect().critical()).await;
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 1);
        assert_eq!(mails(&t, &catcher).await, [mail(&manager, "DMT: None (1)")]);
    }

    async fn who_cannot_see_it_any_more_gets_nothing(t: TestSystem) {
        let owner = person(&t, Role::Operator).await;
        let new = json!({"name": "Ours", "shared_with": "operator", "query": {"severity": "major"}});
        let view = saved_view::create(&t, &owner, &draft(&new), None).await.unwrap();
        let mut people = Vec::new();
        for _ in 0..6 {
            let person = person(&t, Role::Operator).await;
            choose(&t, &person, &view, Some("daily")).await;
            people.push(person);
        }
        t.report(&owner, defect().major()).await;
        set(&t, &people[0], json!({"is_active": false})).await;
        set(&t, &people[1], json!({"email": null})).await;
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 4, "who cannot get mail is left out");
        set(&t, &people[2], json!({"is_active": false})).await;
        set(&t, &people[3], json!({"roles": ["inspector"]})).await;
        choose(&t, &people[4], &view, None).await;
        let catcher = Catcher::default();
        assert_eq!(mails(&t, &catcher).await, [mail(&people[5], "DMT: Ours (1)")]);
        let dropped = outbox(&t).await.into_iter().filter(|row| row.status == OutboxStatus::Dropped);
        assert_eq!(dropped.filter(|row| row.error.is_some()).count(), 3);
        wait(&t, TimeDelta::hours(24));
        let private = draft(&json!({"shared_with": null}));
        saved_view::change(&t, &owner, view.id, &IfMatch::Any, &private).await.unwrap();
        assert_eq!(tell_all(&t).await, 2);
        assert_eq!(mails(&t, &catcher).await, [], "it is shared no more");
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 2);
        saved_view::delete(&t, &owner, view.id, &IfMatch::Any).await.unwrap();
        assert_eq!(mails(&t, &catcher).await, [], "it is gone");
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 0);
    }

    async fn who_sees_cost_no_more_is_told_nothing_of_a_view_that_asks_for_it(t: TestSystem) {
        let engineers = [person(&t, Role::TechEngineer).await, person(&t, Role::TechEngineer).await];
        for engineer in &engineers {
            let new = json!({"name": "Free of charge", "query": {"cost_total": "..0"}});
            let view = saved_view::create(&t, engineer, &draft(&new), None).await.unwrap();
            choose(&t, engineer, &view, Some("daily")).await;
        }
        t.report(&engineers[0], defect()).await;
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 2);
        set(&t, &engineers[0], json!({"roles": ["viewer"]})).await;
        let catcher = Catcher::default();
        assert_eq!(mails(&t, &catcher).await, [mail(&engineers[1], "DMT: Free of charge (1)")]);
        let dropped = outbox(&t).await.into_iter().filter(|row| row.status == OutboxStatus::Dropped);
        assert_eq!(dropped.filter(|row| row.error.is_some()).count(), 1);
    }

    async fn more_than_a_thousand_are_not_counted(t: TestSystem) {
        assert!(service::demo::seed(&t, 1_010, 7, |_| {}).await.unwrap());
        let manager = person(&t, Role::QualityManager).await;
        let view = keep(&t, &manager, "All", json!({})).await;
        choose(&t, &manager, &view, Some("daily")).await;
        wait(&t, TimeDelta::hours(24));
        assert_eq!(tell_all(&t).await, 1);
        assert_eq!(mails(&t, &Catcher::default()).await, [mail(&manager, "DMT: All (1000+)")]);
    }
}
