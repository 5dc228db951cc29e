//! Rows survive the steps that do not concern them.

use migration::State;
use testkit::{EmptyDatabase, each_db};

use crate::{WAIT, all_steps, number_of_steps, run, schema::schema, texts, up_by};

// Rows are written as SQL in the words of the step that made their table: entities know the newest schema alone.
pub(crate) const USER: &str = "INSERT INTO app_user (id, username, username_key, display_name, locale, is_active, \
    password_hash, failed_attempts, version, audit_seq, audit_head, created_at, updated_at) \
    VALUES (7, 'Añña', 'añña', '李雷 🔧', 'zh', TRUE, 'x', 0, 1, 1, 'h', '2026-01-01 00:00:00', '2026-01-01 00:00:00')";
const ROLE: &str = "INSERT INTO user_role (user_id, role) VALUES (7, 'inspector')";
const PART: &str = "INSERT INTO part (id, part_number, revision, name, is_active, version, audit_seq, audit_head, \
    created_at, updated_at) VALUES (5, 'PN-1', 'A', 'Flange', TRUE, 1, 1, 'h', '2026-01-01 00:00:00', '2026-01-01 00:00:00')";
const WORK_CENTER: &str = "INSERT INTO work_center (id, code, name, is_active, version, audit_seq, audit_head, \
    created_at, updated_at) VALUES (3, 'WC-1', 'Drill', TRUE, 1, 1, 'h', '2026-01-01 00:00:00', '2026-01-01 00:00:00')";
const DEFECT: &str = "INSERT INTO defect (id, tag_number, status, version, version_seq, audit_seq, audit_head, origin, \
    part_id, work_center_id, title, description, language, quantity_defective, detected_at, reported_at, reported_by, \
    is_contained, created_at, created_by, updated_at, updated_by) VALUES (9, 'DMT-000009', 'reported', 1, 1, 1, 'h', 'final', \
    5, 3, 'Burr', '0.3 mm', 'en', 10000, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 7, \
    FALSE, '2026-01-01 00:00:00', 7, '2026-01-01 00:00:00', 7)";

const USERS: &str = "SELECT display_name FROM app_user";
const TAGS: &str = "SELECT tag_number FROM defect";

fn steps_until(step: &str) -> u32 {
    let place = all_steps()
        .iter()
        .position(|name| name == step)
        .expect("the step");
    u32::try_from(place + 1).unwrap()
}

each_db! {
    async fn an_upgrade_keeps_the_rows(t: EmptyDatabase) {
        let stages: [(&str, &[&str]); 3] =
            [("m0003_user_role", &[USER, ROLE]), ("m0010_work_center", &[PART, WORK_CENTER]), ("m0012_defect", &[DEFECT])];
        let mut done = 0;
        for (step, rows) in stages {
            up_by(&t.db, steps_until(step) - done).await;
            done = steps_until(step);
            run(&t.db, rows).await;
            assert!(matches!(migration::state(&t.db).await.unwrap(), State::Behind { .. }));
        }
        let applied = migration::up(&t.db, WAIT).await.unwrap();
        assert_eq!(applied, all_steps()[usize::try_from(done).unwrap()..]);
        assert_eq!(texts(&t.db, USERS).await, ["李雷 🔧"]);
        assert_eq!(texts(&t.db, "SELECT role FROM user_role").await, ["inspector"]);
        assert_eq!(texts(&t.db, "SELECT part_number FROM part").await, ["PN-1"]);
        assert_eq!(texts(&t.db, TAGS).await, ["DMT-000009"]);
    }

    async fn going_back_drops_the_tables_of_the_steps_and_no_other_rows(t: EmptyDatabase) {
        migration::up(&t.db, WAIT).await.unwrap();
        let before = schema(&t.db).await;
        run(&t.db, &[USER, ROLE, PART, WORK_CENTER, DEFECT]).await;
        let labor = "INSERT INTO labor_entry (id, defect_id, work_date, minutes, activity, created_at, created_by) \
                     VALUES (1, 9, '2026-01-01', 90, 'rework', '2026-01-01 00:00:00', 7)";
        run(&t.db, &[labor]).await;
        migration::down(&t.db, number_of_steps() - steps_until("m0011_partner"), WAIT).await.unwrap();
        assert_eq!(texts(&t.db, USERS).await, ["李雷 🔧"]);
        migration::up(&t.db, WAIT).await.unwrap();
        assert_eq!(schema(&t.db).await, before);
        assert_eq!(texts(&t.db, USERS).await, ["李雷 🔧"]);
        assert!(texts(&t.db, TAGS).await.is_empty());
    }
}
