//! The board: what it shows, and what moves on it.

use service::defects;
use service::role::Role;
use service::words::Status;
use testkit::each_db;

use crate::client::Site;

each_db! {
    async fn the_board_shows_what_is_where_and_where_it_may_go(site: Site) {
        let record = site.system.bring_to(Status::Analysis).await.item;
        let viewer = site.sign_in(Role::Viewer).await.get("/board").await;
        assert_eq!(viewer.status, 200);
        assert!(viewer.says(&record.tag_number) && viewer.says("href=\"/defects?status=analysis&#38;sort=-updated_at\""), "{}", viewer.text);
        assert!(!viewer.says("/board/move") && !viewer.says("board.js"), "{}", viewer.text);
        for (role, moves) in [
            (Role::TechEngineer, "reported:start_analysis"),
            (Role::QualityEngineer, "reported:start_analysis disposition:return_to_analysis:reason"),
        ] {
            let board = site.sign_in(role).await.get("/board").await;
            assert!(board.says(&format!("data-status=\"analysis\" data-moves=\"{moves}\"")), "{}", board.text);
            assert!(board.says("data-status=\"closed\" data-moves=\"\""), "signed in the record");
        }
    }

    async fn a_card_moves_once_nothing_is_missing(site: Site) {
        let record = site.system.bring_to(Status::Analysis).await.item;
        let (id, seen) = (record.id.to_string(), record.version.to_string());
        let engineer = site.sign_in(Role::TechEngineer).await;
        let form = |key, version| [("_key", key), ("id", id.as_str()), ("action", "submit_analysis"), ("_version", version)];
        let early = engineer.submit("/board", "/board/move", &form("k1", &seen)).await;
        assert_eq!(early.status, 422);
        for text in ["Process analysis: must be written first", &format!("{} was not moved", record.tag_number), &format!("href=\"/defects/{id}\"")] {
            assert!(early.says(text), "{text}: {}", early.text);
        }
        site.system.make_ready(record.id).await;
        let stale = engineer.submit("/board", "/board/move", &form("k2", &seen)).await;
        assert!(stale.status == 412 && stale.says("Somebody has changed this in the meantime"), "{}", stale.text);
        let viewer = site.system.member(Role::Viewer).await;
        let now = defects::show(&site.system, &viewer, record.id).await.unwrap().item.version.to_string();
        let moved = engineer.submit("/board", "/board/move", &form("k3", &now)).await;
        assert_eq!((moved.status, moved.location()), (303, "/board?done=board-moved"), "{}", moved.text);
        assert!(engineer.get("/board?done=board-moved").await.says("The record has moved."));
        let after = defects::show(&site.system, &viewer, record.id).await.unwrap();
        assert_eq!(after.item.status, Status::Disposition);
    }

    async fn a_reason_is_asked_where_one_is_due(site: Site) {
        let record = site.system.bring_to(Status::Disposition).await.item;
        let (id, seen) = (record.id.to_string(), record.version.to_string());
        let quality = site.sign_in(Role::QualityEngineer).await;
        let form = |key, reason| [("_key", key), ("id", id.as_str()), ("action", "return_to_analysis"), ("_version", seen.as_str()), ("reason", reason)];
        let silent = quality.submit("/board", "/board/move", &form("k1", "")).await;
        assert!(silent.status == 422 && silent.says("Reason: say why"), "{}", silent.text);
        let late = [("_key", "k0"), ("id", id.as_str()), ("action", "return_to_analysis"), ("_version", "1"), ("reason", "Look <again>")];
        let stale = quality.submit("/board", "/board/move", &late).await;
        assert!(stale.says("Look &#60;again&#62;</textarea>"), "what was typed is not lost: {}", stale.text);
        let page = quality.get(&format!("/defects/{id}/transitions/return_to_analysis?reason=Look+again")).await;
        assert!(page.status == 200 && page.says("Look again</textarea>"), "{}", page.text);
        let inspector = site.sign_in(Role::Inspector).await;
        let forbidden = inspector.submit("/board", "/board/move", &form("k2", "Because")).await;
        assert!(forbidden.status == 403 && forbidden.says("was not moved"), "{}", forbidden.text);
        assert_eq!(quality.post("/board/move", &form("k3", "Because")).await.status, 403, "without a proof");
        assert_eq!(quality.submit("/board", "/board/move", &form("k4", "Look again")).await.status, 303);
        let nowhere = [("_key", "k5"), ("id", "999999"), ("action", "void")];
        assert_eq!(quality.submit("/board", "/board/move", &nowhere).await.status, 404);
    }
}
