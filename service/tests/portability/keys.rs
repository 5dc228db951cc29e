//! Keys refuse the same rows, and say so in a way that is understood alike.

use db::Error;
use entity::{app_user, defect, part, partner, user_role};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use service::role::Role;
use testkit::{TestDatabase, TestSystem, defect as tag, each_db};

use super::{a_part, a_partner, add};

/// Different codes, however much they look alike.
const CODES: [&str; 10] = [
    "A",
    "a",
    "A ",
    " A",
    "Ａ",
    "Ä",
    "A\u{308}",
    "ß",
    "ss",
    "\u{1d400}",
];

async fn name_external(
    t: &TestSystem,
    id: i64,
    system: Option<&str>,
    external_id: Option<&str>,
) -> Result<(), Error> {
    let row = defect::Entity::find_by_id(id)
        .one(t.db.reader())
        .await?
        .unwrap();
    let mut row = row.into_active_model();
    row.external_system = Set(system.map(str::to_owned));
    row.external_id = Set(external_id.map(str::to_owned));
    t.db.write(move |tx| {
        let row = row.clone();
        Box::pin(async move {
            row.update(tx).await?;
            Ok(())
        })
    })
    .await
}

each_db! {
    async fn a_unique_key_tells_case_blanks_and_accents_apart(t: TestDatabase) {
        for code in CODES {
            add(&t.db, a_partner(code)).await.unwrap();
        }
        for code in CODES {
            let twice = add(&t.db, a_partner(code)).await;
            assert!(matches!(twice, Err(Error::Unique(_))), "{code:?}: {twice:?}");
        }
        assert_eq!(partner::Entity::find().count(t.db.reader()).await.unwrap(), 10);
    }

    async fn a_unique_key_of_two_columns_refuses_the_pair_alone(t: TestDatabase) {
        let revision = |number: &str, revision: &str| part::ActiveModel { revision: Set(revision.to_owned()), ..a_part(number) };
        add(&t.db, revision("P", "A")).await.unwrap();
        add(&t.db, revision("P", "B")).await.unwrap();
        add(&t.db, revision("Q", "A")).await.unwrap();
        let twice = add(&t.db, revision("P", "A")).await;
        let Err(Error::Unique(key)) = twice else { panic!("{twice:?}") };
        let names = ["uq_part_revision", "part.uq_part_revision", "part.part_number, part.revision"];
        assert!(names.contains(&key.as_str()), "{key}");
    }

    async fn a_pair_with_an_absent_part_is_never_a_duplicate(t: TestSystem) {
        let reporter = t.user(Role::Inspector).await;
        let (first, second) = (t.report(&reporter, tag()).await.item.id, t.report(&reporter, tag()).await.item.id);
        for (system, external_id) in [(None, None), (Some("SAP"), None), (None, Some("1"))] {
            name_external(&t, first, system, external_id).await.unwrap();
            name_external(&t, second, system, external_id).await.unwrap();
        }
        name_external(&t, first, Some("SAP"), Some("1")).await.unwrap();
        let twice = name_external(&t, second, Some("SAP"), Some("1")).await;
        assert!(matches!(twice, Err(Error::Unique(_))), "{twice:?}");
    }

    async fn a_reference_to_nothing_is_refused(t: TestDatabase) {
        let row = user_role::ActiveModel { user_id: Set(4711), role: Set("viewer".to_owned()) };
        let refused = add(&t.db, row).await;
        let Err(Error::ForeignKey(key)) = refused else { panic!("{refused:?}") };
        assert!(matches!(key.as_deref(), None | Some("fk_user_role_user_id")), "{key:?}");
    }

    async fn what_is_referred_to_cannot_be_deleted(t: TestSystem) {
        let user = t.user(Role::Viewer).await.id.unwrap();
        let refused = t
            .db
            .write(move |tx| {
                Box::pin(async move {
                    app_user::Entity::delete_by_id(user).exec(tx).await?;
                    Ok(())
                })
            })
            .await;
        assert!(matches!(refused, Err(Error::ForeignKey(_))), "{refused:?}");
        assert!(app_user::Entity::find_by_id(user).one(t.db.reader()).await.unwrap().is_some());
    }

    async fn after_explicit_ids_the_counting_goes_on_behind_them(t: TestDatabase) {
        let before = add(&t.db, a_part("before")).await.unwrap().id;
        let explicit = before + 500_000;
        let family = t.engine.family();
        t.db.write::<(), Error, _>(move |tx| {
            Box::pin(async move {
                part::ActiveModel { id: Set(explicit), ..a_part("explicit") }.insert(tx).await?;
                if let Some(statement) = db::dialect::reset_sequence(family, "part") {
                    sea_orm::ConnectionTrait::execute_unprepared(tx, &statement).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
        assert_eq!(add(&t.db, a_part("after")).await.unwrap().id, explicit + 1);
    }

    async fn an_upsert_that_changes_nothing_is_no_error(t: TestDatabase) {
        let kept = add(&t.db, a_partner("A")).await.unwrap();
        for again in ["Partner", "Partner", "Renamed"] {
            t.db.write::<(), Error, _>(move |tx| {
                Box::pin(async move {
                    let row = partner::ActiveModel { name: Set(again.to_owned()), ..a_partner("A") };
                    let on_conflict = sea_orm::sea_query::OnConflict::column(partner::Column::Code)
                        .update_column(partner::Column::Name)
                        .to_owned();
                    partner::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        }
        let rows = partner::Entity::find().all(t.db.reader()).await.unwrap();
        assert_eq!(rows, [partner::Model { name: "Renamed".to_owned(), ..kept }]);
    }

    async fn an_insert_that_finds_its_row_there_already_is_no_error(t: TestDatabase) {
        let kept = add(&t.db, a_partner("A")).await.unwrap();
        t.db.write::<(), Error, _>(|tx| {
            Box::pin(async move {
                let row = partner::ActiveModel { name: Set("Other".to_owned()), ..a_partner("A") };
                let on_conflict = sea_orm::sea_query::OnConflict::column(partner::Column::Code)
                    .do_nothing_on([partner::Column::Id])
                    .to_owned();
                partner::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
        assert_eq!(partner::Entity::find().all(t.db.reader()).await.unwrap(), [kept]);
    }
}
