#![expect(clippy::unwrap_used, reason = "a test")]

use std::ffi::OsString;
use std::path::Path;

use super::{Config, Mistakes};

fn read(folder: &Path, environment: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::from(folder, environment)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn nothing_needs_to_be_set() {
    let empty = folder(&[]);
    let config = read(empty.path(), &[]).unwrap();
    assert_eq!(config.database_url.to_string(), "sqlite:dmt.db?mode=rwc");
    assert_eq!(config.bind, ["127.0.0.1:8080"]);
    assert!(config.migrate && !config.read_only && config.tls.is_none());
    assert_eq!(config.log_filter, None);
}

#[test]
fn the_environment_wins_over_env_local_which_wins_over_env() {
    let files = folder(&[
        (
            ".env",
            "DMT_BIND=127.0.0.1:1\nDMT_SESSION_HOURS=1\nDMT_MAX_BODY_KB=1\n",
        ),
        (
            ".env.local",
            "\u{feff}DMT_BIND=127.0.0.1:2\nDMT_SESSION_HOURS=2\n",
        ),
    ]);
    let config = read(
        files.path(),
        &[("DMT_BIND", "127.0.0.1:3"), ("DMT_SESSION_HOURS", "")],
    )
    .unwrap();
    assert_eq!(config.bind, ["127.0.0.1:3"]);
    assert_eq!(config.session.num_hours(), 2);
    assert_eq!(config.requests.max_body_kb, 1);
}

#[test]
fn how_much_is_logged_may_stand_in_a_file() {
    let files = folder(&[(".env.local", "RUST_LOG=debug\n")]);
    let config = read(files.path(), &[("RUST_LOG", "")]).unwrap();
    assert_eq!(config.log_filter.as_deref(), Some("debug"));
}

#[test]
fn a_list_of_nothing_and_an_address_without_a_host_are_mistakes() {
    let empty = folder(&[]);
    for (name, value) in [("DMT_BIND", ","), ("DMT_PUBLIC_URL", "https://")] {
        let refused = read(empty.path(), &[(name, value)]).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

#[test]
fn files_of_the_folders_above_are_not_read() {
    let above = folder(&[(".env", "DMT_BIND=127.0.0.1:1\n")]);
    let below = above.path().join("below");
    std::fs::create_dir(&below).unwrap();
    assert_eq!(read(&below, &[]).unwrap().bind, ["127.0.0.1:8080"]);
}

#[test]
fn every_mistake_is_told_at_once_and_no_secret_with_it() {
    let files = folder(&[(".env", "this is no setting with hunter2\n")]);
    let environment = [
        ("DATABASE_URL", "oracle://scott:tiger@host/db"),
        ("DMT_BIND", "8080"),
        ("DMT_TLS_CERT", "cert.pem"),
        ("DMT_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("DMT_RATE_LIMIT", "many"),
        ("DMT_CORS_ORIGINS", "https://a.example/path"),
        ("DMT_READ_ONLY", "perhaps"),
        ("DMT_SESSION_HOURS", "0"),
        ("DMT_PUBLIC_URL", "dmt.example.com"),
        ("DMT_CURRENCY", "EURO"),
        ("DMT_TAG_PREFIX", "a-b"),
        ("DMT_TIME_ZONE", "Mars/Olympus"),
        ("DMT_AUDIT_KEY", "hunter2 hunter2"),
        ("RUST_LOG", "loud"),
    ];
    let text = read(files.path(), &environment).unwrap_err().to_string();
    let named = [
        ".env, line 1",
        "oracle",
        "DMT_BIND",
        "DMT_TLS_KEY",
        "DMT_TRUSTED_PROXIES",
        "DMT_CORS_ORIGINS",
        "DMT_READ_ONLY",
        "DMT_SESSION_HOURS",
        "DMT_PUBLIC_URL",
        "DMT_CURRENCY",
        "DMT_TAG_PREFIX",
        "DMT_TIME_ZONE",
        "DMT_AUDIT_KEY",
        "RUST_LOG",
    ];
    for name in named {
        assert!(text.contains(name), "{name} is not in: {text}");
    }
    assert!(
        !text.contains("hunter2") && !text.contains("tiger"),
        "{text}"
    );
}

#[test]
fn a_server_needs_its_files_and_other_commands_do_not() {
    let empty = folder(&[("key.pem", "")]);
    let key = empty.path().join("key.pem").display().to_string();
    let environment = [
        ("DMT_TLS_CERT", "nowhere/cert.pem"),
        ("DMT_TLS_KEY", key.as_str()),
    ];
    assert!(read(empty.path(), &environment).is_ok());
    let environment = environment.map(|(name, value)| (name.into(), value.into()));
    let (_, mistakes) = Config::look_over(empty.path(), environment, true);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(
        mistakes[0].starts_with("DMT_TLS_CERT: nowhere/cert.pem"),
        "{mistakes:?}"
    );
}

#[test]
fn an_unknown_key_is_a_warning() {
    let empty = folder(&[]);
    let config = read(
        empty.path(),
        &[
            ("DMT_BNID", "x"),
            ("DMT_TEST_POSTGRES_URL", "x"),
            ("PATH", "x"),
        ],
    )
    .unwrap();
    assert_eq!(config.warnings.len(), 1);
    assert!(config.warnings[0].starts_with("DMT_BNID"));
}

#[test]
fn a_translator_is_off_until_it_is_named_and_its_key_is_never_shown() {
    let empty = folder(&[]);
    let of = |environment: &[(&str, &str)]| read(empty.path(), environment);
    assert!(of(&[]).unwrap().translate.is_none());
    let deepl = [
        ("DMT_TRANSLATE", "deepl"),
        ("DMT_TRANSLATE_KEY", "hunter2:fx"),
        ("DMT_TRANSLATE_LANGUAGES", "es, zh"),
    ];
    let config = of(&deepl).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    let translate = config.translate.unwrap();
    assert_eq!(translate.url.as_str(), "https://api-free.deepl.com/");
    assert_eq!(translate.languages.len(), 2);
    let inside = [
        ("DMT_TRANSLATE", "libretranslate"),
        ("DMT_TRANSLATE_URL", "http://10.0.0.7:5000"),
    ];
    let translate = of(&inside).unwrap().translate.unwrap();
    assert_eq!((translate.languages.len(), translate.key), (3, None));
    for (environment, named) in [
        (
            [("DMT_TRANSLATE", "google"), ("RUST_LOG", "")],
            "DMT_TRANSLATE",
        ),
        (
            [("DMT_TRANSLATE", "deepl"), ("RUST_LOG", "")],
            "DMT_TRANSLATE_KEY",
        ),
        (
            [("DMT_TRANSLATE", "libretranslate"), ("RUST_LOG", "")],
            "DMT_TRANSLATE_URL",
        ),
        (
            [("DMT_TRANSLATE_URL", "nowhere"), ("RUST_LOG", "")],
            "DMT_TRANSLATE_URL",
        ),
        (
            [("DMT_TRANSLATE_LANGUAGES", "en,fr"), ("RUST_LOG", "")],
            "DMT_TRANSLATE_LANGUAGES",
        ),
        (
            [("DMT_TRANSLATE_KEY", "hunter2 hunter2"), ("RUST_LOG", "")],
            "DMT_TRANSLATE_KEY",
        ),
    ] {
        let text = of(&environment).unwrap_err().to_string();
        assert!(text.contains(named) && !text.contains("hunter2"), "{text}");
    }
}
