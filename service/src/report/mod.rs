//! Reports: what the records come to.
//!
//! | report | look in |
//! |---|---|
//! | the few causes of most of it | `pareto` |
//! | what came in, what was closed, what is open | `trend` |
//! | how old what is open is, and how long closing took | `ageing` |
//! | how long records are in each state | `flow` |
//! | what poor quality costs | `copq` |
//! | what comes from each supplier | `suppliers` |
//! | all at a glance | `dashboard` |
//!
//! Each is made of sums (`source`): from the summaries where they know what is asked for, and from the records
//! otherwise, which gives the same. It is answered as JSON, as a table or as a drawing (`render`, `svg`). Void
//! records are in none of them.

mod ageing;
mod copq;
mod dashboard;
mod figures;
mod flow;
mod form;
mod label;
mod pareto;
mod period;
mod render;
mod source;
mod suppliers;
mod svg;
mod trend;

pub use ageing::{Ageing, AgeingQuery, AgeingRow, ageing};
pub use copq::{Copq, CopqBy, CopqGroup, CopqPoint, CopqQuery, Costs, copq};
pub use dashboard::{Dashboard, DashboardQuery, InState, Month, OldestOpen, Top, dashboard};
pub use flow::{Flow, FlowQuery, FlowRow, flow};
pub use form::ReportForm;
pub use pareto::{Bar, Figure, Measure, Pareto, ParetoBy, ParetoQuery, pareto};
pub use period::{Interval, ReportPeriod};
pub use render::{Rendered, Report, Table, render};
pub use suppliers::{SupplierRow, Suppliers, SuppliersQuery, suppliers};
pub use trend::{Trend, TrendPoint, TrendQuery, trend};
