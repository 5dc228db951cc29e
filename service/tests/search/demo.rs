//! One demo, the same findings on every database: all of them share one snapshot. `bench answers` asks for the same in a
//! system of 20,000 records.

use serde_json::{Map, Value as Json, json};
use service::role::Role;
use service::{Error, defects, demo};
use testkit::{TestSystem, each_db};

use crate::body;

/// Some words find records by their numbers, which are made of ids, and these differ where others had the tables before.
const BY_TEXTS: [&str; 3] = ["en", "es", "zh"];

each_db! {
    async fn every_search_finds_the_same_on_every_database(t: TestSystem) {
        demo::seed(&t, 400, 7, |_| {}).await.unwrap();
        let viewer = t.member(Role::Viewer).await;
        let searches: Map<String, Json> = serde_json::from_str(include_str!("../../../testdata/searches.json")).unwrap();
        let mut told = String::new();
        for language in BY_TEXTS {
            for text in searches[language].as_array().unwrap() {
                let query = json!({"q": text, "limit": 5, "count": "exact"});
                told.push_str(&format!("{language} {text}: "));
                match defects::list(&t, &viewer, &body(query)).await {
                    Ok(page) => {
                        told.push_str(&format!("{}\n", page.total.unwrap()));
                        for item in &page.items {
                            told.push_str(&format!("    {} {}\n", item.reported_at, item.title));
                        }
                    }
                    Err(Error::Invalid(errors)) => told.push_str(&format!("{}\n", errors[0].code)),
                    Err(error) => panic!("{text}: {error:?}"),
                }
            }
        }
        assert!(told.lines().count() > 250, "most of them find something: {told}");
        insta::assert_snapshot!("searches_of_the_demo", told);
    }
}
