//! Where settings come from: the environment, then `.env.local`, then `.env`, both of the working directory only.
//!
//! The files are read into a map and not into the process's environment, so that no child and no library sees
//! them. What is empty counts as unset, because compose files pass `KEY=` for what nobody set.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::keys;

/// The files, the stronger one first.
const FILES: &[&str] = &[".env.local", ".env"];

/// What is set.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) values: BTreeMap<String, String>,
    pub(super) mistakes: Vec<String>,
}

impl Layers {
    pub(super) fn load(
        folder: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut layers = Self::default();
        for (name, value) in environment {
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => layers.offer(name, value),
                Err(_) if keys::of(&name).is_some() => {
                    layers.mistakes.push(format!("{name} is not valid UTF-8"));
                }
                Err(_) => {}
            }
        }
        for file in FILES {
            layers.read(&folder.join(file), file);
        }
        layers
    }

    /// Names that look like keys of ours and are none.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &str> {
        // The tests' own variables are seen by the programs that they start.
        let ours = |name: &&str| name.starts_with("DMT_") && !name.starts_with("DMT_TEST_");
        self.values
            .keys()
            .map(String::as_str)
            .filter(ours)
            .filter(|name| keys::of(name).is_none())
    }

    fn offer(&mut self, name: String, value: String) {
        if !value.is_empty() {
            self.values.entry(name).or_insert(value);
        }
    }

    fn read(&mut self, path: &Path, file: &str) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                return self
                    .mistakes
                    .push(format!("{file} cannot be read: {error}"));
            }
        };
        let text = text.trim_start_matches('\u{feff}');
        for item in dotenvy::from_read_iter(text.as_bytes()) {
            match item {
                Ok((name, value)) => self.offer(name, value),
                // The line may hold a password, so only its number is told.
                Err(dotenvy::Error::LineParse(line, _)) => {
                    let first = line.lines().next().unwrap_or_default();
                    let number = text
                        .lines()
                        .position(|other| other == first)
                        .map_or(0, |place| place + 1);
                    self.mistakes.push(format!("{file}, line {number}, is not KEY=value; put a value with spaces, # or $ in single quotes"));
                }
                Err(_) => self
                    .mistakes
                    .push(format!("{file} cannot be read as lines of KEY=value")),
            }
        }
    }
}
