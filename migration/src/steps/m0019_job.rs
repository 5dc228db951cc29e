//! Long work that a request begins and a server goes on with, and how far it has come; every server of the database
//! sees it. One that runs holds its `slot`; whoever runs it renews its lease.

use crate::table::Table;

pub(super) const NAME: &str = "m0019_job";

pub(super) fn table() -> Table {
    Table::new("job", "job")
        .id()
        .code("kind", 30)
        .code("status", 10)
        .code("slot", 30)
        .nullable()
        .code("holder", 64)
        .nullable()
        .code("stage", 20)
        .nullable()
        .code("place", 30)
        .nullable()
        .big("done")
        .big("total")
        .long_text("input")
        .long_text("result")
        .nullable()
        .long_text("error")
        .nullable()
        .reference("created_by", "app_user")
        .instant("created_at")
        .instant("updated_at")
        .instant("lease_until")
        .instant("finished_at")
        .nullable()
        .unique(&["slot"])
        .index("created_at", &["created_at"])
}
