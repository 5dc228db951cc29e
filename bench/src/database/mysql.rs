//! MySQL by `scripts/mysql-server.sh`, in the script's root but on data of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{free_port, pid_in};
use crate::Failure;

/// The folders of the data, below the root's `var/lib`: one for each run anew, and one that is kept.
const PASSING: &str = "mysql-dmt-bench";
const KEPT: &str = "mysql-dmt-kept";

/// A MySQL of our own.
pub(super) struct MySql {
    /// Where it listens.
    pub(super) port: u16,
    root: PathBuf,
    folder: &'static str,
    is_new: std::sync::atomic::AtomicBool,
}

impl MySql {
    pub(super) fn create(is_kept: bool) -> Result<Self, Failure> {
        let root =
            std::env::var("DMT_MYSQL_ROOT").unwrap_or_else(|_| "/var/tmp/dmt-mysql".to_owned());
        let mut server = Self {
            port: free_port()?,
            root: root.into(),
            folder: if is_kept { KEPT } else { PASSING },
            is_new: true.into(),
        };
        let is_there = server.data().join("mysql.ibd").exists();
        server.is_new = (!is_kept || !is_there).into();
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
            .env("DMT_MYSQL_DATA", self.folder)
            .env("DMT_MYSQL_PORT", self.port.to_string())
            .env("DMT_MYSQL_FLUSH", "1");
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        super::servers::succeeded("scripts/mysql-server.sh", &output)
    }

    pub(super) fn process(&self) -> Option<u32> {
        pid_in(&self.data().join("server.pid"))
    }

    fn data(&self) -> PathBuf {
        self.root.join("var/lib").join(self.folder)
    }
}
