//! Writes the entities: the schema as Rust types, generated and never edited.
//!
//! The schema is taken from a temporary SQLite file, because SQLite needs no server and reads back every type that
//! we use as it was declared; a test repeats it on PostgreSQL and compares. MariaDB would lose bool.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use db::{DatabaseUrl, Db, PoolOptions};

/// What is no table of ours: SeaORM's list of migrations, and SQLite's index of words with all that it keeps in tables.
const IGNORED: &str =
    "seaql_migrations,defect_words,defect_words_config,defect_words_data,defect_words_idx";

/// What any step of the generation may fail with.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Migrates a temporary SQLite file and writes its entities to `folder`.
pub async fn entities_from_sqlite(folder: &Path) -> Result<(), Failure> {
    let temporary = tempfile::tempdir()?;
    let url: DatabaseUrl =
        format!("sqlite:///{}", temporary.path().join("schema.db").display()).parse()?;
    let db = Db::connect(&url, &PoolOptions::default()).await?;
    migration::up(&db, Duration::from_secs(60)).await?;
    db.close().await;
    entities_from(&url, folder).await
}

/// Writes the entities of a migrated database to `folder`, and removes those of tables that are gone.
pub async fn entities_from(url: &DatabaseUrl, folder: &Path) -> Result<(), Failure> {
    let fresh = tempfile::tempdir()?;
    generate(url, fresh.path()).await?;
    std::fs::create_dir_all(folder)?;
    for stale in std::fs::read_dir(folder)? {
        let stale = stale?;
        let is_made = fresh.path().join(stale.file_name()).exists();
        if stale
            .path()
            .extension()
            .is_some_and(|extension| extension == "rs")
            && !is_made
        {
            std::fs::remove_file(stale.path())?;
        }
    }
    // What is as it was is not touched, so that nothing is built again for it.
    for made in std::fs::read_dir(fresh.path())? {
        let made = made?;
        let (text, place) = (std::fs::read(made.path())?, folder.join(made.file_name()));
        if std::fs::read(&place).ok().as_ref() != Some(&text) {
            std::fs::write(place, text)?;
        }
    }
    Ok(())
}

async fn generate(url: &DatabaseUrl, folder: &Path) -> Result<(), Failure> {
    let cli = sea_orm_cli::Cli::try_parse_from([
        "sea-orm-cli",
        "generate",
        "entity",
        "--entity-format",
        "dense",
        "--with-serde",
        "none",
        "--banner-version",
        "off",
        "--lib",
        "--ignore-tables",
        IGNORED,
        "--database-url",
        &url.expose(),
        "--output-dir",
        &folder.to_string_lossy(),
    ])?;
    let sea_orm_cli::Commands::Generate { command } = cli.command else {
        return Err("sea-orm-cli understood another command".into());
    };
    sea_orm_cli::run_generate_command(command, false)
        .await
        .map_err(|error| error.to_string())?;
    Ok(())
}
