//! Every configuration key on one screen: the table behind `dmt --help`, the README and the check for unknown keys.

/// A configuration key.
#[derive(Debug)]
pub struct Key {
    /// As it is set.
    pub name: &'static str,
    /// What holds when it is unset; empty: nothing.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
}

const fn key(name: &'static str, default: &'static str, help: &'static str) -> Key {
    Key {
        name,
        default,
        help,
        secret: false,
    }
}

const fn secret(name: &'static str, default: &'static str, help: &'static str) -> Key {
    Key {
        name,
        default,
        help,
        secret: true,
    }
}

/// The table.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    secret("DATABASE_URL", "sqlite://dmt.db", "The database: `sqlite:`, `postgres://`, `mariadb://` or `mysql://`, in SQLAlchemy's forms too."),
    key("DMT_BIND", "127.0.0.1:8080", "Where the server listens; several separated by commas."),
    key("DMT_PUBLIC_URL", "", "The address that people use, for the set-up link; otherwise made from `DMT_BIND`."),
    key("DMT_TLS_CERT", "", "File with the server's certificate chain (PEM); together with `DMT_TLS_KEY` it turns HTTPS on."),
    key("DMT_TLS_KEY", "", "File with the certificate's private key (PEM)."),
    key("DMT_TRUSTED_PROXIES", "", "Addresses or networks of proxies whose `X-Forwarded-For` is believed; separated by commas."),
    key("DMT_CORS_ORIGINS", "", "Origins whose pages may call the API from a browser, such as `https://mes.example.com`; separated by commas."),
    key("DMT_DB_MAX_CONNECTIONS", "10", "Connections to the database, at most."),
    key("DMT_DB_RECYCLE_SECS", "3600", "A connection that is older is replaced."),
    key("DMT_DB_ACQUIRE_TIMEOUT_SECS", "5", "How long a request waits for a free connection."),
    key("DMT_DB_WAIT_SECS", "20", "How long the start waits for the database."),
    key("DMT_REQUEST_TIMEOUT_SECS", "30", "How long a request may take before it is answered with 503, and a statement before the database server ends it."),
    key("DMT_MIGRATE", "on", "Whether the start brings the schema up to date; `off` if another user or step does it."),
    key("DMT_READ_ONLY", "off", "Whether changes are refused with 503; signing in and out stay possible."),
    key("DMT_SESSION_HOURS", "12", "How long a sign-in lasts."),
    key("DMT_MAX_BODY_KB", "1024", "The largest request body, in KiB."),
    key("DMT_RATE_LIMIT", "", "How many requests a user, or an address without a token, may send to this server, such as `600/min`; unset: any number."),
    key("DMT_CURRENCY", "", "The one currency (ISO 4217); fixed at first start, where it is `EUR` if unset."),
    key("DMT_TAG_PREFIX", "", "What tag numbers begin with; fixed at first start, where it is `DMT` if unset."),
    key("DMT_TIME_ZONE", "", "The zone in which days are counted (IANA name); fixed at first start, where it is `UTC` if unset."),
    secret("DMT_AUDIT_KEY", "", "Key of the audit trail's hashes: with it only its holder can recompute them; at least 16 characters, fixed at first start."),
    key("RUST_LOG", "info", "How much is logged: `error`, `warn`, `info`, `debug`; also by module."),
];

/// The key of a name.
pub fn of(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The table as the README has it.
pub fn markdown() -> String {
    let mut text = "| Key | Default | Meaning |\n|---|---|---|\n".to_owned();
    for Key {
        name,
        default,
        help,
        ..
    } in KEYS
    {
        let default = if default.is_empty() {
            String::new()
        } else {
            format!("`{default}`")
        };
        text.push_str(&format!("| `{name}` | {default} | {help} |\n"));
    }
    text
}

/// The table as `--help` has it.
pub fn help() -> String {
    let mut text =
        "Configuration, from the environment, `.env.local` and `.env` of the working directory; \
                    the first that has a key wins:\n"
            .to_owned();
    for Key {
        name,
        default,
        help,
        ..
    } in KEYS
    {
        let default = if default.is_empty() {
            String::new()
        } else {
            format!(" [{default}]")
        };
        text.push_str(&format!(
            "  {name}{default}\n          {}\n",
            help.replace('`', "")
        ));
    }
    text
}
