//! What the server stands on: versions, the database and its size, the latest copy, the settings of the first start, and
//! what the doctor finds.

use actix_web::{get, web};
use askama::Template;
use migration::{MigrationError, State};
use service::doctor::{self, Level, Premises};
use service::{Error, System, setting};

use super::{Area, administration};
use crate::answer::Reply;
use crate::web::page::{Page, show};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_system);
}

fn area() -> &'static Area {
    Area::named("system")
}

#[derive(Template)]
#[template(path = "admin/system.html")]
struct SystemPage {
    page: Page,
    trail: Vec<(String, String)>,
    title: String,
    /// What it is and has: name and value.
    facts: Vec<(String, String)>,
    findings: Vec<FindingRow>,
}

/// Something that the doctor has looked at.
struct FindingRow {
    /// How bad it is, as style sheets name it.
    tag: &'static str,
    level: String,
    what: String,
    /// In English, as the command line says it.
    found: String,
    advice: String,
}

/// Shows what the server stands on.
#[get("/admin/system")]
async fn show_system(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let premises = doctor::premises(&visit.system, &visit.actor).await?;
    let schema = schema(&page, &visit.system).await?;
    let is_demo = setting::is_demo(&visit.system.db).await?;
    show(&SystemPage {
        trail: vec![administration(&page)],
        title: area().title(&page),
        facts: facts(&page, &visit.system, &premises, schema, is_demo),
        findings: findings(&page, &premises),
        page,
    })
}

/// The last step of the schema that was applied, and what is missing.
async fn schema(page: &Page, system: &System) -> Result<String, Error> {
    let db = &system.db;
    let steps = migration::status(db).await.map_err(failed)?;
    let last = steps.into_iter().rfind(|(_, is_applied)| *is_applied);
    let last = last.map(|(name, _)| name).unwrap_or_default();
    Ok(match migration::state(db).await.map_err(failed)? {
        State::Current => last,
        State::Behind { pending, .. } => {
            format!("{last} ({})", page.n("admin-schema-behind", pending.len()))
        }
        State::Newer { .. } => format!("{last} ({})", page.t("admin-schema-newer")),
    })
}

fn failed(error: MigrationError) -> Error {
    match error {
        MigrationError::Database(error) => error.into(),
        other => Error::internal(other),
    }
}

fn facts(
    page: &Page,
    system: &System,
    premises: &Premises,
    schema: String,
    is_demo: bool,
) -> Vec<(String, String)> {
    let settings = &system.settings;
    let yes = |yes: bool| page.t(if yes { "yes" } else { "no" });
    let backup = match &premises.backup {
        Some(backup) => format!("{} ({})", page.minute(&backup.at), backup.name),
        None => page.t("admin-backup-unknown"),
    };
    vec![
        (
            page.t("admin-version"),
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
        (page.t("admin-database"), premises.database.clone()),
        (page.t("admin-place"), premises.place.clone()),
        (page.t("admin-schema"), schema),
        (page.t("admin-size"), size(premises.bytes)),
        (page.t("admin-backup"), backup),
        (page.t("admin-files"), system.files.place().to_string()),
        (page.t("admin-currency"), settings.currency.code.clone()),
        (page.t("admin-tag-prefix"), settings.tag_prefix.clone()),
        (page.field("time_zone"), settings.time_zone.to_string()),
        (page.t("admin-read-only-server"), yes(system.read_only)),
        (page.t("admin-demo"), yes(is_demo)),
    ]
}

/// `1.5 MB`: with one digit behind the point, in powers of a thousand, as disks are sold.
fn size(bytes: i64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000.0 {
            let digits = usize::from(unit != "B");
            return format!("{size:.digits$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

fn findings(page: &Page, premises: &Premises) -> Vec<FindingRow> {
    let row = |finding: &doctor::Finding| {
        let (word, tag) = match finding.level {
            Level::Ok => ("ok", "good"),
            Level::Warn => ("warn", "warn"),
            Level::Fail => ("fail", "bad"),
        };
        FindingRow {
            tag,
            level: page.word("admin-level", word),
            what: page.word("admin-doctor", &finding.what.replace(' ', "-")),
            found: finding.found.clone(),
            advice: finding.advice.clone().unwrap_or_default(),
        }
    };
    premises.findings.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_told_in_the_unit_that_fits() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(size(2_000_000_000_000), "2.0 TB");
    }
}
