//! Writing an archive: under another name until it is whole, and never over one that is there; or as a stream, whose end
//! makes it whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use db::file;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::super::files::FOLDER;
use super::super::{Error, Result};
use super::MANIFEST;
use super::manifest::Manifest;

/// An archive that is being written. Dropped before its end, it is removed.
pub(crate) struct Draft {
    path: PathBuf,
    part: PathBuf,
    form: Form,
    is_whole: bool,
}

enum Form {
    /// None once it is finished.
    Zip(Option<Box<ZipWriter<BufWriter<File>>>>),
    Folder(Option<BufWriter<File>>),
    /// A zip file that goes somewhere else as it is written.
    Stream(Option<Box<ZipWriter<StreamWriter<Valve>>>>, Shut),
}

/// Where a stream goes.
pub(crate) type Outlet = Box<dyn Write + Send>;

/// Lets nothing through once it is shut: dropped halfway, the zip crate's writer would give the file an end after all.
struct Valve {
    outlet: Outlet,
    shut: Shut,
}

type Shut = Arc<AtomicBool>;

impl Write for Valve {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.shut.load(Ordering::SeqCst) {
            return Ok(bytes.len());
        }
        self.outlet.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.shut.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.outlet.flush()
    }
}

impl Draft {
    /// Begins a zip file, where the name ends so, or a folder.
    pub(crate) fn begin(path: &Path) -> Result<Self> {
        if path.exists() {
            return Err(Error::Refused(format!(
                "{} is there already, and nothing is ever overwritten: choose another name, or remove it",
                path.display()
            )));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let is_zip = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("zip"));
        // For its owner alone: it holds password hashes and the secrets of webhooks.
        let form = if is_zip {
            begin_file(&part)
                .map(|file| Form::Zip(Some(Box::new(ZipWriter::new(BufWriter::new(file))))))
        } else {
            file::create_folder(&part).map(|()| Form::Folder(None))
        };
        let form = form.map_err(|source| Error::File {
            path: part.clone(),
            source,
        })?;
        let path = path.to_owned();
        Ok(Self {
            path,
            part,
            form,
            is_whole: false,
        })
    }

    /// Begins a zip file that goes out as it is written. `outlet` is flushed at its end.
    pub(crate) fn stream(outlet: Outlet) -> Self {
        let shut = Shut::default();
        let zip = ZipWriter::new_stream(Valve {
            outlet,
            shut: Arc::clone(&shut),
        });
        Self {
            path: PathBuf::from("the stream"),
            part: PathBuf::from("the stream"),
            form: Form::Stream(Some(Box::new(zip)), shut),
            is_whole: false,
        }
    }

    /// Begins the next file.
    pub(crate) fn file(&mut self, name: &str) -> Result<()> {
        let begun = match &mut self.form {
            Form::Zip(Some(zip)) => zip.start_file(name, options()).map_err(io::Error::from),
            Form::Stream(Some(zip), _) => zip.start_file(name, options()).map_err(io::Error::from),
            Form::Zip(None) | Form::Stream(None, _) => Ok(()),
            Form::Folder(open) => end_file(open).and_then(|()| {
                let path = self.part.join(name);
                if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
                    file::create_folder(folder)?;
                }
                *open = Some(BufWriter::new(file::create(&path)?));
                Ok(())
            }),
        };
        begun.map_err(|source| self.failed(source))
    }

    /// Adds to the file.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match &mut self.form {
            Form::Zip(Some(zip)) => zip.write_all(bytes),
            Form::Stream(Some(zip), _) => zip.write_all(bytes),
            Form::Folder(Some(file)) => file.write_all(bytes),
            Form::Zip(None) | Form::Stream(None, _) | Form::Folder(None) => Ok(()),
        };
        written.map_err(|source| self.failed(source))
    }

    /// Ends it with its manifest, makes it durable and gives it its name.
    pub(crate) fn end(mut self, manifest: &Manifest) -> Result<()> {
        self.file(MANIFEST)?;
        self.write(&manifest.to_json())?;
        let ended = match &mut self.form {
            Form::Zip(zip) => end_zip(zip),
            Form::Folder(file) => end_file(file),
            Form::Stream(zip, _) => end_stream(zip),
        };
        ended.map_err(|source| self.failed(source))?;
        if matches!(self.form, Form::Folder(_)) {
            let files = self.part.join(FOLDER);
            let folders = [
                Some(&self.part),
                Some(&files).filter(|files| files.exists()),
            ];
            for folder in folders.into_iter().flatten() {
                let synced = file::sync_folder(&folder.join(MANIFEST));
                synced.map_err(|source| self.failed(source))?;
            }
        }
        if !matches!(self.form, Form::Stream(..)) {
            fs::rename(&self.part, &self.path)
                .and_then(|()| file::sync_folder(&self.path))
                .map_err(|source| self.failed(source))?;
        }
        self.is_whole = true;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File {
            path: self.part.clone(),
            source,
        }
    }
}

/// Begins a file anew, if one was left behind that somebody was killed over.
fn begin_file(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => file::create(path),
    }
}

/// No time, so that the same content makes the same file; and no limit of 4 GiB.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .large_file(true)
}

fn end_stream(zip: &mut Option<Box<ZipWriter<StreamWriter<Valve>>>>) -> io::Result<()> {
    match zip.take() {
        Some(zip) => zip.finish()?.flush(),
        None => Ok(()),
    }
}

fn end_zip(zip: &mut Option<Box<ZipWriter<BufWriter<File>>>>) -> io::Result<()> {
    match zip.take() {
        Some(zip) => end_file(&mut Some(zip.finish()?)),
        None => Ok(()),
    }
}

fn end_file(file: &mut Option<BufWriter<File>>) -> io::Result<()> {
    match file.take() {
        Some(file) => file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all(),
        None => Ok(()),
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_whole {
            return;
        }
        let removed = match &self.form {
            Form::Zip(_) => fs::remove_file(&self.part),
            Form::Folder(_) => fs::remove_dir_all(&self.part),
            // Whoever reads it sees that its end is missing.
            Form::Stream(_, shut) => {
                shut.store(true, Ordering::SeqCst);
                Ok(())
            }
        };
        if let Err(error) = removed {
            log::warn!("{} could not be removed: {error}", self.part.display());
        }
    }
}
