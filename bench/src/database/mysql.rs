//! MySQL by `scripts/mysql-server.sh`, in the script's root but on data of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{free_port, pid_in};
use crate::Failure;

/// The folder of the data, below the root's `var/lib`.
const DATA: &str = "mysql-dmt-bench";

/// A MySQL of our own.
pub(super) struct MySql {
    /// Where it listens.
    pub(super) port: u16,
    root: PathBuf,
    is_new: std::sync::atomic::AtomicBool,
}

impl MySql {
    pub(super) fn create() -> Result<Self, Failure> {
        let root =
            std::env::var("DMT_MYSQL_ROOT").unwrap_or_else(|_| "/var/tmp/dmt-mysql".to_owned());
        let server = Self {
            port: free_port()?,
            root: root.into(),
            is_new: true.into(),
        };
        // Of a run that broke off.
        if let Some(left) = server.process() {
            super::process::signal("KILL", &[left])?;
        }
        Ok(server)
    }

    /// The first time on new data, later on what is there.
    pub(super) async fn start(&self) -> Result<(), Failure> {
        let action = if self
            .is_new
            .swap(false, std::sync::atomic::Ordering::Relaxed)
        {
            "start"
        } else {
            "restart"
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/mysql-server.sh");
        let mut command = Command::new(script);
        command
            .arg(action)
            .env("DMT_MYSQL_ROOT", &self.root)
            .env("DMT_MYSQL_DATA", DATA)
            .env("DMT_MYSQL_PORT", self.port.to_string())
            .env("DMT_MYSQL_FLUSH", "1");
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        super::servers::succeeded("scripts/mysql-server.sh", &output)
    }

    pub(super) fn process(&self) -> Option<u32> {
        let data = self.root.join("var/lib").join(DATA);
        pid_in(&data.join("server.pid"))
    }
}
