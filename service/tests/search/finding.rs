//! Which words find which records, in English, Spanish and Chinese.

use serde_json::json;
use service::defects::{self, notes, serials};
use service::error::Error;
use service::role::Role;
use service::words::Status;
use service::{part, search};
use testkit::{Engine, TestSystem, defect, each_db};

use crate::{ANY, assert_in_step, body, found};

/// Five records, and their tags.
struct Plant {
    weld: i64,
    burr: i64,
    grieta: i64,
    zhong: i64,
    pores: i64,
    tag: String,
}

async fn plant(t: &TestSystem) -> Plant {
    let manager = t.member(Role::QualityManager).await;
    let flange = json!({"number": "QX-100", "revision": "B", "name": "Flange"});
    let flange = part::create(t, &t.member(Role::Admin).await, &body(flange), None).await;
    let flange = flange.unwrap().id;
    let weld = defect()
        .with("part_id", flange)
        .with("title", "Weld crack at the flange")
        .with("description", "3 mm long, found by eye.")
        .with("lot_number", "L-2026/07");
    let weld = t.report(&manager, weld).await.item;
    let burr = defect()
        .with("title", "Burr on bore")
        .with(
            "description",
            "Left by the drill. No crack; the weld is far away, and no scrap.",
        )
        .with("work_order", "WO-881");
    let burr = t.report(&manager, burr).await.item.id;
    let grieta = defect().with("title", "Grieta en la soldadura").with(
        "description",
        "Se agrietó después del tratamiento térmico; pestaña dañada.",
    );
    let grieta = t.report(&manager, grieta).await.item.id;
    let zhong = defect()
        .with("title", "焊接裂纹")
        .with("description", "法兰M8螺栓处焊缝出现裂纹，长3毫米。");
    let zhong = t.report(&manager, zhong).await.item.id;
    let pores = defect()
        .with("title", "Porosity")
        .with("description", "a b c; Übermaß, naïve (x-ray)");
    let pores = t.report(&manager, pores).await.item.id;
    serials::add(
        t,
        &manager,
        pores,
        &ANY,
        &body(json!({"serial_number": "SN-0007"})),
        None,
    )
    .await
    .unwrap();
    t.bring(burr, Status::Analysis).await;
    let cause = json!({"root_cause": "Worn cutter", "engineering_findings": "Chatter marks"});
    let engineer = t.member(Role::TechEngineer).await;
    defects::change(t, &engineer, burr, &ANY, &body(cause))
        .await
        .unwrap();
    Plant {
        weld: weld.id,
        burr,
        grieta,
        zhong,
        pores,
        tag: weld.tag_number,
    }
}

