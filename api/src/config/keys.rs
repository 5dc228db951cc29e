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

impl Key {
    /// The default between two marks; nothing where there is none.
    fn default_between(&self, before: &str, after: &str) -> String {
        if self.default.is_empty() {
            String::new()
        } else {
            format!("{before}{}{after}", self.default)
        }
    }
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
    key("DMT_PUBLIC_URL", "", "The address that people use, for the set-up link, the links of suppliers and the QR codes on paper; otherwise made from `DMT_BIND` and the request."),
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
    key("DMT_FILES", "dmt-files", "Where attachments lie: a folder (archives lie there too while they are imported over HTTP), or `s3://bucket/prefix` of a store that speaks S3, with the usual `AWS_…` variables in the environment."),
    key("DMT_MAX_ATTACHMENT_MB", "25", "The largest file that is attached, in MiB."),
    key("DMT_MAX_IMPORT_MB", "4096", "The largest archive that is imported over HTTP, in MiB."),
    key("DMT_RATE_LIMIT", "", "How many requests a user, or an address without a token, may send to this server, such as `600/min`; unset: any number."),
    key("DMT_CURRENCY", "", "The one currency (ISO 4217); fixed at first start, where it is `EUR` if unset."),
    key("DMT_TAG_PREFIX", "", "What tag numbers begin with; fixed at first start, where it is `DMT` if unset."),
    key("DMT_TIME_ZONE", "", "The zone in which days are counted (IANA name); fixed at first start, where it is `UTC` if unset."),
    secret("DMT_AUDIT_KEY", "", "Key of the audit trail's hashes: with it only its holder can recompute them; at least 16 characters, fixed at first start."),
    key("DMT_AUDIT_ANCHOR", "", "File to which the server adds anchors of the audit trail, and with which `dmt audit verify` compares it; unset: none."),
    key("DMT_AUDIT_ANCHOR_HOURS", "24", "How often the server adds one, besides at each start."),
    key("DMT_NOTIFY", "on", "Whether this server sends mail and calls webhooks; `off` for a copy that must not tell anybody: what is to be sent waits."),
    key("DMT_WEBHOOK_ALLOW", "", "Hosts and networks inside the plant that webhooks may call, also without TLS; separated by commas. Unset: only public addresses, by https."),
    secret("DMT_SMTP_URL", "", "The mail server: `smtps://user:password@host`, `smtp://user:password@host` (STARTTLS) or `smtp://host:25?tls=off`; unset: no mail."),
    key("DMT_MAIL_FROM", "", "The sender of mail, such as `DMT <dmt@example.com>`; together with `DMT_SMTP_URL`."),
    key("DMT_TRANSLATE", "off", "Who translates the texts of records: `off`, `libretranslate` or `deepl`."),
    key("DMT_TRANSLATE_URL", "", "Where the translator is, such as `http://translate.plant.example:5000`; it may be inside the plant. Unset for `deepl`: DeepL's own address."),
    secret("DMT_TRANSLATE_KEY", "", "The translator's key; `deepl` needs one."),
    key("DMT_TRANSLATE_LANGUAGES", "en,es,zh", "The languages that texts are translated into, each text but into its own; separated by commas."),
    key("RUST_LOG", "", "How much is logged: `error`, `warn`, `info`, `debug`; also by module. Unset, the server logs at `info`, other commands at `warn`."),
];

/// The key of a name.
pub fn of(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The table as the README has it.
pub fn markdown() -> String {
    let mut text = "| Key | Default | Meaning |\n|---|---|---|\n".to_owned();
    for key in KEYS {
        let (name, default, help) = (key.name, key.default_between("`", "`"), key.help);
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
    for key in KEYS {
        let (name, default) = (key.name, key.default_between(" [", "]"));
        let help = key.help.replace('`', "");
        text.push_str(&format!("  {name}{default}\n          {help}\n"));
    }
    text
}
