//! The file of anchors: text, a line for each fact, added to and never changed.
//!
//! ```text
//! dmt anchors 1
//! anchor 2026-11-26T14:00:00.000000Z
//! defect 1042 7 3fa9…    the record, the number of its last row at that time, and that row's hash
//! end 1 1042 9c0d…       lines of this anchor, chains of all anchors, digest
//! ```
//!
//! The digest covers the anchor's lines and the digest before it, and is an HMAC where the chains are (`DMT_AUDIT_KEY`).
//! An anchor without its end was broken off: it counts as not there, and the next one takes its place.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::present::CHAINED;
use super::super::{AuditKey, GENESIS};
use super::AnchorError;

/// What such a file begins with.
const HEADING: &str = "dmt anchors 1\n";

/// No line of ours is longer.
const LONGEST: u64 = 256;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// An anchor of this instant begins.
    Begin(String),
    /// What was the last row of a chain.
    Row {
        /// The place of its table among those that have chains.
        kind: usize,
        /// The record.
        id: i64,
        /// The number of the last row.
        seq: i64,
        /// The hash of it.
        hash: String,
    },
    /// The anchor is whole.
    Whole(String),
}

/// A file of anchors, checked.
pub(super) struct Anchors {
    file: PathBuf,
    open: File,
    /// How many there are.
    pub(super) count: u64,
    /// Where the last one ends.
    bytes: u64,
    /// The digest of it.
    digest: String,
}

impl Anchors {
    /// Opens a file and checks each anchor in it.
    pub(super) fn open(path: &Path, key: &AuditKey) -> Result<Self, AnchorError> {
        let open = File::open(path).map_err(|source| failed(path, source))?;
        Self::check(path, open, key)
    }

    /// Opens a file to add to it, and keeps others from doing so meanwhile; makes one where there is none.
    pub(super) fn open_to_add(path: &Path, key: &AuditKey) -> Result<Self, AnchorError> {
        let open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|source| failed(path, source))?;
        open.try_lock().map_err(|error| match error {
            TryLockError::Error(source) => failed(path, source),
            TryLockError::WouldBlock => failed(
                path,
                io::Error::other("another dmt is writing an anchor into it"),
            ),
        })?;
        Self::check(path, open, key)
    }

    fn check(path: &Path, open: File, key: &AuditKey) -> Result<Self, AnchorError> {
        let mut anchors = Self {
            file: path.to_owned(),
            open,
            count: 0,
            bytes: 0,
            digest: GENESIS.to_owned(),
        };
        let mut lines = Lines::new(&anchors.file, &anchors.open)?;
        let mut block: Option<Block> = None;
        while let Some((text, entry)) = lines.next()? {
            block = match (entry, block.take()) {
                (Entry::Begin(_), None) => Some(Block::begin(&anchors.digest, &text)),
                (Entry::Row { .. }, Some(open)) => Some(open.and(&text)),
                (Entry::Whole(digest), Some(open)) => {
                    if open.digest(key, &text)? != digest {
                        return Err(lines.changed(
                            "ends an anchor that is not as it was written, or of another DMT_AUDIT_KEY",
                        ));
                    }
                    anchors.digest = digest;
                    anchors.bytes = lines.read;
                    anchors.count += 1;
                    None
                }
                _ => return Err(lines.changed("stands where no such line can be")),
            };
        }
        drop(lines);
        Ok(anchors)
    }

    /// Its lines, those of an anchor that was broken off left out.
    pub(super) fn entries(&self) -> Result<Entries<'_>, AnchorError> {
        Ok(Entries {
            lines: Lines::new(&self.file, &self.open)?,
            bytes: self.bytes,
        })
    }

    /// Begins another anchor behind the last one.
    pub(super) fn begin(self, at: &str) -> Result<Writer, AnchorError> {
        let failed = |source| failed(&self.file, source);
        self.open.set_len(self.bytes).map_err(failed)?;
        (&self.open).seek(SeekFrom::End(0)).map_err(failed)?;
        let begin = format!("anchor {at}\n");
        let mut writer = Writer {
            block: Block::begin(&self.digest, &begin),
            out: BufWriter::new(self.open),
            file: self.file,
        };
        if self.bytes == 0 {
            writer.put(HEADING)?;
        }
        writer.put(&begin)?;
        Ok(writer)
    }
}

/// An anchor that is being written.
pub(super) struct Writer {
    file: PathBuf,
    out: BufWriter<File>,
    block: Block,
}

