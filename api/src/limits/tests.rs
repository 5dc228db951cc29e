#![expect(clippy::unwrap_used, reason = "a test")]

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::{Limiter, Limits, Place, Rate};

fn limiter(clock: FakeRelativeClock) -> Limiter<&'static str, FakeRelativeClock> {
    let quota = NonZeroU32::new(3).unwrap();
    Limiter::new("test", quota, Duration::from_secs(30), clock)
}

#[test]
fn a_look_counts_nothing_and_each_key_counts_for_itself() {
    let limiter = limiter(FakeRelativeClock::default());
    for _ in 0..10 {
        limiter.look("a").unwrap();
    }
    for left in [2, 1, 0] {
        assert_eq!(limiter.count("a").unwrap().left, left);
    }
    assert!(limiter.look("a").is_err());
    assert_eq!(limiter.count("b").unwrap().left, 2);
}

#[test]
fn what_is_too_many_is_told_with_the_time_to_wait_and_forgiven_after_it() {
    let clock = FakeRelativeClock::default();
    let limiter = limiter(clock.clone());
    for _ in 0..3 {
        limiter.count("a").unwrap();
    }
    clock.advance(Duration::from_millis(4500));
    let refused = limiter.count("a").unwrap_err();
    assert_eq!(refused.wait(), Some(6));
    let fields = refused.fields().map(|(_, value)| value);
    assert_eq!(fields, ["\"test\";q=3;w=30", "\"test\";r=0;t=6"]);
    clock.advance(Duration::from_secs(6));
    assert_eq!(limiter.count("a").unwrap().left, 0);
    clock.advance(Duration::from_secs(3600));
    assert_eq!(limiter.count("a").unwrap().left, 2);
}

#[test]
fn a_name_is_one_name_however_it_is_written_and_from_wherever() {
    let limits = Limits::new(None);
    let from = |last: u8| Place::of(Some([192, 0, 2, last].into()));
    for last in 0..20 {
        limits.before_sign_in(from(last), "Ada").unwrap();
        limits.after_refused_sign_in(from(last), "aDA").unwrap();
    }
    assert!(limits.before_sign_in(from(99), "ada").is_err());
    limits.before_sign_in(from(0), "grace").unwrap();
}

#[test]
fn an_ipv6_network_is_one_place() {
    let place = |text: &str| Place::of(text.parse().ok());
    assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:2:ffff::9"));
    assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
    assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
    assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
}

#[test]
fn a_rate_is_read_or_refused_with_an_example() {
    let rate = |text: &str| text.parse::<Rate>();
    let minute = rate("600/min").unwrap();
    assert_eq!((minute.count.get(), minute.window.as_secs()), (600, 60));
    assert_eq!(rate(" 5 / s ").unwrap().window.as_secs(), 1);
    for bad in ["", "600", "0/min", "-1/s", "5/day", "x/s", "1000001/s"] {
        assert!(rate(bad).unwrap_err().contains("600/min"), "{bad}");
    }
}
