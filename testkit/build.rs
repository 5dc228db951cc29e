//! Names the schema that this build makes: `DMT_SCHEMA`, a digest of the sources that decide it.
//!
//! Templates and pools of test databases carry this name, so that a changed schema gets new ones. It is taken when
//! the program is built and not when it runs, because a test that was built before a change still makes the old schema.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: [&str; 3] = ["../migration/src", "../db/src/dialect.rs", "src/pool.rs"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
        collect(Path::new(source), &mut files)?;
    }
    files.sort();
    // FNV-1a: short, and the same on every machine.
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        for byte in fs::read(file)? {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo:rustc-env=DMT_SCHEMA={digest:016x}");
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}
