//! A value comes back as it went in.

use chrono::NaiveDate;
use entity::{audit_event, labor_entry, part, setting};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use service::role::Role;
use service::value::{Instant, Value};
use testkit::{TestDatabase, TestSystem, defect, each_db};

use super::{a_part, add, at, new_year};

const INSTANTS: [&str; 6] = [
    "1970-01-01T00:00:00.000001Z",
    "2026-11-20T08:14:00.123456Z",
    "2026-11-20T08:14:00.123457Z",
    "2038-01-19T03:14:08.000001Z",
    "2107-02-28T23:59:59.999999Z",
    "9998-12-31T23:59:59.999999Z",
];

/// What breaks text: other scripts, what looks alike, what closes a quotation, what is invisible.
const TEXTS: [&str; 18] = [
    "🔧👩‍🏭",
    "法兰孔毛刺",
    "e\u{301}",
    "é",
    "ﬀ",
    "'",
    "\"; DROP TABLE part; --",
    "`",
    "back\\slash\\n",
    "%_!?:1$1",
    "trailing ",
    "trailing",
    " leading",
    "line\r\nline\n\ttab",
    "\u{1}\u{7f}\u{85}",
    "\u{feff}bom",
    "\u{202e}rtl",
    "\u{10ffff}",
];

fn a_text(entity_id: i64, text: &str) -> audit_event::ActiveModel {
    audit_event::ActiveModel {
        id: NotSet,
        entity: Set("part".to_owned()),
        entity_id: Set(entity_id),
        seq: Set(1),
        field: Set(None),
        old_value: Set(None),
        new_value: Set(Some(text.to_owned())),
        actor: Set(None),
        actor_name: Set(text.chars().take(200).collect()),
        at: Set(new_year()),
        reason: Set(None),
        request_id: Set(None),
        prev_hash: Set(String::new()),
        hash: Set(String::new()),
    }
}

