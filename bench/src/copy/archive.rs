//! `dmt export` from SQLite into a zip file, and `dmt import` of that.

use super::figures::Figures;
use super::host::Hosts;
use super::moves;
use crate::Failure;
use crate::database::Engine;

/// The target's name.
const NAME: &str = "dmt_bench_import";

/// Exports once, and imports into each database.
pub(super) async fn run(
    source: &str,
    into: &[Engine],
    hosts: &mut Hosts,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let file = hosts.folder().join("archive.zip");
    let exported = moves::export(source, &file).await?;
    figures.add("export sqlite → zip".to_owned(), exported);
    for engine in into {
        let target = hosts.fresh(*engine, NAME).await?;
        let imported = moves::import(&target.url, &file).await?;
        hosts.forget(target).await?;
        figures.add(format!("import zip → {}", engine.name()), imported);
    }
    std::fs::remove_file(file)?;
    Ok(())
}
