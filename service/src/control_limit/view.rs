//! Frozen limits as they are shown, with what they refer to and the figures that they come to.

use std::collections::{BTreeSet, HashMap};

use entity::control_limit;
use sea_orm::ConnectionTrait;

use super::base;
use super::forms::ControlLimitView;
use crate::chart::limits::Base;
use crate::error::{Error, Result};
use crate::inspection::view::{known, parts, people, work_centers};
use crate::reference::{PartRef, PersonRef, WorkCenterRef};
use crate::value::Instant;
use crate::words::{LimitStatus, Subgroup};

/// Frozen limits as they are shown.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    row: control_limit::Model,
) -> Result<ControlLimitView> {
    let shown = Shown::of(db, std::slice::from_ref(&row)).await?;
    shown.view(row)
}

/// What frozen limits are shown with.
pub(super) struct Shown {
    parts: HashMap<i64, PartRef>,
    work_centers: HashMap<i64, WorkCenterRef>,
    people: HashMap<i64, PersonRef>,
}

impl Shown {
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        rows: &[control_limit::Model],
    ) -> Result<Self> {
        let ids = |of: fn(&control_limit::Model) -> Option<i64>| -> BTreeSet<i64> {
            rows.iter().filter_map(of).collect()
        };
        let mut people = ids(|row| Some(row.created_by));
        people.extend(ids(|row| row.approved_by));
        people.extend(ids(|row| row.retired_by));
        Ok(Self {
            parts: parts(db, ids(|row| row.part_id)).await?,
            work_centers: work_centers(db, ids(|row| row.work_center_id)).await?,
            people: self::people(db, people).await?,
        })
    }

    pub(super) fn view(&self, row: control_limit::Model) -> Result<ControlLimitView> {
        let base = base(&row)?;
        let person = |id: Option<i64>| id.map(|id| known(&self.people, id, "user")).transpose();
        let part = row.part_id.map(|id| known(&self.parts, id, "part"));
        let place = row.work_center_id;
        let place = place.map(|id| known(&self.work_centers, id, "work center"));
        let view = ControlLimitView {
            id: row.id,
            guid: row.guid,
            name: row.name,
            chart: base.chart,
            subgroup: Subgroup::stored(&row.subgroup)?,
            part: part.transpose()?,
            work_center: place.transpose()?,
            from: row.from_day.to_string(),
            to: row.to_day.to_string(),
            excluded: numbers(row.excluded.as_deref())?,
            points: base.points,
            units: base.units,
            count: base.count,
            sample_size: None,
            center: 0.0,
            lcl: None,
            ucl: None,
            status: LimitStatus::stored(&row.status)?,
            created_by: known(&self.people, row.created_by, "user")?,
            approved_by: person(row.approved_by)?,
            approved_at: row.approved_at.as_ref().map(Instant::show),
            retired_by: person(row.retired_by)?,
            retired_at: row.retired_at.as_ref().map(Instant::show),
            retire_reason: row.retire_reason,
            version: row.version,
            created_at: Instant::show(&row.created_at),
            updated_at: Instant::show(&row.updated_at),
        };
        Ok(figured(view))
    }
}

/// The view with its figures, which follow from its whole numbers. An answer that was kept for an Idempotency-Key has
/// been text meanwhile, and reading a float again may move its last digit.
pub(super) fn figured(view: ControlLimitView) -> ControlLimitView {
    let base = Base {
        chart: view.chart,
        points: view.points,
        units: view.units,
        count: view.count,
    };
    let is_fixed = base.chart.for_varying_sizes().is_some();
    let size = is_fixed.then(|| base.sample_size());
    let limits = size.map(|size| base.limits(size));
    ControlLimitView {
        sample_size: size,
        center: base.center(),
        lcl: limits.map(|limits| limits.lcl),
        ucl: limits.map(|limits| limits.ucl),
        ..view
    }
}

/// The numbers of points, as they are stored.
pub(super) fn stored(numbers: &BTreeSet<i64>) -> Option<String> {
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Some(texts.join(",")).filter(|text| !text.is_empty())
}

fn numbers(stored: Option<&str>) -> Result<Vec<i64>> {
    let texts = stored.into_iter().flat_map(|text| text.split(','));
    texts
        .map(|text| text.parse().map_err(Error::internal))
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_stored() {
        for all in [vec![], vec![15], vec![15, 23, 1000]] {
            let kept = stored(&all.iter().copied().collect());
            assert_eq!(numbers(kept.as_deref()).unwrap(), all);
        }
        assert!(numbers(Some("15;23")).is_err());
    }
}
