//! Killed at some moment, and gone on with.

use std::process::Child;
use std::time::{Duration, Instant};

use testkit::{EmptyDatabase, each_db};

use crate::dmt::{content, dmt, done, source};

/// How often a copy is killed before it may come to its end: `DMT_TEST_ROUNDS`, or a few times.
fn rounds() -> u32 {
    let wanted = std::env::var("DMT_TEST_ROUNDS").ok();
    wanted.and_then(|rounds| rounds.parse().ok()).unwrap_or(4)
}

each_db! {
    async fn a_copy_that_is_killed_ends_as_one_that_is_not(t: EmptyDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let (folder, target) = (folder.path(), t.url.expose());
        let source = source(folder);
        let expected = content(folder, source, "expected");
        assert_eq!(expected.len(), 40);
        let whole = Instant::now();
        done(folder, source, &["copy", "--to", "sqlite:whole.db"]);
        let whole = whole.elapsed();
        let rounds = rounds();
        for round in 0..rounds {
            let mut copying = dmt(folder, source, &["copy", "--to", &target, "--resume"]).spawn().unwrap();
            std::thread::sleep(whole * (2 * round + 1) / (2 * rounds));
            kill(&mut copying);
        }
        done(folder, source, &["copy", "--to", &target, "--resume"]);
        assert_eq!(content(folder, &target, "copied"), expected);
        assert_eq!(content(folder, source, "source"), expected);
    }
}

fn kill(child: &mut Child) {
    // It may have come to its end.
    let _ = child.kill();
    child.wait().unwrap();
    // The server may still be ending its session.
    std::thread::sleep(Duration::from_millis(200));
}
