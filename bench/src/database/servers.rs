//! PostgreSQL and MariaDB from the programs that are installed, each in a folder of its own.
//!
//! Neither runs as root: as root they are started as the accounts that the packages make for them.

use std::fs::{File, create_dir};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{free_port, pid_in};
use crate::Failure;

/// A PostgreSQL of our own.
pub(super) struct Postgres {
    /// Where it listens.
    pub(super) port: u16,
    programs: PathBuf,
    data: PathBuf,
}

impl Postgres {
    pub(super) fn create(folder: &Path) -> Result<Self, Failure> {
        let programs = postgres_programs()?;
        let port = free_port()?;
        let data = folder.join("data");
        if data.join("PG_VERSION").exists() {
            return Ok(Self {
                port,
                programs,
                data,
            });
        }
        make_data_folder(folder, &data, "postgres")?;
        let made = as_account("postgres", &programs.join("initdb"))
            .arg("-D")
            .arg(&data)
            .args(["-U", "postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync"])
            .current_dir("/")
            .output()?;
        succeeded("initdb", &made)?;
        Ok(Self {
            port,
            programs,
            data,
        })
    }

    pub(super) fn start(&self) -> Result<(), Failure> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.data.with_extension("log"))?;
        if self.process().is_none() && self.pid_file().exists() {
            // Killed just now, it may still look as if it ran.
            std::fs::remove_file(self.pid_file())?;
        }
        let mut server = as_account("postgres", &self.programs.join("postgres"));
        server
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "fsync=on", "-c", "synchronous_commit=on"])
            .args(["-c", "full_page_writes=on", "-c", "max_connections=60"])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        spawn(server)
    }

    pub(super) fn process(&self) -> Option<u32> {
        pid_in(&self.pid_file())
    }

    fn pid_file(&self) -> PathBuf {
        self.data.join("postmaster.pid")
    }
}

/// A MariaDB of our own.
pub(super) struct MariaDb {
    /// Where it listens.
    pub(super) port: u16,
    data: PathBuf,
}

impl MariaDb {
    pub(super) fn create(folder: &Path) -> Result<Self, Failure> {
        let port = free_port()?;
        let data = folder.join("data");
        if data.join("mysql").is_dir() {
            return Ok(Self { port, data });
        }
        make_data_folder(folder, &data, "mysql")?;
        let made = as_account("mysql", Path::new("mariadb-install-db"))
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .current_dir("/")
            .output()?;
        succeeded("mariadb-install-db", &made)?;
        Ok(Self { port, data })
    }

    pub(super) fn start(&self) -> Result<(), Failure> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.data.with_extension("log"))?;
        let mut server = as_account("mysql", Path::new("mariadbd"));
        server
            .arg("--no-defaults")
            .arg(format!("--datadir={}", self.data.display()))
            .arg(format!("--port={}", self.port))
            .arg(format!("--socket={}", self.data.join("s").display()))
            .arg(format!("--pid-file={}", self.pid_file().display()))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve"])
            .args(["--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1"])
            .args(["--log-bin=bin", "--binlog-format=ROW", "--server-id=1"])
            .arg("--max-connections=60")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        spawn(server)
    }

    pub(super) fn process(&self) -> Option<u32> {
        pid_in(&self.pid_file())
    }

    fn pid_file(&self) -> PathBuf {
        self.data.join("server.pid")
    }
}

/// Starts a server that nobody waits for; tokio takes care of what is left when it ends.
fn spawn(server: Command) -> Result<(), Failure> {
    drop(tokio::process::Command::from(server).spawn()?);
    Ok(())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
}

/// A program, run as `account` where we are root.
fn as_account(account: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    // Becomes the program; runuser would stay as its parent, and stop when it is stopped.
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={account}"))
        .arg(format!("--regid={account}"))
        .arg("--init-groups")
        .arg(program);
    command
}

/// Makes the folder `data` in `folder`, both of which are `account`'s then.
fn make_data_folder(folder: &Path, data: &Path, account: &str) -> Result<(), Failure> {
    create_dir(data)?;
    if is_root() {
        let given = Command::new("chown")
            .arg(account)
            .arg(folder)
            .arg(data)
            .output()?;
        succeeded("chown", &given)?;
    }
    Ok(())
}

fn postgres_programs() -> Result<PathBuf, Failure> {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders
        .into_iter()
        .rev()
        .find(|folder| folder.join("initdb").is_file())
        .ok_or_else(|| "PostgreSQL is not installed; scripts/databases.sh start installs it".into())
}

pub(super) fn succeeded(program: &str, output: &std::process::Output) -> Result<(), Failure> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} failed: {}", said.trim()).into())
}
