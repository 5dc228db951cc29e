//! What is counted, for Prometheus: names, labels and buckets in one place.
//!
//! Routes are labelled by their pattern (`/api/v1/parts/{id}`), never by the address that was asked for, so
//! that the number of series is bounded.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};
use service::db::PoolState;

/// Upper ends of the buckets of a request's duration, in seconds.
const BUCKETS: &[f64] = &[
    0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The methods that have a label of their own.
const METHODS: &[&str] = &["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"];

/// The counters of one server.
pub struct Metrics {
    registry: Registry,
    requests: Option<IntCounterVec>,
    durations: Option<HistogramVec>,
    in_flight: Option<IntGauge>,
    pool_size: Option<IntGauge>,
    pool_idle: Option<IntGauge>,
    sign_in_failures: Option<IntCounter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All counters at nothing.
    pub fn new() -> Self {
        let registry = Registry::new();
        let gauge = |name, help| register(&registry, IntGauge::new(name, help));
        let requests = Opts::new("dmt_http_requests_total", "Requests answered.");
        let durations = HistogramOpts::new(
            "dmt_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
        )
        .buckets(BUCKETS.to_vec());
        let build = Opts::new("dmt_build_info", "The version of dmt; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        if let Some(build) = register(&registry, IntGauge::with_opts(build)) {
            build.set(1);
        }
        Self {
            requests: register(
                &registry,
                IntCounterVec::new(requests, &["method", "route", "status"]),
            ),
            durations: register(
                &registry,
                HistogramVec::new(durations, &["method", "route"]),
            ),
            in_flight: gauge("dmt_http_requests_in_flight", "Requests being answered."),
            pool_size: gauge("dmt_db_connections", "Open connections to the database."),
            pool_idle: gauge(
                "dmt_db_connections_idle",
                "Open connections to the database that are unused.",
            ),
            sign_in_failures: register(
                &registry,
                IntCounter::new(
                    "dmt_sign_in_failures_total",
                    "Refused sign-ins and signatures.",
                ),
            ),
            registry,
        }
    }

    /// A request has begun.
    pub fn begin(&self) {
        self.in_flight.iter().for_each(IntGauge::inc);
    }

    /// A request has been answered.
    pub fn end(&self, method: &str, route: &str, status: u16, took: Duration) {
        let method = METHODS
            .iter()
            .find(|known| **known == method)
            .map_or("OTHER", |known| *known);
        self.in_flight.iter().for_each(IntGauge::dec);
        if let Some(requests) = &self.requests {
            requests
                .with_label_values(&[method, route, &status.to_string()])
                .inc();
        }
        if let Some(durations) = &self.durations {
            durations
                .with_label_values(&[method, route])
                .observe(took.as_secs_f64());
        }
    }

    /// A sign-in or a signature was refused.
    pub fn sign_in_failed(&self) {
        self.sign_in_failures.iter().for_each(IntCounter::inc);
    }

    /// Everything in Prometheus' text format.
    pub fn render(&self, pool: PoolState) -> String {
        self.pool_size
            .iter()
            .for_each(|gauge| gauge.set(pool.size.into()));
        self.pool_idle
            .iter()
            .for_each(|gauge| gauge.set(pool.idle.into()));
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            log::error!("the metrics could not be written: {error}");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// A counter that cannot be made or is there twice would be a slip of this file, which the test below finds;
/// it is not worth a server that does not start.
fn register<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    counter: prometheus::Result<C>,
) -> Option<C> {
    let counter = counter.and_then(|counter| {
        registry
            .register(Box::new(counter.clone()))
            .map(|()| counter)
    });
    counter
        .inspect_err(|error| log::error!("a metric is missing: {error}"))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use service::db::PoolState;

    use super::Metrics;

    #[test]
    fn every_metric_is_told() {
        let metrics = Metrics::new();
        metrics.begin();
        metrics.end("BREW", "/ready", 200, Duration::from_millis(3));
        metrics.sign_in_failed();
        let text = metrics.render(PoolState { size: 3, idle: 2 });
        for line in [
            r#"dmt_http_requests_total{method="OTHER",route="/ready",status="200"} 1"#,
            r#"dmt_http_request_duration_seconds_bucket{method="OTHER",route="/ready",le="0.005"} 1"#,
            "dmt_http_requests_in_flight 0",
            "dmt_db_connections 3",
            "dmt_db_connections_idle 2",
            "dmt_sign_in_failures_total 1",
            "dmt_build_info{version=",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
