//! The style sheet, the scripts and the pictures: in the program, under addresses that change with their content, so
//! that browsers keep them for good.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use sha2::{Digest, Sha256};

use crate::answer::Reply;
use crate::problem::Problem;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(show_asset)
        .service(show_icon)
        .service(show_worker)
        .service(show_manifest);
}

struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";

const fn script(name: &'static str, content: &'static str) -> Asset {
    Asset {
        name,
        media_type: "text/javascript; charset=utf-8",
        content,
    }
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "style.css",
        media_type: CSS,
        // In the order in which rules win.
        content: concat!(
            include_str!("../../assets/css/base.css"),
            include_str!("../../assets/css/frame.css"),
            include_str!("../../assets/css/forms.css"),
            include_str!("../../assets/css/list.css"),
            include_str!("../../assets/css/record.css"),
            include_str!("../../assets/css/parts.css"),
            include_str!("../../assets/css/home.css"),
            include_str!("../../assets/css/floor.css"),
            include_str!("../../assets/css/reports.css"),
            include_str!("../../assets/css/corrective.css"),
            include_str!("../../assets/css/admin.css"),
        ),
    },
    Asset {
        // What is printed alone: no page but those of `paper` loads it, and they load no other.
        name: "paper.css",
        media_type: CSS,
        content: include_str!("../../assets/css/paper.css"),
    },
    script("list.js", include_str!("../../assets/list.js")),
    script("board.js", include_str!("../../assets/board.js")),
    script("record.js", include_str!("../../assets/record.js")),
    script("floor.js", include_str!("../../assets/floor.js")),
    script("queue.js", include_str!("../../assets/queue.js")),
    script("worker.js", include_str!("../../assets/worker.js")),
    script("order.js", include_str!("../../assets/order.js")),
    Asset {
        name: "manifest.webmanifest",
        media_type: "application/manifest+json",
        content: include_str!("../../assets/manifest.webmanifest"),
    },
    Asset {
        name: "icon.svg",
        media_type: "image/svg+xml",
        content: include_str!("../../assets/icon.svg"),
    },
];

static ADDRESSES: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let address = |asset: &Asset| {
        let digest = Sha256::digest(asset.content.as_bytes());
        let digest: String = digest[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        (asset.name, format!("/assets/{}?v={digest}", asset.name))
    };
    ASSETS.iter().map(address).collect()
});

/// Where an asset is; for a name that is none, nowhere.
pub(super) fn address(name: &str) -> &'static str {
    let mut known = ADDRESSES.iter();
    known
        .find(|(known, _)| *known == name)
        .map_or("", |(_, address)| address)
}

#[get("/assets/{name}")]
async fn show_asset(request: HttpRequest, name: web::Path<String>) -> Reply {
    answer(&request, &name)
}

#[get("/favicon.ico")]
async fn show_icon(request: HttpRequest) -> Reply {
    answer(&request, "icon.svg")
}

/// The worker asks this server for what it keeps, and nobody else for anything.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'";

/// The service worker: at the root, because it sees no page above its own address.
#[get("/worker.js")]
async fn show_worker(request: HttpRequest) -> Reply {
    let mut worker = answer(&request, "worker.js")?;
    let policy = header::HeaderValue::from_static(WORKER_POLICY);
    worker
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(worker)
}

/// How a phone keeps the floor page among its programs.
#[get("/manifest.webmanifest")]
async fn show_manifest(request: HttpRequest) -> Reply {
    answer(&request, "manifest.webmanifest")
}

fn answer(request: &HttpRequest, name: &str) -> Reply {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(Problem::no_route)?;
    let is_exact = request
        .uri()
        .path_and_query()
        .is_some_and(|asked| asked.as_str() == address(name));
    let kept = if is_exact {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    Ok(HttpResponse::Ok()
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, kept))
        .body(asset.content))
}
