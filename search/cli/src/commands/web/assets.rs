//! The files of the page, which are part of the program.

use std::io::Write;
use std::sync::{LazyLock, OnceLock};

use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH,
    VARY,
};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A file, with what is worked out of it at the first request.
struct Asset {
    path: &'static str,
    bytes: &'static [u8],
    packed: OnceLock<Packed>,
}

struct Packed {
    /// Compressed, if that makes it shorter.
    gzip: Option<Vec<u8>>,
    tag: String,
}

macro_rules! assets {
    ($($path:literal)*) => {
        static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| vec![$(Asset {
            path: $path,
            bytes: include_bytes!(concat!("../../../web/", $path)),
            packed: OnceLock::new(),
        }),*]);
    };
}

assets! {
    "index.html" "app.css" "icon.svg"
    "js/main.js" "js/state.js" "js/ask.js" "js/dom.js" "js/editor.js" "js/complete.js" "js/plot.js" "js/zoo.js" "js/constants.js"
    "js/form.js" "js/math.js" "js/proof.js" "js/front.js" "js/passport.js" "js/code.js" "js/workbench.js"
    "js/runs.js" "js/run.js" "js/heat.js" "js/evaluation.js" "js/theme.js"
    "vendor/uplot/uPlot.iife.min.js" "vendor/uplot/uPlot.min.css" "vendor/uplot/LICENSE"
    "vendor/katex/katex.min.js" "vendor/katex/katex.min.css" "vendor/katex/LICENSE"
    "vendor/katex/fonts/KaTeX_AMS-Regular.woff2" "vendor/katex/fonts/KaTeX_Main-Regular.woff2"
    "vendor/katex/fonts/KaTeX_Main-Italic.woff2" "vendor/katex/fonts/KaTeX_Math-Italic.woff2"
    "vendor/katex/fonts/KaTeX_Size1-Regular.woff2" "vendor/katex/fonts/KaTeX_Size2-Regular.woff2"
    "vendor/katex/fonts/KaTeX_Size3-Regular.woff2" "vendor/katex/fonts/KaTeX_Size4-Regular.woff2"
    "vendor/inter/inter-latin-wght-normal.woff2" "vendor/inter/LICENSE"
    "vendor/jetbrains-mono/jetbrains-mono-latin-wght-normal.woff2" "vendor/jetbrains-mono/LICENSE"
}

impl Asset {
    fn media_type(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("woff2") => "font/woff2",
            _ => "text/plain; charset=utf-8",
        }
    }

    fn packed(&self) -> &Packed {
        self.packed.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            let gzip = encoder
                .write_all(self.bytes)
                .and_then(|()| encoder.finish())
                .ok();
            let mut sum = flate2::Crc::new();
            sum.update(self.bytes);
            Packed {
                gzip: gzip.filter(|gzip| gzip.len() < self.bytes.len() * 9 / 10),
                tag: format!("\"{:08x}{:x}\"", sum.sum(), self.bytes.len()),
            }
        })
    }
}

/// A file of the page; none if there is none at this path.
pub(super) fn asset(path: &str, headers: &HeaderMap) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let packed = asset.packed();
    let says = |name, text: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains(text))
    };
    let about = [
        (ETAG, packed.tag.as_str()),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "accept-encoding"),
    ];
    if says(IF_NONE_MATCH, &packed.tag) {
        return Some((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let media_type = [(CONTENT_TYPE, asset.media_type())];
    Some(match &packed.gzip {
        Some(gzip) if says(ACCEPT_ENCODING, "gzip") => (
            about,
            media_type,
            [(CONTENT_ENCODING, "gzip")],
            gzip.clone(),
        )
            .into_response(),
        _ => (about, media_type, asset.bytes).into_response(),
    })
}
