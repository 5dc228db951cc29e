//! A file system of a few megabytes, which can get full without harm to anybody.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;

/// A small tmpfs; dropped, it is unmounted. Only root may mount.
pub(super) struct Small(PathBuf);

impl Small {
    /// Mounts it at a new folder.
    pub(super) fn mount(folder: PathBuf) -> Result<Self, Failure> {
        std::fs::create_dir(&folder)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=96m", "tmpfs"])
            .arg(&folder)
            .output()?;
        super::servers::succeeded("mount", &mounted)?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there is about to end.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
