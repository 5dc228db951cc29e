//! What all workers of a server share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use service::System;

use crate::limits::{Limits, Rate};
use crate::metrics::Metrics;
use crate::proxies::Proxies;

/// What every request may look at.
pub struct State {
    /// The system that is served.
    pub system: System,
    /// What is counted.
    pub metrics: Metrics,
    /// Whose X-Forwarded-For is believed.
    pub proxies: Proxies,
    /// The address that people use, without a slash at its end; the one that a request was sent to where it is not said.
    pub public_url: Option<String>,
    /// Origins whose pages may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// How often is too often.
    pub limits: Limits,
    /// The largest body that is read, in bytes.
    pub max_body: usize,
    /// Where archives lie while they are imported, and files that are to be attached while they come.
    pub files: PathBuf,
    /// The largest archive that is taken, in bytes.
    pub max_import: u64,
    /// The largest file that is attached, in bytes.
    pub max_attachment: u64,
    /// How long an answer may take.
    pub timeout: Duration,
    draining: AtomicBool,
}

/// The choices of a [`State`] that come from the configuration.
#[derive(Clone, Debug, Default)]
pub struct StateOptions {
    /// Whose X-Forwarded-For is believed.
    pub proxies: Proxies,
    /// The address that people use, without a slash at its end.
    pub public_url: Option<String>,
    /// Origins whose pages may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// The largest body that is read, in KiB; 1024 where it is 0.
    pub max_body_kb: usize,
    /// Where archives lie while they are imported; the system's folder for such files where there is none.
    pub files: Option<PathBuf>,
    /// The largest archive that is taken, in MiB; 4096 where it is 0.
    pub max_import_mb: u64,
    /// The largest file that is attached, in MiB; 25 where it is 0.
    pub max_attachment_mb: u64,
    /// How long an answer may take; 30 seconds where it is 0.
    pub timeout: Duration,
    /// How many requests a user or address may send; any number where there is none.
    pub rate_limit: Option<Rate>,
}

impl State {
    /// Puts a server's state together.
    pub fn new(system: System, options: StateOptions) -> Self {
        let kilobytes = if options.max_body_kb == 0 {
            1024
        } else {
            options.max_body_kb
        };
        let megabytes = if options.max_import_mb == 0 {
            4096
        } else {
            options.max_import_mb
        };
        let attachment = if options.max_attachment_mb == 0 {
            25
        } else {
            options.max_attachment_mb
        };
        Self {
            system,
            metrics: Metrics::new(),
            proxies: options.proxies,
            public_url: options.public_url,
            cors_origins: options.cors_origins,
            limits: Limits::new(options.rate_limit),
            max_body: kilobytes * 1024,
            files: options.files.unwrap_or_else(std::env::temp_dir),
            max_import: megabytes << 20,
            max_attachment: attachment << 20,
            timeout: if options.timeout.is_zero() {
                Duration::from_secs(30)
            } else {
                options.timeout
            },
            draining: AtomicBool::new(false),
        }
    }

    /// From here on the server is on its way out.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the server is on its way out.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}
