//! SQLite: a folder for each test, with a copy of a migrated file in it.
//!
//! All is below the build's own folder (`target/debug/testkit`), which every test program of a checkout shares.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use db::{DatabaseUrl, Db};
use tempfile::TempDir;

use crate::database::{WAIT, kept_name, options, too_many};
use crate::{Failure, SCHEMA};

const FILE: &str = "dmt.db";
const PREFIX: &str = "test_";
/// What a test that was killed left behind is removed after a day.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// The folder of one test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) async fn take(migrated: bool) -> Result<Self, Failure> {
        let base = base()?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&base)?;
        if migrated {
            copy_template(&base, &folder.path().join(FILE)).await?;
        }
        Ok(Self(folder))
    }

    pub(crate) fn url(&self) -> Result<DatabaseUrl, Failure> {
        url(&self.0.path().join(FILE))
    }

    pub(crate) fn remove(self) -> Result<(), Failure> {
        Ok(self.0.close()?)
    }

    pub(crate) fn keep(self) -> Result<DatabaseUrl, Failure> {
        let base = base()?;
        let folder = self.0.keep();
        let unique = folder.file_name().unwrap_or_default().to_string_lossy();
        let kept = base.join(kept_name(unique.trim_start_matches(PREFIX)));
        fs::rename(&folder, &kept)?;
        for name in too_many(names(&base, "dmt_kept_")?) {
            remove_folder(&base.join(name))?;
        }
        url(&kept.join(FILE))
    }
}

fn base() -> Result<PathBuf, Failure> {
    // target/debug/deps/some_test
    let program = std::env::current_exe()?;
    let build = program
        .ancestors()
        .nth(2)
        .ok_or("the test program lies in no folder")?;
    let base = build.join("testkit");
    fs::create_dir_all(&base)?;
    Ok(base)
}

/// Copies the migrated file of this schema, which is made if it is not there. Under the lock, because a program with
/// another schema removes it.
async fn copy_template(base: &Path, to: &Path) -> Result<(), Failure> {
    let template = base.join(format!("schema_{SCHEMA}.db"));
    {
        let _reading = lock(base, File::lock_shared).await?;
        if template.exists() {
            fs::copy(&template, to)?;
            return Ok(());
        }
    }
    let _making = lock(base, File::lock).await?;
    if !template.exists() {
        make_template(base, &template).await?;
    }
    fs::copy(&template, to)?;
    Ok(())
}

/// The lock of all templates, until the file is closed.
async fn lock(base: &Path, how: fn(&File) -> io::Result<()>) -> Result<File, Failure> {
    let file = File::create(base.join("schema.lock"))?;
    Ok(tokio::task::spawn_blocking(move || how(&file).map(|()| file)).await??)
}

async fn make_template(base: &Path, template: &Path) -> Result<(), Failure> {
    remove_old(base)?;
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(base)?;
    let file = folder.path().join(FILE);
    let db = Db::connect(&url(&file)?, &options(1)).await?;
    migration::up(&db, WAIT).await?;
    // Closing the last connection moves the write-ahead log into the file.
    db.close().await;
    fs::rename(file, template)?;
    Ok(())
}

fn remove_old(base: &Path) -> Result<(), Failure> {
    for name in names(base, "schema_")? {
        fs::remove_file(base.join(name))?;
    }
    for name in names(base, PREFIX)? {
        let folder = base.join(name);
        // It may be gone by now: its test is over.
        let age = fs::metadata(&folder)
            .and_then(|data| data.modified())
            .ok()
            .and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > ABANDONED) {
            remove_folder(&folder)?;
        }
    }
    Ok(())
}

/// Removes a folder that another program may be removing too.
fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn names(base: &Path, prefix: &str) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in fs::read_dir(base)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(prefix) {
            names.push(name);
        }
    }
    Ok(names)
}

fn url(file: &Path) -> Result<DatabaseUrl, Failure> {
    let path = file
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3F");
    Ok(format!("sqlite:///{path}").parse()?)
}
