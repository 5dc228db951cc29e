//! One line for each event on stderr, with the id of the request that it belongs to.

use std::io::Write;

use env_logger::{Builder, Target};
use log::{Level, Record};
use service::db;

/// What tells too much at `info`.
const TALKATIVE: &str = "sea_orm_migration=warn,actix_server=warn,sqlx=warn";

/// Starts logging; `filter` is `RUST_LOG` (`info`, `warn,service=debug`, …).
pub fn start(filter: &str) {
    let mut builder = Builder::new();
    let filter = if filter == "info" {
        format!("{filter},{TALKATIVE}")
    } else {
        filter.to_owned()
    };
    builder
        .parse_filters(&filter)
        .target(Target::Stderr)
        .format(|out, record| {
            let time = out.timestamp_millis();
            writeln!(out, "{time} {}", line(record))
        });
    // A second start in one process (tests) keeps the first.
    if builder.try_init().is_ok() {
        std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
    }
}

/// `INFO service::sign_in request_id=…: text`; line breaks are shown as `\n`, so that no text can pass for
/// another line.
fn line(record: &Record<'_>) -> String {
    let text = record
        .args()
        .to_string()
        .replace('\r', "\\r")
        .replace('\n', "\\n");
    // The access line names its request itself.
    let id = match db::request::current() {
        Some(id) if record.target() != crate::access::TARGET => format!(" request_id={id}"),
        _ => String::new(),
    };
    format!("{:<5} {}{id}: {text}", level(record), record.target())
}

/// What the HTTP library cannot read is the client's fault, and no error of the server.
fn level(record: &Record<'_>) -> Level {
    if record.target().starts_with("actix_http") && record.level() == Level::Error {
        Level::Warn
    } else {
        record.level()
    }
}

#[cfg(test)]
mod tests {
    use log::{Level, Record};
    use service::db;

    use super::line;

    #[tokio::test]
    async fn a_line_names_its_request_and_stays_one_line() {
        let told = db::request::scope("r-1".to_owned(), async {
            line(
                &Record::builder()
                    .level(Level::Warn)
                    .target("x")
                    .args(format_args!("a\nb"))
                    .build(),
            )
        })
        .await;
        assert_eq!(told, "WARN  x request_id=r-1: a\\nb");
    }
}
