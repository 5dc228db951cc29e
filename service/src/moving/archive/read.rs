//! Reading an archive: what it says it holds, and its files line by line.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::super::{Error, Result, files};
use super::MANIFEST;
use super::manifest::Manifest;

/// The longest manifest: a table has some KiB.
const LONGEST_MANIFEST: u64 = 4 << 20;

/// The longest line: all long texts of a record at their full length, each character escaped.
pub(crate) const LONGEST_LINE: u64 = 64 << 20;

/// An archive that is there.
pub(crate) struct Archive {
    path: PathBuf,
    form: Form,
    pub(crate) manifest: Manifest,
}

enum Form {
    Zip(ZipArchive<BufReader<File>>),
    Folder,
}

impl Archive {
    /// Opens one and reads its manifest.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::File {
            path: path.to_owned(),
            source,
        };
        let mut form = if fs::metadata(path).map_err(failed)?.is_dir() {
            Form::Folder
        } else {
            let file = BufReader::new(File::open(path).map_err(failed)?);
            Form::Zip(
                ZipArchive::new(file).map_err(|error| damaged(&path.to_string_lossy(), &error))?,
            )
        };
        let mut json = Vec::new();
        let manifest = file(path, &mut form, MANIFEST)?;
        let read = manifest.take(LONGEST_MANIFEST).read_to_end(&mut json);
        read.map_err(|error| unreadable(MANIFEST, None, &error))?;
        let manifest = Manifest::parse(&json).map_err(|what| refused(MANIFEST, None, what))?;
        let archive = Self {
            path: path.to_owned(),
            form,
            manifest,
        };
        archive.refuse_strangers()?;
        Ok(archive)
    }

    /// Refuses files that the manifest does not name, and tables that it names twice.
    fn refuse_strangers(&self) -> Result<()> {
        let tables = &self.manifest.tables;
        for (place, table) in tables.iter().enumerate() {
            if tables
                .iter()
                .take(place)
                .any(|other| other.name == table.name)
            {
                return Err(refused(
                    MANIFEST,
                    None,
                    format!("names the table {} twice", table.name),
                ));
            }
            if table.file != format!("{}.jsonl", table.name) {
                let what = format!(
                    "names the file {:?} for the table {}",
                    table.file, table.name
                );
                return Err(refused(MANIFEST, None, what));
            }
        }
        for name in self.names()? {
            let is_named = tables.iter().any(|table| table.file == name);
            if name != MANIFEST && !is_named && !files::is_entry(&name) {
                return Err(refused(&name, None, "is not named in the manifest"));
            }
        }
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>> {
        let failed = |source| Error::File {
            path: self.path.clone(),
            source,
        };
        match &self.form {
            Form::Zip(zip) => zip
                .file_names()
                .map(|name| {
                    Ok(name
                        .map_err(|error| damaged("the archive", &error))?
                        .into_owned())
                })
                .collect(),
            Form::Folder => fs::read_dir(&self.path)
                .map_err(failed)?
                .map(|entry| {
                    Ok(entry
                        .map_err(failed)?
                        .file_name()
                        .to_string_lossy()
                        .into_owned())
                })
                .collect(),
        }
    }

    /// Copies a file that is not one of lines.
    pub(crate) fn copy(&mut self, name: &str, to: &mut impl io::Write) -> Result<()> {
        let mut from = file(&self.path, &mut self.form, name)?;
        let copied = io::copy(&mut from, to);
        copied.map_err(|error| unreadable(name, None, &error))?;
        Ok(())
    }

    /// The lines of a file.
    pub(crate) fn lines<'a>(&'a mut self, name: &str) -> Result<Lines<'a>> {
        Ok(Lines {
            name: name.to_owned(),
            reader: BufReader::with_capacity(1 << 16, file(&self.path, &mut self.form, name)?),
            line: Vec::new(),
            number: 0,
        })
    }
}

fn file<'a>(path: &Path, form: &'a mut Form, name: &str) -> Result<Box<dyn Read + 'a>> {
    match form {
        Form::Zip(zip) => match zip.by_name(name) {
            Ok(file) => Ok(Box::new(file)),
            Err(ZipError::FileNotFound) => Err(refused(name, None, "is missing in the archive")),
            Err(error) => Err(damaged(name, &error)),
        },
        Form::Folder => match File::open(path.join(name)) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(refused(name, None, "is missing in the archive"))
            }
            Err(error) => Err(unreadable(name, None, &error)),
        },
    }
}

/// The lines of a file, one at a time.
pub(crate) struct Lines<'a> {
    name: String,
    reader: BufReader<Box<dyn Read + 'a>>,
    line: Vec<u8>,
    number: u64,
}

impl Lines<'_> {
    /// The next line without its newline.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.reader).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut self.line);
        let length = read.map_err(|error| unreadable(&self.name, Some(self.number), &error))?;
        if length == 0 {
            return Ok(None);
        }
        match self.line.split_last() {
            Some((b'\n', line)) => Ok(Some(line)),
            _ if length as u64 == LONGEST_LINE => {
                Err(self.refused("is longer than any row can be"))
            }
            _ => Err(self.refused("is cut off")),
        }
    }

    /// A refusal of the line that was read last.
    pub(crate) fn refused(&self, what: impl Into<String>) -> Error {
        refused(&self.name, Some(self.number), what)
    }

    /// The number of the line that was read last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

pub(crate) fn refused(file: &str, line: Option<u64>, what: impl Into<String>) -> Error {
    let (file, what) = (file.to_owned(), what.into());
    Error::Archive { file, line, what }
}

fn damaged(name: &str, error: &ZipError) -> Error {
    refused(
        name,
        None,
        format!("is no whole zip file: it was cut off or changed ({error})"),
    )
}

fn unreadable(name: &str, line: Option<u64>, error: &io::Error) -> Error {
    refused(
        name,
        line,
        format!("cannot be read: it was cut off or changed ({error})"),
    )
}
