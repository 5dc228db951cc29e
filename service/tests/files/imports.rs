//! Files that come in.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use service::idempotency::Idempotency;
use service::role::Role;
use service::words::CodeList;
use service::{Draft, Error, System, audit, code, import, part};
use testkit::{Engine, TestSystem, each_db};

use crate::{admin, counts, csv, how, told};

async fn parts(system: &System) -> Vec<String> {
    let all = Draft::json(&json!({"limit": 200}));
    let page = part::list(system, &admin(), &all).await.unwrap();
    let shown = page.items.into_iter().map(|part| {
        let cost = part.unit_cost.flatten().unwrap_or_default();
        format!(
            "{} {} {} {cost} v{}",
            part.number, part.revision, part.name, part.version
        )
    });
    shown.collect()
}

async fn history(system: &System, entity: &str) -> u64 {
    let column = entity::audit_event::Column::Entity;
    let rows = entity::audit_event::Entity::find().filter(column.eq(entity));
    rows.count(system.db.reader()).await.unwrap()
}

const THREE: &str =
    "number;revision;name;unit_cost\nPN-1;A;Bolt;2.5\nPN-1;B;Bolt M8;\n'-7;A;Nut;0.01\n";

each_db! {
    async fn parts_come_from_a_file_with_the_history_of_single_ones(t: TestSystem) {
        let dry = import::parts(&t, &admin(), &how("dry_run"), csv(THREE), None).await;
        assert!(dry.as_ref().unwrap().dry_run);
        assert_eq!(counts(dry), "3 0 0");
        assert_eq!((parts(&t).await.len(), history(&t, "part").await), (0, 0), "a dry run leaves nothing");
        let done = import::parts(&t, &admin(), &how(""), csv(THREE), None).await;
        assert_eq!(counts(done), "3 0 0");
        let expected = ["-7 A Nut 0.01 v1", "PN-1 A Bolt 2.50 v1", "PN-1 B Bolt M8  v1"];
        assert_eq!(parts(&t).await, expected);
        assert_eq!(history(&t, "part").await, 3);
        assert_eq!(audit::verify(&t, |_| ()).await.unwrap().findings, []);
    }

    async fn what_is_there_is_changed_only_where_that_is_asked_for(t: TestSystem) {
        import::parts(&t, &admin(), &how(""), csv(THREE), None).await.unwrap();
        let file = "number,revision,name,unit_cost\nPN-1,A,Screw,\nPN-1,B,Bolt M8,\nPN-2,A,New,1\n";
        let (told, errors) = told(import::parts(&t, &admin(), &how(""), csv(file), None).await);
        assert_eq!(told, "refused");
        assert_eq!(errors, ["rows[2].number duplicate", "rows[3].number duplicate"]);
        assert_eq!(parts(&t).await.len(), 3, "all or nothing");
        let done = import::parts(&t, &admin(), &how("upsert"), csv(file), None).await;
        assert_eq!(counts(done), "1 1 1");
        let expected = ["-7 A Nut 0.01 v1", "PN-1 A Screw 2.50 v2", "PN-1 B Bolt M8  v1", "PN-2 A New 1.00 v1"];
        assert_eq!(parts(&t).await, expected, "an empty cell leaves what is there");
    }

    async fn everything_that_is_wrong_is_told_at_once_and_nothing_is_done(t: TestSystem) {
        let file = "number,revision,name,unit_cost,is_active\n\
                    PN-1,A,Good,1,true\n\
                    ,A,No number,,\n\
                    PN-2,A,Cost,1.234,\n\
                    PN-3,A,Flag,1,maybe\n\
                    PN-1,A,Twin,1,\n\
                    PN-4, A,Blank,-1,\n";
        let expected = [
            "3 number required", "4 unit_cost too_precise", "5 is_active type", "6 number duplicate",
            "7 revision format", "7 unit_cost range",
        ];
        let (counts, errors) = told(import::parts(&t, &admin(), &how("dry_run"), csv(file), None).await);
        assert_eq!((counts.as_str(), errors), ("1 0 0", expected.map(str::to_owned).to_vec()));
        let (refused, errors) = told(import::parts(&t, &admin(), &how(""), csv(file), None).await);
        assert_eq!((refused.as_str(), errors.len()), ("refused", 6));
        assert_eq!(errors[0], "rows[3].number required");
        assert!(parts(&t).await.is_empty());
    }

    async fn codes_come_with_their_tree_and_labels(t: TestSystem) {
        let list = "failure_code";
        let file = "code,parent,sort,labels.en,labels.zh\n\
                    CRACK-HOT,CRACK,2,Hot crack,热裂纹\nCRACK,,1,Crack,\nLONE,NOWHERE,,Lone,\nNAKED,,,,\n";
        let (counts_, errors) = told(import::codes(&t, &admin(), list, &how("dry_run"), csv(file), None).await);
        assert_eq!((counts_.as_str(), errors), ("2 0 0", vec!["4 parent reference".to_owned(), "5 labels required".to_owned()]));
        let file = "code,parent,sort,labels.en,labels.zh\nCRACK-HOT,CRACK,2,Hot crack,热裂纹\nCRACK,,1,Crack,\n";
        assert_eq!(counts(import::codes(&t, &admin(), list, &how(""), csv(file), None).await), "2 0 0");
        let page = code::list(&t, &admin(), list, &Draft::json(&json!({}))).await.unwrap();
        let shown: Vec<_> = page.items.iter().map(|code| (code.code.as_str(), code.parent.as_deref(), code.labels.zh.as_deref())).collect();
        assert_eq!(shown, [("CRACK", None, None), ("CRACK-HOT", Some("CRACK"), Some("热裂纹"))]);
        let file = "code,labels.es\nCRACK,Grieta\nCRACK-HOT,\n";
        assert_eq!(counts(import::codes(&t, &admin(), list, &how("upsert"), csv(file), None).await), "0 1 1");
        let again = import::codes(&t, &admin(), "colours", &how(""), csv(file), None).await;
        assert!(matches!(again, Err(Error::NotFound(_))));
        assert_eq!(audit::verify(&t, |_| ()).await.unwrap().findings, []);
        let ring = "code,parent,labels.en\nA,B,a\nB,A,b\n";
        let (_, errors) = told(import::codes(&t, &admin(), list, &how(""), csv(ring), None).await);
        assert_eq!(errors, ["rows[2].parent reference", "rows[3].parent reference"]);
    }

    /// A branch has ten codes at most, so a deep list is many such branches; a wide one is a single parent's. Of a
    /// server, to which each statement is a way of its own, fewer are asked.
    async fn a_list_of_thousands_of_codes_is_imported_with_its_tree(t: TestSystem) {
        let (branches, leaves) = if t.engine == Engine::Sqlite { (250, 2_499) } else { (25, 249) };
        let mut file = String::from("code,parent,labels.en\n");
        for branch in 0..branches {
            for depth in (1..10).rev() {
                file.push_str(&format!("D-{branch}-{depth},D-{branch}-{},deep\n", depth - 1));
            }
            file.push_str(&format!("D-{branch}-0,,deep\n"));
        }
        for leaf in 0..leaves {
            file.push_str(&format!("W-{leaf},WIDE,wide\n"));
        }
        file.push_str("WIDE,,wide\n");
        assert_eq!(counts(import::codes(&t, &admin(), "cause", &how(""), csv(&file), None).await), format!("{} 0 0", branches * 10 + leaves + 1));
        let below = |parent: &str| {
            let query = Draft::json(&json!({"parent": parent, "count": "exact", "limit": 1}));
            let t = &t;
            async move { code::list(t, &admin(), "cause", &query).await.unwrap().total }
        };
        assert_eq!((below("WIDE").await, below("D-7-8").await, below("D-7-9").await), (Some(leaves), Some(1), Some(0)));
        let moves = "code,parent\nWIDE,D-0-8\nD-1-0,D-0-0\nW-1,D-0-9\n";
        let (_, errors) = told(import::codes(&t, &admin(), "cause", &how("upsert"), csv(moves), None).await);
        assert_eq!(errors, ["rows[2].parent too_deep", "rows[3].parent too_deep", "rows[4].parent too_deep"]);
        let moves = "code,parent\nWIDE,D-0-7\nW-1,D-0-8\n";
        assert_eq!(counts(import::codes(&t, &admin(), "cause", &how("upsert"), csv(moves), None).await), "0 2 0");
        assert_eq!((below("WIDE").await, below("D-0-7").await), (Some(leaves - 1), Some(2)));
    }

    async fn work_centers_and_partners_come_from_files(t: TestSystem) {
        let hall = Draft::json(&json!({"code": "HALL-1", "labels": {"en": "Hall 1"}}));
        code::create(&t, &admin(), CodeList::Area.word(), &hall, None).await.unwrap();
        let file = "code,name,area\nWC-1,Drilling,HALL-1\nWC-2,Milling,\n";
        assert_eq!(counts(import::work_centers(&t, &admin(), &how(""), csv(file), None).await), "2 0 0");
        let file = "code,name,area\nWC-2,Milling,HALL-1\nWC-3,Saw,HALL-9\n";
        let (_, errors) = told(import::work_centers(&t, &admin(), &how("upsert dry_run"), csv(file), None).await);
        assert_eq!(errors, ["3 area reference"]);
        let file = "code,name,is_supplier,is_customer\nP-1,Foundry,TRUE,\nP-2,Neither,,false\n";
        let (_, errors) = told(import::partners(&t, &admin(), &how(""), csv(file), None).await);
        assert_eq!(errors, ["rows[3].is_customer required", "rows[3].is_supplier required"]);
        let file = "code,name,is_supplier\nP-1,Foundry,TRUE\n";
        assert_eq!(counts(import::partners(&t, &admin(), &how(""), csv(file), None).await), "1 0 0");
    }

    async fn only_who_may_add_one_may_import_many(t: TestSystem) {
        for role in Role::ALL {
            let actor = t.member(*role).await;
            let manages = matches!(role, Role::Admin | Role::QualityManager);
            let report = import::parts(&t, &actor, &how("dry_run"), csv(THREE), None).await;
            assert_eq!(told(report).0 == "forbidden", !manages, "{role}");
        }
        let server = t.another_server(|options| options.read_only = true);
        assert_eq!(told(import::parts(&server, &admin(), &how(""), csv(THREE), None).await).0, "read-only");
        assert!(parts(&t).await.is_empty());
    }

    async fn an_import_with_a_key_is_done_once(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let key = Idempotency::new("import-1", &[THREE.as_bytes()]).unwrap();
        for _ in 0..2 {
            let report = import::parts(&t, &manager, &how(""), csv(THREE), Some(&key)).await;
            assert_eq!(counts(report), "3 0 0");
        }
        assert_eq!(history(&t, "part").await, 3);
    }
}
