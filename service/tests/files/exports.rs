//! Files that go out.

use futures_util::TryStreamExt;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects::{cost, export};
use service::role::Role;
use service::sheet::{self, Column, Format};
use service::version::IfMatch;
use service::{Draft, Error};
use testkit::{TestSystem, defect, each_db};

async fn exported(t: &TestSystem, actor: &Actor, query: Json) -> Vec<u8> {
    let export = export::begin(t, actor, &Draft::json(&query)).await.unwrap();
    let chunks: Vec<Vec<u8>> = export.into_stream().try_collect().await.unwrap();
    chunks.concat()
}

/// The rows of a CSV file without quotes.
async fn rows(t: &TestSystem, actor: &Actor, query: Json) -> Vec<Vec<String>> {
    let text = String::from_utf8(exported(t, actor, query).await).unwrap();
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().map(cells).collect()
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let place = rows[0].iter().position(|heading| heading == name);
    let place = place.unwrap_or_else(|| panic!("no {name} in {:?}", rows[0]));
    rows[1..].iter().map(|row| row[place].clone()).collect()
}

each_db! {
    async fn every_page_of_the_list_is_in_the_file_once_in_order(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let mut tags = Vec::new();
        for number in 0..205 {
            let mut tag = defect();
            if number % 2 == 0 {
                tag = tag.major();
            }
            tags.push(t.report(&inspector, tag).await.item.tag_number);
        }
        let all = rows(&t, &inspector, json!({"sort": "tag_number"})).await;
        assert_eq!(column(&all, "tag_number"), tags);
        let newest = rows(&t, &inspector, json!({})).await;
        let reversed: Vec<_> = tags.iter().rev().cloned().collect();
        assert_eq!(column(&newest, "tag_number"), reversed);
        let major = rows(&t, &inspector, json!({"sort": "tag_number", "severity": ["major"]})).await;
        let even: Vec<_> = tags.iter().step_by(2).cloned().collect();
        assert_eq!(column(&major, "tag_number"), even);
    }

    async fn cost_is_no_column_for_those_who_do_not_see_it(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let id = t.report(&inspector, defect()).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let new = Draft::json(&json!({"kind": "freight", "amount": "12.50"}));
        cost::add(&t, &engineer, id, &IfMatch::Missing, &new, None).await.unwrap();
        for role in Role::ALL {
            let actor = t.member(*role).await;
            let file = rows(&t, &actor, json!({})).await;
            if matches!(role, Role::Inspector | Role::Operator | Role::Viewer) {
                assert!(!file[0].iter().any(|name| name.contains("cost")), "{role}: {:?}", file[0]);
                assert!(!file[1].contains(&"12.50".to_owned()));
            } else {
                assert_eq!(column(&file, "cost_total"), ["12.50"], "{role}");
            }
        }
    }

    async fn what_people_wrote_is_no_formula_and_no_row_of_its_own(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let text = "=HYPERLINK(\"http://evil\"),\r\n\"x\";🙂";
        t.report(&inspector, defect().with("title", "+1").with("description", text)).await;
        let csv = String::from_utf8(exported(&t, &inspector, json!({})).await).unwrap();
        assert!(csv.contains(",'+1,"), "{csv}");
        assert!(csv.contains(",\"'=HYPERLINK(\"\"http://evil\"\"),\r\n\"\"x\"\";🙂\","), "{csv}");
        let xlsx = exported(&t, &inspector, json!({"format": "xlsx"})).await;
        let known = Column::all::<service::defects::NewDefect>();
        let unknown = sheet::read(Format::Xlsx, &xlsx, &known, &[]);
        assert!(matches!(unknown, Err(Error::Invalid(_))), "it is a workbook, with other columns");
    }

    async fn long_texts_are_whole_in_csv(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let long = "界".repeat(200_000);
        for _ in 0..5 {
            t.report(&inspector, defect().with("description", long.as_str())).await;
        }
        let csv = String::from_utf8(exported(&t, &inspector, json!({})).await).unwrap();
        assert_eq!(csv.matches(&long).count(), 5);
        assert_eq!(csv.lines().count(), 6);
        let xlsx = exported(&t, &inspector, json!({"format": "xlsx"})).await;
        assert!(xlsx.starts_with(b"PK"));
    }

    async fn a_bad_filter_is_refused_before_anything_is_sent(t: TestSystem) {
        let viewer = t.member(Role::Viewer).await;
        for bad in [json!({"limit": 5}), json!({"format": "ods"}), json!({"sort": "-updated_at"}), json!({"status": ["lost"]})] {
            let begun = export::begin(&t, &viewer, &Draft::json(&bad)).await;
            assert!(matches!(begun, Err(Error::Invalid(_))), "{bad}");
        }
        assert_eq!(rows(&t, &viewer, json!({})).await.len(), 1, "the headings of nothing");
    }
}
