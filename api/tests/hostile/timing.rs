//! How long a refused sign-in takes, whoever is asked for: the times must not tell what was wrong.
//!
//! Prints medians and their ratios; more rounds with `DMT_TIMING_ROUNDS=50 cargo test --test hostile timing --
//! --nocapture`. Only the ratios are judged, and broadly: a crowded machine is no clock.

use std::time::Instant;

use crate::network::{exchange, serve, statuses, token};
use crate::process::Server;

/// Attempts while paused, per account: they count toward the limit of its name.
const PAUSED: usize = 12;

#[test]
fn a_refused_sign_in_takes_as_long_whatever_was_wrong() {
    let rounds = std::env::var("DMT_TIMING_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(6);
    // Each attempt comes from a place of its own, so that the limit by address does not end it.
    let (_folder, server) = serve(&[("DMT_TRUSTED_PROXIES", "127.0.0.1")]);
    let admin = token(&server, "admin");
    for n in 0..rounds {
        add_user(&server, &admin, &format!("known-{n}"));
    }
    let (mut known, mut unknown, mut wrong, mut right) = (vec![], vec![], vec![], vec![]);
    for n in 0..rounds {
        if n % (PAUSED / 2) == 0 {
            add_user(&server, &admin, &format!("paused-{}", n / (PAUSED / 2)));
            for _ in 0..5 {
                attempt(&server, &format!("paused-{}", n / (PAUSED / 2)), "wrong");
            }
        }
        let paused = format!("paused-{}", n / (PAUSED / 2));
        // In turn, so that what else the machine does falls on all alike.
        known.push(attempt(&server, &format!("known-{n}"), "wrong"));
        unknown.push(attempt(&server, &format!("nobody-{n}"), "wrong"));
        wrong.push(attempt(&server, &paused, "wrong"));
        right.push(attempt(&server, &paused, "correct+horse+battery"));
    }
    let [known, unknown, wrong, right] = [known, unknown, wrong, right].map(median);
    println!(
        "median of {rounds}: known user {known:.1} ms, unknown user {unknown:.1} ms: ratio {:.3}",
        known / unknown
    );
    println!(
        "median of {rounds}: paused with the wrong password {wrong:.1} ms, with the right one {right:.1} ms: ratio {:.3}",
        wrong / right
    );
    for ratio in [known / unknown, wrong / right, known / right] {
        assert!((0.5..2.0).contains(&ratio), "{ratio}");
    }
}

fn add_user(server: &Server, admin: &str, name: &str) {
    let body = format!(
        r#"{{"username": "{name}", "display_name": "{name}", "roles": ["viewer"], "password": "correct horse battery"}}"#
    );
    let answer = exchange(
        server,
        format!(
            "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {admin}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
    assert_eq!(statuses(&answer), [201], "{answer}");
}

/// Milliseconds.
fn attempt(server: &Server, name: &str, password: &str) -> f64 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static PLACES: AtomicU32 = AtomicU32::new(0);
    let place = std::net::Ipv4Addr::from(0xc612_0000 + PLACES.fetch_add(1, Ordering::Relaxed));
    let form = format!("grant_type=password&username={name}&password={password}");
    let sent = format!(
        "POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: {place}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let began = Instant::now();
    let answer = exchange(server, sent.as_bytes());
    let took = began.elapsed();
    assert_eq!(statuses(&answer), [401], "{answer}");
    took.as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
