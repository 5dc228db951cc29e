//! SQLite into PostgreSQL: `dmt copy` and pgloader in turn, on the same file and the same server.

use super::figures::{Figures, thousands};
use super::host::Hosts;
use super::moves;
use super::pgloader;
use crate::Failure;
use crate::database::Engine;

/// The target's name.
const NAME: &str = "dmt_bench_copy";

/// Runs the rounds; who begins changes with each.
pub(super) async fn run(
    source: &str,
    rounds: u32,
    hosts: &mut Hosts,
    figures: &mut Figures,
) -> Result<(), Failure> {
    pgloader::require().await?;
    for round in 0..rounds {
        let is_last = round + 1 == rounds;
        for dmt_is_next in [round % 2 == 0, round % 2 == 1] {
            let target = hosts.fresh(Engine::Postgres, NAME).await?;
            if dmt_is_next {
                let copied = moves::copy(source, &target.url).await?;
                let (rows, rate) = (copied.rows as f64, copied.rate);
                println!("dmt: {} rows, {} rows/s", thousands(rows), thousands(rate));
                figures.dmt.push(copied);
            } else {
                let loaded = pgloader::load(source, &target.url, hosts.folder()).await?;
                let (rows, rate) = (loaded.rows as f64, loaded.rate);
                println!(
                    "pgloader: {} rows, {} rows/s",
                    thousands(rows),
                    thousands(rate)
                );
                figures.pgloader.push(loaded);
                if is_last {
                    moves::require_same(source, &target.url).await?;
                    println!("what pgloader has copied is the same: verified by dmt");
                }
            }
            hosts.forget(target).await?;
        }
    }
    figures.require_same_rows()
}
