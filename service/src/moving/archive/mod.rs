//! The archive: a zip file or a folder with one file of lines for each table, and a manifest that says what they
//! hold. docs/archive.md describes it for whoever reads one without this program.

mod manifest;
mod read;
mod write;

pub(super) use manifest::{Manifest, TableEntry};
pub(super) use read::{Archive, refused};
pub(super) use write::{Draft, Outlet};

pub(super) use manifest::Source;

/// The file that says what the others hold.
const MANIFEST: &str = "manifest.json";