impl Writer {
    /// Adds the end of a chain.
    pub(super) fn add(
        &mut self,
        table: &str,
        id: i64,
        seq: i64,
        hash: &str,
    ) -> Result<(), AnchorError> {
        let line = format!("{table} {id} {seq} {hash}\n");
        self.block.add(&line);
        self.put(&line)
    }

    /// Makes the anchor whole, on the disk.
    pub(super) fn finish(self, key: &AuditKey, added: u64, chains: u64) -> Result<(), AnchorError> {
        let Self {
            file,
            mut out,
            block,
        } = self;
        let line = format!("end {added} {chains}");
        let digest = block.digest(key, &line)?;
        let on_disk = writeln!(out, "{line} {digest}")
            .and_then(|()| out.flush())
            .and_then(|()| out.get_ref().sync_all());
        on_disk.map_err(|source| failed(&file, source))
    }

    fn put(&mut self, text: &str) -> Result<(), AnchorError> {
        let written = self.out.write_all(text.as_bytes());
        written.map_err(|source| failed(&self.file, source))
    }
}

/// The digest of an anchor, while its lines come.
struct Block(Sha256);

impl Block {
    fn begin(before: &str, line: &str) -> Self {
        Self(Sha256::new()).and(before).and(line)
    }

    fn and(mut self, line: &str) -> Self {
        self.add(line);
        self
    }

    fn add(&mut self, line: &str) {
        self.0.update(line.as_bytes());
    }

    /// With its last line, whose own digest is left out.
    fn digest(self, key: &AuditKey, last: &str) -> Result<String, AnchorError> {
        let counts: Vec<_> = last.split_whitespace().take(3).collect();
        let all = self.and(&counts.join(" "));
        Ok(key.digest(&all.0.finalize())?)
    }
}

/// The lines of a file's whole anchors.
pub(super) struct Entries<'a> {
    lines: Lines<'a>,
    bytes: u64,
}

impl Entries<'_> {
    /// The next one; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, AnchorError> {
        if self.lines.read >= self.bytes {
            return Ok(None);
        }
        Ok(self.lines.next()?.map(|(_, entry)| entry))
    }
}

/// Reads a file line by line.
struct Lines<'a> {
    file: &'a Path,
    input: BufReader<&'a File>,
    /// How many lines came, and how many bytes.
    line: u64,
    read: u64,
}

impl<'a> Lines<'a> {
    fn new(file: &'a Path, open: &'a File) -> Result<Self, AnchorError> {
        let mut open = open;
        open.seek(SeekFrom::Start(0))
            .map_err(|source| failed(file, source))?;
        let mut lines = Self {
            file,
            input: BufReader::new(open),
            line: 0,
            read: 0,
        };
        let heading = lines.text()?;
        if !HEADING.starts_with(&heading) {
            return Err(lines.changed("is not how a file of anchors begins"));
        }
        Ok(lines)
    }

    /// The next line; none where it has no end, or there is no other.
    fn next(&mut self) -> Result<Option<(String, Entry)>, AnchorError> {
        let text = self.text()?;
        if !text.ends_with('\n') {
            return Ok(None);
        }
        match parse(&text) {
            Some(entry) => Ok(Some((text, entry))),
            None => Err(self.changed("is no line of an anchor")),
        }
    }

    fn text(&mut self) -> Result<String, AnchorError> {
        let mut text = String::new();
        let mut line = (&mut self.input).take(LONGEST);
        match line.read_line(&mut text) {
            Ok(bytes) => self.read += bytes as u64,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.line += 1;
                return Err(self.changed("is no text"));
            }
            Err(error) => return Err(failed(self.file, error)),
        }
        self.line += 1;
        Ok(text)
    }

    fn changed(&self, what: &str) -> AnchorError {
        AnchorError::Changed {
            file: self.file.to_owned(),
            line: self.line,
            what: what.to_owned(),
        }
    }
}

fn parse(line: &str) -> Option<Entry> {
    let words: Vec<&str> = line.strip_suffix('\n')?.split(' ').collect();
    match words[..] {
        ["anchor", at] => Some(Entry::Begin(at.to_owned())),
        ["end", added, chains, digest] => {
            added.parse::<u64>().ok()?;
            chains.parse::<u64>().ok()?;
            Some(Entry::Whole(digest.to_owned()))
        }
        [table, id, seq, hash] => Some(Entry::Row {
            kind: CHAINED.iter().position(|known| *known == table)?,
            id: id.parse().ok()?,
            seq: seq.parse().ok()?,
            hash: hash.to_owned(),
        }),
        _ => None,
    }
}

fn failed(file: &Path, source: io::Error) -> AnchorError {
    AnchorError::File {
        file: file.to_owned(),
        source,
    }
}