each_db! {
    async fn an_instant_keeps_six_digits_and_its_place_beyond_2038(t: TestDatabase) {
        for (place, text) in INSTANTS.iter().enumerate().rev() {
            let row = part::ActiveModel { updated_at: Set(at(text)), ..a_part(&place.to_string()) };
            add(&t.db, row).await.unwrap();
        }
        let rows = part::Entity::find().order_by_asc(part::Column::UpdatedAt).all(t.db.reader()).await.unwrap();
        let shown: Vec<String> = rows.iter().map(|row| Instant::show(&row.updated_at)).collect();
        assert_eq!(shown, INSTANTS);
        assert!(rows.iter().all(|row| row.updated_at.offset().local_minus_utc() == 0));
        for (place, text) in INSTANTS.iter().enumerate() {
            let later = part::Entity::find().filter(part::Column::UpdatedAt.gt(at(text))).count(t.db.reader());
            assert_eq!(usize::try_from(later.await.unwrap()).unwrap(), INSTANTS.len() - place - 1, "{text}");
            let same = part::Entity::find().filter(part::Column::UpdatedAt.eq(at(text))).count(t.db.reader());
            assert_eq!(same.await.unwrap(), 1, "{text}");
        }
    }

    async fn an_instant_written_at_another_offset_is_the_same_instant(t: TestDatabase) {
        let read = |text: &str| Instant::from_json(&json!(text)).unwrap().0;
        let row = part::ActiveModel { updated_at: Set(read("2026-11-20T04:00:00.5+05:30")), ..a_part("P") };
        add(&t.db, row).await.unwrap();
        let find = || part::Entity::find();
        for same in ["2026-11-19T22:30:00.500000Z", "2026-11-19T14:30:00.5-08:00", "2026-11-20T06:30:00.5+08:00"] {
            let found = find().filter(part::Column::UpdatedAt.eq(read(same))).count(t.db.reader()).await.unwrap();
            assert_eq!(found, 1, "{same}");
        }
        // As text it would be later than what is stored.
        let after = find().filter(part::Column::UpdatedAt.gt(read("2026-11-20T04:00:00.4+05:30")));
        assert_eq!(after.count(t.db.reader()).await.unwrap(), 1);
        let after = find().filter(part::Column::UpdatedAt.gt(read("2026-11-20T06:00:00+05:30")));
        assert_eq!(after.count(t.db.reader()).await.unwrap(), 0);
    }

    async fn text_is_stored_exactly(t: TestDatabase) {
        for (id, text) in (1..).zip(TEXTS) {
            add(&t.db, a_text(id, text)).await.unwrap();
        }
        let events = audit_event::Entity::find().order_by_asc(audit_event::Column::EntityId);
        let events = events.all(t.db.reader()).await.unwrap();
        let long: Vec<&str> = events.iter().filter_map(|event| event.new_value.as_deref()).collect();
        let short: Vec<&str> = events.iter().map(|event| event.actor_name.as_str()).collect();
        assert_eq!(long, TEXTS);
        assert_eq!(short, TEXTS);
    }

    async fn text_equals_itself_and_nothing_that_looks_like_it(t: TestDatabase) {
        let column = [part::Column::PartNumber, part::Column::Name];
        for text in TEXTS {
            add(&t.db, part::ActiveModel { name: Set(text.to_owned()), ..a_part(text) }).await.unwrap();
        }
        for (column, text) in column.into_iter().flat_map(|column| TEXTS.map(|text| (column, text))) {
            let same = part::Entity::find().filter(column.eq(text)).count(t.db.reader()).await.unwrap();
            assert_eq!(same, 1, "{column:?} {text:?}");
        }
        let upper = part::Entity::find().filter(part::Column::Name.eq("TRAILING")).count(t.db.reader()).await.unwrap();
        assert_eq!(upper, 0, "upper and lower case are different letters");
    }

    async fn a_long_text_has_room_for_200_000_characters(t: TestDatabase) {
        let text: String = "界🔧a\\'".chars().cycle().take(200_000).collect();
        let id = add(&t.db, a_text(1, &text)).await.unwrap().id;
        let stored = audit_event::Entity::find_by_id(id).one(t.db.reader()).await.unwrap().unwrap();
        assert!(stored.new_value.is_some_and(|stored| stored == text));
    }

    async fn a_column_has_room_for_its_length_in_characters_of_any_kind(t: TestDatabase) {
        let name = "🔧".repeat(200);
        let stored = add(&t.db, part::ActiveModel { name: Set(name.clone()), ..a_part(&"界".repeat(100)) }).await.unwrap();
        assert_eq!((stored.name, stored.part_number), (name, "界".repeat(100)));
    }

    async fn an_empty_text_is_not_absent(t: TestDatabase) {
        let row = setting::ActiveModel { name: Set("empty".to_owned()), content: Set(String::new()) };
        assert_eq!(add(&t.db, row).await.unwrap().content, "");
        add(&t.db, a_text(1, "")).await.unwrap();
        let absent = audit_event::Entity::find().filter(audit_event::Column::NewValue.is_null());
        assert_eq!(absent.count(t.db.reader()).await.unwrap(), 0);
    }

    async fn yes_and_no_come_back_and_can_be_asked_for(t: TestDatabase) {
        for (number, is_active) in [("yes", true), ("no", false)] {
            let stored = add(&t.db, part::ActiveModel { is_active: Set(is_active), ..a_part(number) }).await.unwrap();
            assert_eq!(stored.is_active, is_active);
            let found = part::Entity::find().filter(part::Column::IsActive.eq(is_active)).all(t.db.reader()).await.unwrap();
            assert_eq!(found, [stored]);
        }
    }

    async fn whole_numbers_have_64_bits(t: TestDatabase) {
        for number in [i64::MIN, -1, 0, 1 << 53 | 1, i64::MAX] {
            let stored = add(&t.db, part::ActiveModel { unit_cost: Set(Some(number)), ..a_part(&number.to_string()) });
            assert_eq!(stored.await.unwrap().unit_cost, Some(number));
        }
    }

    async fn a_day_is_the_same_day_everywhere(t: TestSystem) {
        let operator = t.user(Role::Operator).await;
        let defect = t.report(&operator, defect()).await.item.id;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = ["1999-12-31", "2024-02-29", "2026-11-20", "9999-12-31"].map(day);
        for work_date in days {
            let row = labor_entry::ActiveModel {
                id: NotSet,
                defect_id: Set(defect),
                work_date: Set(work_date),
                minutes: Set(1),
                activity: Set("rework".to_owned()),
                note: Set(None),
                reverses_id: Set(None),
                reason: Set(None),
                created_at: Set(new_year()),
                created_by: Set(operator.id.unwrap()),
                worker_id: Set(None),
                rate: Set(None),
                cost: Set(None),
            };
            assert_eq!(add(&t.db, row).await.unwrap().work_date, work_date);
        }
        let until = labor_entry::Entity::find().filter(labor_entry::Column::WorkDate.lte(day("2026-11-20")));
        assert_eq!(until.count(t.db.reader()).await.unwrap(), 3);
    }
}
