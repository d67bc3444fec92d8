//! What pages need beside their HTML: one style sheet and one script, served from the binary under the hash of their bytes,
//! so that a browser keeps them for ever and never has the wrong ones.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("console.css");
const SCRIPT: &str = include_str!("console.js");
const ICON: &str = include_str!("icon.svg");

/// A file with its name.
struct Asset {
    name: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, text: &'static str) -> Asset {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Asset { name: format!("{stem}-{hash}.{ending}"), kind, text }
    }

    fn path(&self) -> String {
        format!("/console/_/assets/{}", self.name)
    }
}

static ALL: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        Asset::new("console", "css", "text/css; charset=utf-8", STYLE),
        Asset::new("console", "js", "text/javascript; charset=utf-8", SCRIPT),
        Asset::new("icon", "svg", "image/svg+xml", ICON),
    ]
});

/// Where the style sheet, the script and the icon are.
#[must_use]
pub fn paths() -> [String; 3] {
    ALL.each_ref().map(Asset::path)
}

/// `GET /console/_/assets/{file}`.
pub async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = ALL.iter().find(|asset| asset.name == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, asset.kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.text).into_response()
}
