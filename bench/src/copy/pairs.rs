//! `dmt copy` from database to database.

use std::str::FromStr;

use clap::ValueEnum;

use super::figures::Figures;
use super::host::Hosts;
use super::moves;
use crate::Failure;
use crate::database::Engine;

/// From which database into which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) from: Engine,
    pub(super) to: Engine,
}

/// The names of a source and of a target.
const SOURCE: &str = "dmt_bench_source";
const TARGET: &str = "dmt_bench_target";

impl Pair {
    /// Those that are measured unless others are asked for; pgloader's is measured with it.
    pub(super) const USUAL: [Self; 3] = [
        Self::of(Engine::Sqlite, Engine::Mariadb),
        Self::of(Engine::Sqlite, Engine::Mysql),
        Self::of(Engine::Postgres, Engine::Sqlite),
    ];

    /// The one that memory is proved on.
    pub(super) const PROOF: Self = Self::of(Engine::Sqlite, Engine::Postgres);

    const fn of(from: Engine, to: Engine) -> Self {
        Self { from, to }
    }

    /// All twelve.
    pub(super) fn all() -> Vec<Self> {
        let pairs = Engine::ALL
            .iter()
            .flat_map(|from| Engine::ALL.iter().map(|to| Self::of(*from, *to)));
        pairs.filter(|pair| pair.from != pair.to).collect()
    }
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text
            .split_once(':')
            .ok_or("a pair is FROM:TO, such as sqlite:mariadb")?;
        let pair = Self::of(Engine::from_str(from, true)?, Engine::from_str(to, true)?);
        if pair.from == pair.to {
            return Err("a pair is of two databases".to_owned());
        }
        Ok(pair)
    }
}

/// Copies each pair once. A source that is no SQLite file is first filled from that.
pub(super) async fn run(
    file: &str,
    pairs: &[Pair],
    hosts: &mut Hosts,
    figures: &mut Figures,
) -> Result<(), Failure> {
    for from in Engine::ALL {
        let targets: Vec<Engine> = pairs
            .iter()
            .filter(|pair| pair.from == from)
            .map(|pair| pair.to)
            .collect();
        if targets.is_empty() {
            continue;
        }
        let filled = match from {
            Engine::Sqlite => None,
            _ => {
                let source = hosts.fresh(from, SOURCE).await?;
                moves::copy(file, &source.url).await?;
                Some(source)
            }
        };
        let source = filled.as_ref().map_or(file, |source| source.url.as_str());
        for to in targets {
            let target = hosts.fresh(to, TARGET).await?;
            let copied = moves::copy(source, &target.url).await?;
            hosts.forget(target).await?;
            figures.add(format!("copy {} → {}", from.name(), to.name()), copied);
        }
        if let Some(source) = filled {
            hosts.forget(source).await?;
        }
    }
    Ok(())
}
