//! Writing an archive: under another name until it is whole, and never over one that is there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

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
        let form = if is_zip {
            File::create(&part)
                .map(|file| Form::Zip(Some(Box::new(ZipWriter::new(BufWriter::new(file))))))
        } else {
            fs::create_dir(&part).map(|()| Form::Folder(None))
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

    /// Begins the next file.
    pub(crate) fn file(&mut self, name: &str) -> Result<()> {
        let begun = match &mut self.form {
            // No time, so that the same content makes the same file; and no limit of 4 GiB.
            Form::Zip(Some(zip)) => {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .last_modified_time(DateTime::default())
                    .large_file(true);
                zip.start_file(name, options).map_err(io::Error::from)
            }
            Form::Zip(None) => Ok(()),
            Form::Folder(file) => end_file(file).and_then(|()| {
                *file = Some(BufWriter::new(File::create_new(self.part.join(name))?));
                Ok(())
            }),
        };
        begun.map_err(|source| self.failed(source))
    }

    /// Adds to the file.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match &mut self.form {
            Form::Zip(Some(zip)) => zip.write_all(bytes),
            Form::Folder(Some(file)) => file.write_all(bytes),
            Form::Zip(None) | Form::Folder(None) => Ok(()),
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
        };
        ended.map_err(|source| self.failed(source))?;
        fs::rename(&self.part, &self.path).map_err(|source| self.failed(source))?;
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
        };
        if let Err(error) = removed {
            log::warn!("{} could not be removed: {error}", self.part.display());
        }
    }
}
