//! What the records of the demo plant stand on: its people and lists, written in one transaction with the mark that
//! makes the system a demo. They are added by the service's own functions, as of the plant's first day.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use entity::{
    app_user, code_value, corrective_action, defect, due_rule as due_table, part as part_table,
    partner as partner_table, work_center as wc_table,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::DAYS;
use super::codes::{AREAS, BRANCHES, FAILURES, Plain, Texts};
use super::plant::{
    CONCESSION, DUE_RULES, PARTNERS, PARTS, PEOPLE, Person, WORK_CENTERS, password,
};
use super::progress::Progress;
use super::samples;
use crate::actor::Actor;
use crate::approval_rule;
use crate::code::{self, NewCode, NewLabels};
use crate::concession::{self, NewConcession};
use crate::due_rule::{self, NewDueRule};
use crate::error::{Error, Result};
use crate::part::{self, Designation, NewPart};
use crate::partner::{self, NewPartner};
use crate::role::Role;
use crate::setting::{self, Settings};
use crate::setup;
use crate::summary;
use crate::system::{System, Unit};
use crate::user::{self, Newcomer};
use crate::value::{Amount, Code, Day, Int, Quantity, Text, Value, show_scaled};
use crate::words::{CodeList, Language};
use crate::work_center::{self, NewWorkCenter};

/// The ids of what was written, each list in the order of its table in [`super::plant`] or [`super::codes`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ground {
    pub(super) people: Vec<i64>,
    pub(super) parts: Vec<i64>,
    pub(super) work_centers: Vec<i64>,
    pub(super) partners: Vec<i64>,
    pub(super) failures: Vec<i64>,
    /// By code; in an order, because the mark of a demo that is being made is compared as text.
    pub(super) causes: BTreeMap<String, i64>,
}

struct Input {
    wanted: (u64, u64),
    /// Of each of [`PEOPLE`] the name to sign in with, and the hash of the password.
    sign_ins: Vec<(String, String)>,
}

/// Writes them where the system is empty but for whoever asks; gives the demo that begins or was interrupted, none where
/// it is finished.
///
/// # Errors
/// [`Error::SetUp`] where it holds other data, or an unfinished demo that is not the `wanted` one (records and seed).
pub(super) async fn lay(
    system: &System,
    by: &Actor,
    wanted: (u64, u64),
) -> Result<Option<Progress>> {
    // Before passwords are hashed, which costs; asked again under the lock.
    if let Some(progress) = begun(system.db.reader(), by).await? {
        return as_wanted(progress, wanted);
    }
    let mut sign_ins = Vec::new();
    for username in usernames(system.db.reader(), by).await? {
        let hash = system.hashing.hash(&password(&username)).await?;
        sign_ins.push((username, hash));
    }
    let input = Input { wanted, sign_ins };
    let progress = system
        .change(by, None, input, |unit, input| Box::pin(lay_in(unit, input)))
        .await?;
    as_wanted(progress, wanted)
}

/// What the people are called. Who is here already keeps his name, and who would have had it is called otherwise.
async fn usernames(conn: &impl ConnectionTrait, by: &Actor) -> Result<Vec<String>> {
    let here = match by.id {
        Some(id) => app_user::Entity::find_by_id(id).one(conn).await?,
        None => None,
    };
    let taken = here.map(|row| row.username_key);
    let name = |person: &Person| match taken.as_deref() {
        Some(taken) if taken == person.username => format!("demo-{taken}"),
        _ => person.username.to_owned(),
    };
    Ok(PEOPLE.iter().map(name).collect())
}

fn as_wanted(progress: Option<Progress>, wanted: (u64, u64)) -> Result<Option<Progress>> {
    if let Some(unfinished) = &progress {
        unfinished.require(wanted)?;
    }
    Ok(progress)
}

/// How a system stands to demo data.
pub(super) enum State {
    /// It has nothing but whoever asks.
    Empty,
    /// How far it has come; none where it is finished.
    Demo(Option<Progress>),
    /// It has data of its own.
    Taken,
}

