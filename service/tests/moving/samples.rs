//! Inspections and frozen limits come along into another system, each once, and go on there.

use serde_json::json;
use service::chart;
use service::inspection::{self, InspectionView};
use service::role::Role;
use service::version::IfMatch;
use service::{Draft, audit, control_limit};
use testkit::{TestSystem, each_db};

use super::export;
use super::merge::{REAL, elsewhere, figures, merge, sound};

const ANY: IfMatch = IfMatch::Any;

/// Two inspections of a new part, the second with a defect or without, and approved limits.
async fn inspected(t: &TestSystem, has_defect: bool) -> InspectionView {
    let (part, place) = (t.part().await.id, t.work_center().await.id);
    let (inspector, manager) = (
        t.member(Role::Inspector).await,
        t.member(Role::QualityManager).await,
    );
    let new = |hour: i64, defect: serde_json::Value| {
        Draft::json(
            &json!({"part_id": part, "work_center_id": place, "inspected_at": format!("2026-11-19T{hour:02}:00:00Z"),
            "sample_size": 50, "defective_units": hour, "defect": defect}),
        )
    };
    let first = inspection::create(t, &inspector, &new(8, json!(null)), None)
        .await
        .unwrap();
    let tag = has_defect.then(|| json!({"title": "Burr", "description": "At the edge."}));
    inspection::create(t, &inspector, &new(9, json!(tag)), None)
        .await
        .unwrap();
    let limits = Draft::json(&json!({"chart": "p", "part_id": part}));
    let limits = control_limit::create(t, &manager, &limits, None)
        .await
        .unwrap();
    control_limit::approve(t, &manager, limits.id, &ANY, None)
        .await
        .unwrap();
    first
}

each_db! {
    async fn inspections_and_limits_are_merged_once_and_go_on(t: TestSystem) {
        // So that ids are not the same by chance; tags are, and so there are none here.
        inspected(&t, false).await;
        inspected(&t, false).await;
        let viewer = t.member(Role::Viewer).await;
        let folder = tempfile::tempdir().unwrap();
        let (before, after) = (folder.path().join("before.dmt.zip"), folder.path().join("after.dmt.zip"));
        let archives = (before.clone(), after.clone());
        elsewhere(move |other, system| async move {
            // Other names than here.
            for _ in 0..100 {
                other.number();
            }
            let first = inspected(&other, true).await;
            export(&system.db, &archives.0).await;
            let manager = other.member(Role::QualityManager).await;
            let why = Draft::json(&json!({"reason": "Another part."}));
            inspection::void(&other, &manager, first.id, &ANY, &why, None).await.unwrap();
            export(&system.db, &archives.1).await;
        })
        .await;
        let merged = merge(&t.db, &before, REAL).await.unwrap();
        assert_eq!((merged.refused, &merged.refusals), (0, &Vec::new()));
        for (table, rows) in [("inspection", 2), ("control_limit", 1), ("defect", 1)] {
            assert_eq!(figures(&merged, table), (rows, 0, 0, 0), "{table}");
        }
        sound(&t).await;
        assert_eq!(figures(&merge(&t.db, &before, REAL).await.unwrap(), "inspection"), (0, 0, 2, 0));
        let merged = merge(&t.db, &after, REAL).await.unwrap();
        assert_eq!(figures(&merged, "inspection"), (0, 1, 1, 0));
        sound(&t).await;
        assert_eq!(audit::verify(&t, |_| {}).await.unwrap().findings, []);

        let all = Draft::json(&json!({"sort": "inspected_at"}));
        let all = inspection::list(&t, &viewer, &all).await.unwrap().items;
        assert_eq!(all.len(), 6);
        let voided: Vec<_> = all.iter().filter(|one| one.voided_at.is_some()).collect();
        assert_eq!(voided.len(), 1);
        assert_eq!(voided[0].void_reason.as_deref(), Some("Another part."));
        // What refers to each other still does.
        let came = all.iter().find(|one| one.part.id == voided[0].part.id && one.defect.is_some()).unwrap();
        let defect = service::defects::show(&t, &viewer, came.defect.as_ref().unwrap().id).await.unwrap();
        assert_eq!(defect.item.part.id, came.part.id);
        // The limits are still those of before, and hold for the part here.
        let limits = control_limit::list(&t, &viewer, &Draft::json(&json!({"part_id": came.part.id}))).await.unwrap();
        assert_eq!((limits.items[0].points, limits.items[0].count), (2, 17));
        let query = Draft::json(&json!({"chart": "p", "part_id": came.part.id, "limits_id": limits.items[0].id}));
        let chart = chart::control_chart(&t, &viewer, &query).await.unwrap();
        assert_eq!((chart.points.len(), chart.center), (1, Some(0.17)));
    }
}
