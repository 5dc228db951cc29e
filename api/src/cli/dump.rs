//! The lines that back a database server up and restore it: its own tools do it best, and nobody has to stop.
//!
//! What is printed is a shell script without the password: `eval "$(dmt backup FILE)"` runs it. CI runs it against
//! each server (`scripts/check-backup.sh`).

use std::path::Path;

use service::db::{DatabaseUrl, Engine};

/// How a backup is made.
pub(super) fn backup(url: &DatabaseUrl, engine: Engine, file: &Path) -> String {
    let file = quoted(&file.to_string_lossy());
    match engine {
        Engine::Postgres => format!(
            "{}(umask 077 && pg_dump --format=custom --no-owner --no-privileges --file={file} {})",
            password(url, "PGPASSWORD or ~/.pgpass"),
            quoted(&url.without_password().expose()),
        ),
        _ => {
            let (tool, only_mysql) = match engine {
                Engine::MariaDb => ("mariadb-dump", ""),
                _ => ("mysqldump", " --set-gtid-purged=OFF"),
            };
            format!(
                "{}(umask 077 && {tool} {} --single-transaction --quick --hex-blob --no-tablespaces \
                 --skip-add-drop-table --default-character-set=utf8mb4{only_mysql} {} >{file})",
                password(url, "MYSQL_PWD or ~/.my.cnf"),
                login(url, engine),
                quoted(url.database().unwrap_or_default()),
            )
        }
    }
}

/// How it is restored: into an empty database, because nothing is dropped.
pub(super) fn restore(url: &DatabaseUrl, engine: Engine, file: &Path) -> String {
    let file = quoted(&file.to_string_lossy());
    let line = match engine {
        Engine::Postgres => format!(
            "{}pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname={} {file}",
            password(url, "PGPASSWORD or ~/.pgpass"),
            quoted(&url.without_password().expose()),
        ),
        _ => {
            let tool = match engine {
                Engine::MariaDb => "mariadb",
                _ => "mysql",
            };
            format!(
                "{}{tool} {} --default-character-set=utf8mb4 {} <{file}",
                password(url, "MYSQL_PWD or ~/.my.cnf"),
                login(url, engine),
                quoted(url.database().unwrap_or_default()),
            )
        }
    };
    format!(
        "# Into an empty database (db_scripts/ make one), as the user who owns the tables, and with no server on it.\n\
         {line}\n\
         dmt migrate  # gives the server's user its rights\n\
         dmt audit verify"
    )
}

fn password(url: &DatabaseUrl, places: &str) -> String {
    if url.has_password() {
        format!("# The password is not shown: the tool takes it from {places}.\n")
    } else {
        String::new()
    }
}

/// MariaDB's and MySQL's tools: where, as whom, and how encrypted.
fn login(url: &DatabaseUrl, engine: Engine) -> String {
    let mut words = Vec::new();
    match (url.socket(), url.host(), url.port()) {
        (Some(socket), ..) => words.push(format!("--socket={}", quoted(&socket.to_string_lossy()))),
        (None, Some(host), Some(port)) => words.push(format!(
            // To these tools, localhost is a socket.
            "--protocol=TCP --host={} --port={port}",
            quoted(host)
        )),
        _ => {}
    }
    if let Some(user) = url.user() {
        words.push(format!("--user={}", quoted(user)));
    }
    for (name, value) in url.tls_parameters() {
        words.push(match (name, value.as_str(), engine) {
            ("ssl-mode", "disabled", Engine::MariaDb) => "--skip-ssl".to_owned(),
            ("ssl-mode", "preferred", Engine::MariaDb) => continue,
            ("ssl-mode", "required", Engine::MariaDb) => "--ssl".to_owned(),
            ("ssl-mode", _, Engine::MariaDb) => "--ssl --ssl-verify-server-cert".to_owned(),
            ("ssl-mode", mode, _) => format!("--ssl-mode={}", mode.to_ascii_uppercase()),
            (name, file, _) => format!("--{name}={}", quoted(file)),
        });
    }
    words.join(" ")
}

/// A word of the shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn lines(url: &str, engine: Engine) -> [String; 2] {
        let (url, file) = (url.parse().unwrap(), Path::new("a b's.dump"));
        [backup(&url, engine, file), restore(&url, engine, file)]
    }

    #[test]
    fn no_line_has_the_password_and_every_word_is_quoted() {
        let all = [
            lines(
                "postgres://u:s3cret@h/d?sslmode=verify-full&sslrootcert=/c a",
                Engine::Postgres,
            ),
            lines("mysql://u:s3cret@h/d?ssl-mode=REQUIRED", Engine::MySql),
            lines("mariadb://u:s3cret@h/d%3B rm", Engine::MariaDb),
        ];
        for text in all.iter().flatten() {
            assert!(!text.contains("s3cret"), "{text}");
            assert!(text.contains(r"'a b'\''s.dump'"), "{text}");
            assert!(text.contains("The password is not shown"), "{text}");
        }
        assert!(
            all[0][0].contains("'postgres://u@h:5432/d?sslmode=verify-full&sslrootcert=%2Fc%20a'")
        );
        assert!(
            all[1][0].contains("--ssl-mode=REQUIRED")
                && all[1][0].contains("--set-gtid-purged=OFF")
        );
        assert!(all[2][1].contains("mariadb --protocol=TCP --host=h --port=3306 --user=u"));
        assert!(all[2][1].contains("'d; rm'"));
    }

    #[test]
    fn a_socket_and_a_verified_server_stay_so() {
        let url = "mysql://u@/d?socket=/run/my.sock&ssl-mode=VERIFY_IDENTITY&ssl-ca=/ca.pem";
        let [line, _] = lines(url, Engine::MariaDb);
        assert!(
            line.contains(
                "--socket=/run/my.sock --user=u --ssl --ssl-verify-server-cert --ssl-ca=/ca.pem"
            ),
            "{line}"
        );
        assert!(!line.contains("password"), "{line}");
    }
}
