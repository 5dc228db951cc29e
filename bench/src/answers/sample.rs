//! What there is to ask for: a record with much on it, the days of the reports, lines that are inspected.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::Failure;
use crate::client::Api;

/// What questions name.
pub(super) struct Sample {
    /// Of the newest two hundred the record with the most.
    record: Json,
    /// The number of a record in another system.
    pub(super) external: Option<String>,
    /// The first day of the reports, and the last.
    pub(super) days: [String; 2],
    /// Parts and work centers of which there are inspections.
    pub(super) lines: BTreeSet<(i64, i64)>,
}

impl Sample {
    /// Looks for it.
    pub(super) async fn of(api: &Api) -> Result<Self, Failure> {
        let (page, _) = api.read("/defects?limit=200&failure_code=any").await?;
        let records = page["items"].as_array().cloned().unwrap_or_default();
        let mut external = records.iter().map(|record| &record["external_id"]);
        let external = external.find_map(Json::as_str).map(str::to_owned);
        let inspections = api.rows("/inspections").await?;
        Ok(Self {
            external,
            record: records
                .into_iter()
                .max_by_key(filled)
                .ok_or("there is no record of a failure code")?,
            days: [
                day(api, "reported_at").await?,
                day(api, "-reported_at").await?,
            ],
            lines: inspections.iter().filter_map(line).collect(),
        })
    }

    /// What the record says, or what something that it refers to has there.
    pub(super) fn value(&self, path: &[&str]) -> Option<String> {
        let mut names = path.iter();
        match names.try_fold(&self.record, |json, name| json.get(name))? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// How much stands on a record.
fn filled(record: &Json) -> usize {
    let fields = record.as_object().into_iter().flatten();
    fields.filter(|(_, value)| !value.is_null()).count()
}

/// The day of the first report in an order.
async fn day(api: &Api, sort: &str) -> Result<String, Failure> {
    let (page, _) = api.read(&format!("/defects?limit=1&sort={sort}")).await?;
    let at = page["items"][0]["reported_at"].as_str();
    let day = at.and_then(|at| at.get(..10));
    Ok(day.ok_or("there is no report")?.to_owned())
}

/// The part and the work center of an inspection.
fn line(inspection: &Json) -> Option<(i64, i64)> {
    let id = |name: &str| inspection[name]["id"].as_i64();
    Some((id("part")?, id("work_center")?))
}
