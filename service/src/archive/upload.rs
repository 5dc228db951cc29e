//! An archive, or what is to be attached, on its way in: a file that only this server's user may read, and that is gone
//! with whoever holds it.
//!
//! It is locked as long as it is used, so that what a server which was killed has left behind can be told from what
//! another one is just receiving ([`sweep`]).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};

/// How archives are called.
pub(super) const PREFIX: &str = "dmt-import-";
const SUFFIX: &str = ".dmt.zip";

/// How files are called that are to be attached.
const ATTACHMENT: (&str, &str) = ("dmt-attach-", ".part");

/// A file that is being received.
pub struct Upload {
    file: NamedTempFile,
    digest: Sha256,
    size: u64,
}

/// A file that has arrived; dropped, it is removed.
pub struct Arrived {
    path: TempPath,
    /// Holds the lock.
    _file: File,
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: String,
}

impl Upload {
    /// Begins one in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        Self::begin_as(folder, (PREFIX, SUFFIX))
    }

    /// The same of a file that is to be attached.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn begin_attachment(folder: &Path) -> io::Result<Self> {
        Self::begin_as(folder, ATTACHMENT)
    }

    fn begin_as(folder: &Path, (prefix, suffix): (&str, &str)) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // Readable by the owner alone: the crate makes it so.
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .suffix(suffix)
            .tempfile_in(folder)?;
        file.as_file().lock()?;
        Ok(Self {
            file,
            digest: Sha256::new(),
            size: 0,
        })
    }

    /// Adds to it.
    ///
    /// # Errors
    /// Whatever the system says, such as that the disk is full.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes have come.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// All has come.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn end(mut self) -> io::Result<Arrived> {
        self.file.flush()?;
        let (file, path) = self.file.into_parts();
        // Windows: who locks a file for himself alone keeps his own other handles from reading it.
        file.unlock()?;
        file.lock_shared()?;
        Ok(Arrived {
            path,
            _file: file,
            size: self.size,
            sha256: crate::hex::encode(&self.digest.finalize()),
        })
    }
}

impl Arrived {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Removes what servers have left behind that were killed while they received or imported an archive; says how many files
/// there were.
pub fn sweep(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let is_left = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_called = |(prefix, suffix)| name.starts_with(prefix) && name.ends_with(suffix);
        [(PREFIX, SUFFIX), ATTACHMENT].into_iter().any(is_called)
            && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_left(path))
        .filter(|path| match fs::remove_file(path) {
            Ok(()) => true,
            Err(error) => {
                log::warn!("{} could not be removed: {error}", path.display());
                false
            }
        })
        .count()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_is_gone_with_whoever_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = Upload::begin(folder.path()).unwrap();
        upload.push(b"abc").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = upload.file.as_file().metadata().unwrap().permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        assert_eq!(sweep(folder.path()), 0, "it is being received");
        let arrived = upload.end().unwrap();
        assert_eq!(sweep(folder.path()), 0, "it is being imported");
        assert_eq!(fs::read(arrived.path()).unwrap(), b"abc");
        assert!(arrived.sha256.starts_with("ba7816bf"), "{}", arrived.sha256);
        drop(arrived);
        assert_eq!(names(folder.path()), 0);
        drop(Upload::begin(folder.path()).unwrap());
        assert_eq!(names(folder.path()), 0);
    }

    #[test]
    fn what_a_killed_server_left_behind_is_swept_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dmt-import-x1.dmt.zip"), b"half").unwrap();
        fs::write(folder.path().join("dmt-attach-x2.part"), b"half").unwrap();
        fs::write(folder.path().join("plans.zip"), b"of somebody else").unwrap();
        assert_eq!(sweep(folder.path()), 2);
        assert_eq!(names(folder.path()), 1);
    }
}