pub(super) async fn state(conn: &impl ConnectionTrait, by: &Actor) -> Result<State> {
    if let Some(mark) = setting::demo_mark(conn).await? {
        return Ok(State::Demo(Progress::read(&mark)?));
    }
    let mut others = app_user::Entity::find();
    if let Some(id) = by.id {
        others = others.filter(app_user::Column::Id.ne(id));
    }
    // Causes do not count: every system begins with some.
    let lists = Condition::all().add(code_value::Column::ListName.ne(CodeList::Cause.word()));
    let rows = others.count(conn).await?
        + part_table::Entity::find().count(conn).await?
        + wc_table::Entity::find().count(conn).await?
        + partner_table::Entity::find().count(conn).await?
        + due_table::Entity::find().count(conn).await?
        + code_value::Entity::find().filter(lists).count(conn).await?
        + corrective_action::Entity::find().count(conn).await?
        + defect::Entity::find().count(conn).await?;
    Ok(if rows == 0 {
        State::Empty
    } else {
        State::Taken
    })
}

/// The demo that is there, finished or not; none where the system is empty.
///
/// # Errors
/// [`Error::SetUp`] where it holds other data.
pub(super) async fn begun(
    conn: &impl ConnectionTrait,
    by: &Actor,
) -> Result<Option<Option<Progress>>> {
    match state(conn, by).await? {
        State::Empty => Ok(None),
        State::Demo(progress) => Ok(Some(progress)),
        State::Taken => {
            let text = "the system holds data of its own; demo data is for an empty one (set DATABASE_URL to a new database)";
            Err(Error::SetUp(text.to_owned()))
        }
    }
}

async fn lay_in(unit: Unit<'_>, input: Arc<Input>) -> Result<Option<Progress>> {
    setting::lock(unit.tx).await?;
    if let Some(progress) = begun(unit.tx, &unit.actor).await? {
        return Ok(progress);
    }
    let now = unit.now;
    let unit = Unit {
        now: now - TimeDelta::days(DAYS.into()),
        ..unit
    };
    let people = add_people(&unit, &input.sign_ins).await?;
    let unit = Unit {
        actor: actor(&people, Role::Admin),
        ..unit
    };
    setup::seed_causes_in(unit.clone()).await?;
    approval_rule::defaults::seed_in(unit.clone()).await?;
    add_plain(&unit, CodeList::Area, AREAS).await?;
    let ground = Ground {
        failures: add_failures(&unit).await?,
        causes: causes(unit.tx).await?,
        parts: add_parts(&unit).await?,
        work_centers: add_work_centers(&unit).await?,
        partners: add_partners(&unit).await?,
        people,
    };
    add_due_rules(&unit).await?;
    add_concession(&unit, &ground).await?;
    samples::add(&unit, &ground, input.wanted, now).await?;
    let progress = Progress::begin(input.wanted, now, ground);
    // What is told next is not told to the summaries one by one.
    summary::forget(unit.tx).await?;
    setting::mark_demo(unit.tx, progress.mark()?).await?;
    Ok(Some(progress))
}

/// Whether the people of the demo are all that there are.
pub(super) async fn is_alone(conn: &impl ConnectionTrait) -> Result<bool> {
    Ok(app_user::Entity::find().count(conn).await? == PEOPLE.len() as u64)
}

async fn add_people(unit: &Unit<'_>, sign_ins: &[(String, String)]) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for (person, (username, password_hash)) in PEOPLE.iter().zip(sign_ins) {
        let newcomer = Newcomer {
            email: None,
            username: username.clone(),
            display_name: person.display_name.to_owned(),
            roles: [person.role].into_iter().collect(),
            locale: Language::English,
            password_hash: password_hash.clone(),
        };
        ids.push(user::insert(unit, &newcomer).await?.id);
    }
    Ok(ids)
}

/// Whoever has the role.
pub(super) fn actor(people: &[i64], role: Role) -> Actor {
    let person = PEOPLE
        .iter()
        .zip(people)
        .find(|(person, _)| person.role == role);
    Actor {
        id: person.map(|(_, id)| *id),
        name: person
            .map_or("", |(person, _)| person.display_name)
            .to_owned(),
        roles: [role].into_iter().collect(),
        ..Actor::command_line()
    }
}

async fn add_plain(unit: &Unit<'_>, list: CodeList, codes: &[Plain]) -> Result<()> {
    for (sort, plain) in (10..).step_by(10).zip(codes) {
        add_code(unit, list, plain.code, None, sort, &plain.labels).await?;
    }
    Ok(())
}

