//! How long a refused sign-in takes, whoever is asked for: the times must not tell what was wrong.
//!
//! Kinds of refusals are measured in turn, so that what else the machine does falls on all alike, and compared pair
//! by pair. Judged is the middle of the differences (Hodges and Lehmann), as a share of what a refusal takes, together
//! with how often one kind took longer than the other (sign test): a difference counts that is both too large to
//! be nothing and too regular to be chance. No time is judged by itself: a crowded machine is no clock.
//!
//! `DMT_TIMING_ROUNDS=200 cargo test --test hostile timing -- --nocapture` for more rounds than these few.

use std::time::Instant;

use crate::network::{exchange, serve, statuses, token};
use crate::process::Server;

/// Attempts while paused, per account: they count toward the limit of its name.
const PAUSED: usize = 12;

/// A difference of this share of a refusal's time is too large.
const NOTHING: f64 = 0.05;

/// So many standard deviations from even are no chance: less than once in ten thousand runs.
const CHANCE: f64 = 4.0;

/// A difference that no noise makes, however few the rounds.
const GROSS: f64 = 0.5;

#[test]
fn a_refused_sign_in_takes_as_long_whatever_was_wrong() {
    let rounds = std::env::var("DMT_TIMING_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(18);
    // Each attempt comes from a place of its own, so that the limit by address does not end it.
    let (_folder, server) = serve(&[("DMT_TRUSTED_PROXIES", "127.0.0.1")]);
    let admin = token(&server, "admin");
    for n in 0..rounds {
        add_user(&server, &admin, &format!("known-{n}"));
    }
    let (mut known, mut unknown, mut wrong, mut right) = (vec![], vec![], vec![], vec![]);
    for n in 0..rounds {
        let paused = format!("paused-{}", n / (PAUSED / 2));
        if n % (PAUSED / 2) == 0 {
            add_user(&server, &admin, &paused);
            for _ in 0..5 {
                attempt(&server, &paused, "wrong");
            }
        }
        known.push(attempt(&server, &format!("known-{n}"), "wrong"));
        unknown.push(attempt(&server, &format!("nobody-{n}"), "wrong"));
        wrong.push(attempt(&server, &paused, "wrong"));
        right.push(attempt(&server, &paused, "correct+horse+battery"));
    }
    for (what, ones, others) in [
        ("a known user and an unknown one", &known, &unknown),
        ("paused: wrong password and right one", &wrong, &right),
        ("a known user and a paused one", &known, &wrong),
    ] {
        assert!(!are_told_apart(what, ones, others), "{what}");
    }
}

/// Whether an attacker could tell the two apart.
fn are_told_apart(what: &str, ones: &[f64], others: &[f64]) -> bool {
    let differences: Vec<_> = ones
        .iter()
        .zip(others)
        .map(|(one, other)| one - other)
        .collect();
    let typical = median([ones, others].concat());
    let share = middle(&differences) / typical;
    let longer = differences.iter().filter(|one| **one > 0.0).count();
    let (n, longer) = (differences.len() as f64, longer as f64);
    let deviations = (2.0 * longer - n).abs() / n.sqrt();
    println!(
        "{what}: {n} pairs, {typical:.1} ms each; the middle difference is {:.2} % of that, the first took longer \
         {longer} times ({deviations:.1} standard deviations from half)",
        share * 100.0
    );
    share.abs() > GROSS || share.abs() > NOTHING && deviations > CHANCE
}

/// The Hodges-Lehmann estimate: the median of the means of all pairs, which a few slow answers do not move.
fn middle(differences: &[f64]) -> f64 {
    let means = differences.iter().enumerate().flat_map(|(n, one)| {
        differences[n..]
            .iter()
            .map(move |other| (one + other) / 2.0)
    });
    median(means.collect())
}

#[test]
fn a_difference_is_told_from_noise() {
    let noise = |n: u32| f64::from(n * 7919 % 101) / 10.0;
    let ones: Vec<_> = (0..40).map(|n| 100.0 + noise(n)).collect();
    let same: Vec<_> = (0..40).map(|n| 100.0 + noise(n + 17)).collect();
    assert!(!are_told_apart("noise", &ones, &same));
    let slower: Vec<_> = same.iter().map(|time| time + 20.0).collect();
    assert!(are_told_apart("a slower one", &ones, &slower));
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
