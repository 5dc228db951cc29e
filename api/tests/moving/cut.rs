//! A target that fails halfway: the connection is cut, the disk is full.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use testkit::{EmptyDatabase, each_db};

use crate::dmt::{content, dmt, done, failed, run, source};

each_db! {
    async fn a_target_whose_connection_is_cut_leaves_a_sentence_and_can_be_gone_on_with(t: EmptyDatabase) {
        let (Some(host), Some(port)) = (t.url.host(), t.url.port()) else {
            return; // SQLite: no connection
        };
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let source = source(folder);
        let expected = content(folder, source, "expected");
        let target = t.url.expose();
        // The tables are there, so that the cut comes while rows are on their way.
        done(folder, &target, &["migrate"]);
        let proxy = proxy(format!("{host}:{port}"), 600_000);
        let by_proxy = target.replace(&format!(":{port}"), &format!(":{proxy}"));
        let sentence = failed(&run(folder, source, &["copy", "--to", &by_proxy]));
        assert!(sentence.starts_with("dmt: the target"), "{sentence}");
        assert_eq!(content(folder, source, "after"), expected);
        done(folder, source, &["copy", "--to", &target, "--resume"]);
        assert_eq!(content(folder, &target, "copied"), expected);
    }
}

/// Passes so many bytes on in all, and cuts every connection then.
fn proxy(target: String, most: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let left = std::sync::Arc::new(std::sync::Mutex::new(most));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&target) else {
                return;
            };
            let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let left = std::sync::Arc::clone(&left);
            std::thread::spawn(move || pass(client, server, &left));
            let unlimited = std::sync::Mutex::new(usize::MAX);
            std::thread::spawn(move || pass(forth, back, &unlimited));
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: TcpStream, left: &std::sync::Mutex<usize>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let mut left = left.lock().unwrap();
        if *left < count || to.write_all(&buffer[..count]).is_err() {
            break;
        }
        *left -= count;
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn an_sqlite_target_without_room_leaves_a_sentence_and_the_source_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let source = source(folder);
    let expected = content(folder, source, "expected");
    done(folder, "sqlite:target.db", &["migrate"]);
    // No file may grow beyond 1000 blocks of 1 KiB here; a signal would come first.
    let copy = dmt(folder, source, &["copy", "--to", "sqlite:target.db"]);
    let program = copy.get_program().to_string_lossy().into_owned();
    let mut limited = std::process::Command::new("bash");
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" copy --to sqlite:target.db";
    limited
        .current_dir(folder)
        .env("DATABASE_URL", source)
        .args(["-c", script, &program]);
    let output = limited.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.signal(), None);
    let sentence = failed(&output);
    assert!(
        sentence.starts_with("dmt: the target: ") && sentence.ends_with("by --resume"),
        "{sentence}"
    );
    assert_eq!(content(folder, source, "after"), expected);
    done(
        folder,
        source,
        &["copy", "--to", "sqlite:target.db", "--resume"],
    );
    assert_eq!(content(folder, "sqlite:target.db", "copied"), expected);
}
