//! What all workers of a server share.

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
    /// Origins whose pages may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// How often is too often.
    pub limits: Limits,
    /// The largest body that is read, in bytes.
    pub max_body: usize,
    /// How long an answer may take.
    pub timeout: Duration,
    draining: AtomicBool,
}

/// The choices of a [`State`] that come from the configuration.
#[derive(Clone, Debug, Default)]
pub struct StateOptions {
    /// Whose X-Forwarded-For is believed.
    pub proxies: Proxies,
    /// Origins whose pages may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// The largest body that is read, in KiB; 1024 where it is 0.
    pub max_body_kb: usize,
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
        Self {
            system,
            metrics: Metrics::new(),
            proxies: options.proxies,
            cors_origins: options.cors_origins,
            limits: Limits::new(options.rate_limit),
            max_body: kilobytes * 1024,
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
