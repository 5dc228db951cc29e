//! The two doors of `dmt`, HTTP and command line: they parse, call `service` and render, and know no rule.
//!
//! | to … | look in |
//! |---|---|
//! | add or change a route | `rest` (one file per noun), `system_routes`; what they are added to: `routes` |
//! | add or change a page | `web` (one file per noun), `templates/`, `locales/`, `assets/` |
//! | change how errors are answered | `problem`; as pages: `web::faults` |
//! | add a configuration key | `config::keys` |
//! | add a command | `cli` (one file per command) |
//! | see what happens around a request | `app`, `access`, `deadline`, `headers`, `limits`, `extract` |

pub mod access;
pub mod answer;
pub mod app;
pub mod cli;
pub mod config;
pub mod deadline;
pub mod extract;
pub mod headers;
pub mod limits;
pub mod logging;
pub mod metrics;
pub mod openapi;
pub mod outgoing;
pub mod problem;
pub mod proxies;
pub mod rest;
pub mod routes;
pub mod server;
pub mod state;
pub mod system_routes;
pub mod web;

mod tls;