async fn add_failures(unit: &Unit<'_>) -> Result<Vec<i64>> {
    add_plain(unit, CodeList::FailureCode, BRANCHES).await?;
    let mut ids = Vec::new();
    for (sort, failure) in (100..).step_by(10).zip(FAILURES) {
        let branch = Some(failure.branch);
        ids.push(
            add_code(
                unit,
                CodeList::FailureCode,
                failure.code,
                branch,
                sort,
                &failure.labels,
            )
            .await?,
        );
    }
    Ok(ids)
}

async fn add_code(
    unit: &Unit<'_>,
    list: CodeList,
    code: &str,
    parent: Option<&str>,
    sort: i64,
    [en, es, zh]: &Texts,
) -> Result<i64> {
    let label = |text: &str| Some(Text(text.to_owned()));
    let new = NewCode {
        code: Code(code.to_owned()),
        parent: parent.map(|parent| Code(parent.to_owned())),
        sort: Some(Int(sort)),
        labels: NewLabels {
            en: label(en),
            es: label(es),
            zh: label(zh),
        },
        is_active: None,
    };
    Ok(code::create_in(unit.clone(), Arc::new((list, new)))
        .await?
        .id)
}

async fn causes(conn: &impl ConnectionTrait) -> Result<BTreeMap<String, i64>> {
    let rows = code_value::Entity::find()
        .filter(code_value::Column::ListName.eq(CodeList::Cause.word()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.id)).collect())
}

async fn add_parts(unit: &Unit<'_>) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for part in PARTS {
        let digits = unit.system.settings.currency.digits;
        let cost = show_scaled(
            in_minor_units(&unit.system.settings, part.cost),
            digits,
            false,
        );
        let new = NewPart {
            number: Designation(part.number.to_owned()),
            revision: Designation(part.revision.to_owned()),
            name: Text(part.name.to_owned()),
            unit_cost: Amount::from_text(&cost).ok(),
            design_owner_id: None,
            is_active: None,
        };
        ids.push(part::create_in(unit.clone(), Arc::new(new)).await?.id);
    }
    Ok(ids)
}

/// Hundredths in the currency's minor units, never nothing.
pub(super) fn in_minor_units(settings: &Settings, hundredths: i64) -> i64 {
    let scaled = hundredths * 10_i64.pow(settings.currency.digits) / 100;
    scaled.max(1)
}

async fn add_work_centers(unit: &Unit<'_>) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for work_center in WORK_CENTERS {
        let new = NewWorkCenter {
            code: Code(work_center.code.to_owned()),
            name: Text(work_center.name.to_owned()),
            area: Some(Code(work_center.area.to_owned())),
            is_active: None,
        };
        ids.push(
            work_center::create_in(unit.clone(), Arc::new(new))
                .await?
                .id,
        );
    }
    Ok(ids)
}

async fn add_partners(unit: &Unit<'_>) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for partner in PARTNERS {
        let new = NewPartner {
            code: Code(partner.code.to_owned()),
            name: Text(partner.name.to_owned()),
            is_customer: Some(partner.is_customer),
            is_supplier: Some(partner.is_supplier),
            is_active: None,
        };
        ids.push(partner::create_in(unit.clone(), Arc::new(new)).await?.id);
    }
    Ok(ids)
}

async fn add_due_rules(unit: &Unit<'_>) -> Result<()> {
    for (severity, milestone, days) in DUE_RULES {
        let new = NewDueRule {
            code: Code(format!("{severity}-{milestone}").to_uppercase()),
            severity: *severity,
            milestone: *milestone,
            days: Int(*days),
            is_active: None,
        };
        due_rule::create_in(unit.clone(), Arc::new(new)).await?;
    }
    Ok(())
}

/// One that holds for a year from the plant's last day.
async fn add_concession(unit: &Unit<'_>, ground: &Ground) -> Result<()> {
    let (number, reference, pieces) = CONCESSION;
    let ends = unit.now + TimeDelta::days(i64::from(DAYS) + 365);
    let new = NewConcession {
        number: Designation(number.to_owned()),
        customer_id: Int(ground.partners[0]),
        reference: Some(Text(reference.to_owned())),
        part_id: None,
        max_quantity: Quantity(pieces * 1_000),
        valid_until: Day(unit.system.settings.day(&ends)),
        is_active: None,
    };
    concession::create_in(unit.clone(), Arc::new(new)).await?;
    Ok(())
}