each_db! {
    async fn words_find_the_same_records_everywhere(t: TestSystem) {
        let Plant { weld, burr, grieta, zhong, pores, tag } = plant(&t).await;
        for (text, expected) in [
            // The title comes before the long texts.
            ("weld crack", vec![weld, burr]),
            ("CRACK, Weld!", vec![weld, burr]),
            ("weld", vec![weld, burr]),
            ("burr", vec![burr]),
            // Each word has to be there.
            ("weld porosity", vec![]),
            ("weld bore", vec![burr]),
            // Phrases.
            ("\"weld crack\"", vec![weld]),
            ("\"crack weld\"", vec![]),
            ("\"weld cra\"", vec![]),
            ("\"weld cra\"*", vec![weld]),
            ("“weld crack” flange", vec![weld]),
            // No phrase spans two fields: the title ends in flange.
            ("\"flange 3\"", vec![]),
            ("\"3 mm long found by eye\"", vec![weld]),
            // The last word may be unfinished.
            ("cra", vec![weld, burr]),
            ("cra weld", vec![]),
            ("cra* weld", vec![weld, burr]),
            ("\"cra\"", vec![]),
            ("c", vec![weld, pores, burr]),
            // What is left out.
            ("weld -burr", vec![weld]),
            ("weld -\"weld crack\"", vec![burr]),
            ("crack -scra*", vec![weld]),
            ("crack -scra", vec![weld, burr]),
            ("crack -crack", vec![]),
            // Words that are too common or too short for some indexes.
            ("\"the\"", vec![weld, burr]),
            ("the flange", vec![weld]),
            ("\"a\" \"b\" \"c\"", vec![pores]),
            ("\"a b c\"", vec![pores]),
            // Signs within words.
            ("x-ray", vec![pores]),
            ("QX-100", vec![weld]),
            ("qx-10", vec![weld]),
            ("qx100", vec![]),
            ("\"100\" QX", vec![weld]),
            ("L-2026/07", vec![weld]),
            ("WO-881", vec![burr]),
            ("wo881", vec![]),
            ("SN-0007", vec![pores]),
            ("0007", vec![pores]),
            (tag.as_str(), vec![weld]),
            // Texts of the engineers.
            ("worn cutter", vec![burr]),
            ("chatter", vec![burr]),
            // Spanish, with and without accents.
            ("grieta soldadura", vec![grieta]),
            ("SOLDADURA", vec![grieta]),
            ("después del tratamiento", vec![grieta]),
            ("despues termico", vec![grieta]),
            ("pestaña", vec![grieta]),
            ("pestana danada", vec![grieta]),
            ("agrieto", vec![grieta]),
            ("grietas", vec![]),
            // Chinese: words within the text, and a single character.
            ("焊接裂纹", vec![zhong]),
            ("裂纹", vec![zhong]),
            ("焊接", vec![zhong]),
            ("接裂", vec![zhong]),
            ("\"接裂纹\"", vec![zhong]),
            ("裂", vec![zhong]),
            ("纹", vec![zhong]),
            ("焊缝 法兰", vec![zhong]),
            ("M8螺栓", vec![zhong]),
            ("3毫米", vec![zhong]),
            ("裂缝", vec![]),
            ("裂焊", vec![]),
            ("裂纹 -焊缝", vec![]),
            ("钻", vec![]),
            // Letters of other alphabets.
            ("ubermass", vec![pores]),
            ("NAIVE", vec![pores]),
            // Nothing is an operator.
            ("weld OR burr", vec![]),
            ("weld & crack | (flange)", vec![weld]),
            ("we_d", vec![]),
            ("we%", vec![weld, burr]),
            ("' OR 1=1 --", vec![]),
        ] {
            assert_eq!(found(&t, text).await, expected, "{text}");
        }
        assert_in_step(&t).await;
    }

    async fn a_search_without_words_is_refused(t: TestSystem) {
        for (text, code) in [("  ", "blank"), ("?!", "no_word"), ("-weld", "no_word"), (".*", "no_word")] {
            match search::found(&t.db, text, None, 10).await {
                Err(Error::Invalid(errors)) => assert_eq!(errors[0].code, code, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        let long = "weld ".repeat(2_000);
        assert!(matches!(search::found(&t.db, &long, None, 10).await, Err(Error::Invalid(_))));
    }

    async fn notes_are_found_until_they_are_redacted(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect()).await.item.id;
        let text = json!({"body": "**Acme** complained, 客户投诉"});
        let note = notes::add(&t, &manager, record, &ANY, &body(text), None).await.unwrap().item.id;
        let other = json!({"body": "Told the supplier"});
        notes::add(&t, &manager, record, &ANY, &body(other), None).await.unwrap();
        assert_eq!(found(&t, "acme burr").await, [record]);
        assert_eq!(found(&t, "投诉").await, [record]);
        assert_eq!(found(&t, "\"complained told\"").await, [0_i64; 0]);
        let reason = body(json!({"reason": "Names a customer."}));
        notes::redact(&t, &manager, (record, note), &ANY, &reason, None).await.unwrap();
        assert_eq!(found(&t, "acme").await, [0_i64; 0]);
        assert_eq!(found(&t, "supplier").await, [record]);
        assert_in_step(&t).await;
    }

    /// Ninety-nine and one more are read apart.
    async fn many_notes_are_found(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect()).await.item.id;
        for number in 0..101 {
            let text = json!({"body": format!("word{number}x")});
            notes::add(&t, &manager, record, &ANY, &body(text), None).await.unwrap();
        }
        for number in [0, 99, 100] {
            assert_eq!(found(&t, &format!("word{number}x")).await, [record]);
        }
        assert_in_step(&t).await;
    }

    async fn a_long_text_is_searched_as_far_as_its_record_has_room(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        // As many different words as fit into a text, each as long as is kept.
        let words: Vec<String> = (0..2_350).map(|number| format!("{number:05}{}", "y".repeat(76))).collect();
        let record = t.report(&manager, defect().with("description", words.join(" "))).await.item.id;
        for long in ["process_analysis", "engineering_findings", "root_cause"] {
            t.bring(record, Status::Analysis).await;
            let engineer = t.member(Role::TechEngineer).await;
            let text: Vec<String> = words.iter().map(|word| format!("{}{word}", &long[..2])).collect();
            let patch = json!({long: text.join(" ")});
            defects::change(&t, &engineer, record, &ANY, &body(patch)).await.unwrap();
        }
        settled(&t, "00000y").await;
        assert_eq!(found(&t, "00000y").await, [record]);
        assert_eq!(found(&t, "02349y").await, [record]);
        assert_eq!(found(&t, "pr00000y").await, [record]);
        assert_eq!(found(&t, "ro02349y").await, [0_i64; 0], "there is no room for it");
        assert_in_step(&t).await;
    }
}

/// MySQL: while it moves texts of half a megabyte from memory into its index, their words are not found for a moment.
async fn settled(t: &TestSystem, text: &str) {
    for _ in 0..50 {
        if t.engine != Engine::MySql
            || !search::found(&t.db, text, None, 1)
                .await
                .unwrap()
                .is_empty()
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
