//! Where a report's sums come from: the summaries, where they know what is asked for, and the records otherwise.
//!
//! The summaries know all records together, and those of some parts, work centers or suppliers where sums are kept by
//! them. Every other filter is asked of the records, which the period bounds.

use std::collections::BTreeMap;

use sea_orm::DatabaseConnection;
use sea_orm::sea_query::Condition;

use crate::actor::Actor;
use crate::asked;
use crate::defects::DefectFilter;
use crate::defects::filter::conditions;
use crate::error::Result;
use crate::input::Draft;
use crate::summary::direct::{self, Asked, By, Line};
use crate::summary::read::{self, Span, Wanted};
use crate::summary::{self, Dimension, Sums, Topic, days};
use crate::system::System;
use crate::value::{Chosen, Id};

/// Sums of the records that a filter lets through.
pub(super) struct Source<'a> {
    pub(super) system: &'a System,
    pub(super) wanted: Condition,
    scope: Scope,
    /// Whether there are summaries to read.
    is_live: bool,
}

/// What of the records is asked for, as the summaries see it.
enum Scope {
    All,
    /// Those of some ids of one dimension.
    Of(Dimension, Vec<i64>),
    /// What they know nothing of.
    Other,
}

impl<'a> Source<'a> {
    /// Of a filter.
    pub(super) async fn of(
        system: &'a System,
        actor: &Actor,
        filter: &DefectFilter,
    ) -> Result<Self> {
        let db = system.db.reader();
        Ok(Self {
            system,
            wanted: conditions(system, actor, db, filter).await?,
            scope: scope(filter)?,
            is_live: summary::is_live(db).await?,
        })
    }

    /// Whether all records are asked for.
    pub(super) fn is_of_all(&self) -> bool {
        matches!(self.scope, Scope::All)
    }

    pub(super) fn db(&self) -> &'a DatabaseConnection {
        self.system.db.reader()
    }

    /// Under which dimension the summaries have what is asked for, if they do.
    fn kept(&self, topic: Topic, dimension: Dimension, by_day: bool) -> Option<Dimension> {
        let under = match &self.scope {
            Scope::All => dimension,
            Scope::Of(of, _) if dimension == Dimension::All || dimension == *of => *of,
            Scope::Of(..) | Scope::Other => return None,
        };
        let is_kept =
            self.is_live && topic.dimensions().contains(&under) && (!by_day || under.is_by_day());
        is_kept.then_some(under)
    }

    /// Whether the summaries have what is asked for; then its span may be of any length.
    pub(super) fn is_kept(&self, topic: Topic, dimension: Dimension) -> bool {
        self.kept(topic, dimension, false).is_some()
    }

    /// The sums of a span by id and word.
    pub(super) async fn sums(
        &self,
        topic: Topic,
        dimension: Dimension,
        span: Span,
    ) -> Result<BTreeMap<(i64, String), Sums>> {
        let lines = self.lines(topic, dimension, span, false).await?;
        let mut sums: BTreeMap<_, Sums> = BTreeMap::new();
        for line in lines {
            *sums.entry((line.id, line.word)).or_default() += line.sums;
        }
        sums.retain(|_, sums| !sums.is_nothing());
        Ok(sums)
    }

    /// The sums of each day of a span, for all records together.
    pub(super) async fn by_day(&self, topic: Topic, span: Span) -> Result<Vec<Line>> {
        self.lines(topic, Dimension::All, span, true).await
    }

    async fn lines(
        &self,
        topic: Topic,
        dimension: Dimension,
        span: Span,
        by_day: bool,
    ) -> Result<Vec<Line>> {
        let asked = self.asked(topic, By::Dimension(dimension), Some(span), by_day);
        let Some(under) = self.kept(topic, dimension, by_day) else {
            return self.of_records(&asked).await;
        };
        let ids = match &self.scope {
            Scope::Of(_, ids) => Some(ids.as_slice()),
            Scope::All | Scope::Other => None,
        };
        let wanted = Wanted {
            asked,
            dimension: under,
            ids,
            span,
        };
        if let Some(select) = read::statement(self.system.db.engine().family(), &wanted) {
            asked::note(self.db(), &select);
        }
        let Some(mut lines) = read::sums(self.db(), &wanted).await? else {
            return self.of_records(&wanted.asked).await;
        };
        if under != dimension {
            lines.iter_mut().for_each(|line| line.id = 0);
        }
        Ok(lines)
    }

    /// What is asked of the records.
    pub(super) fn asked(
        &self,
        topic: Topic,
        by: By,
        span: Option<Span>,
        by_day: bool,
    ) -> Asked<'_> {
        Asked {
            settings: &self.system.settings,
            now: self.system.clock.now(),
            topic,
            by,
            by_day,
            span: span.map(|span| days::span(&self.system.settings, span)),
            wanted: &self.wanted,
        }
    }

    /// Asks the records.
    pub(super) async fn of_records(&self, asked: &Asked<'_>) -> Result<Vec<Line>> {
        for select in direct::statements(self.system.db.engine().family(), asked) {
            asked::note(self.db(), &select);
        }
        direct::sums(self.db(), asked).await
    }
}

/// What of the records a filter asks for, as the summaries see it.
fn scope(filter: &DefectFilter) -> Result<Scope> {
    let nothing = Draft::<DefectFilter>::pairs(&[]);
    let nothing = nothing.check()?.identity();
    if filter.identity() == nothing {
        return Ok(Scope::All);
    }
    let mut rest = filter.clone();
    let named = [
        (Dimension::Part, ids(rest.part_id.take())),
        (Dimension::WorkCenter, ids(rest.work_center_id.take())),
        (Dimension::Supplier, ids(rest.supplier_id.take())),
    ];
    if rest.identity() != nothing {
        return Ok(Scope::Other);
    }
    // One of them, and as ids alone: not all but some, nor what is empty.
    let mut named = named
        .into_iter()
        .filter_map(|(dimension, ids)| Some((dimension, ids?)));
    match (named.next(), named.next()) {
        (Some((dimension, Some(ids))), None) => Ok(Scope::Of(dimension, ids)),
        _ => Ok(Scope::Other),
    }
}

/// What a filter says of ids: whether it says anything, and the ids where it says nothing else.
fn ids<const EMPTY: bool>(chosen: Option<Chosen<Id, EMPTY>>) -> Option<Option<Vec<i64>>> {
    chosen.map(|chosen| {
        let ids = chosen.only()?;
        Some(ids.iter().map(|id| id.0).collect())
    })
}
