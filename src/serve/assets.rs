//! The pages: embedded as they stand, packed once, cached by what they hold.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap,
    IF_NONE_MATCH, VARY,
};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::answer::Fault;

const FILES: &[(&str, &str, &[u8])] = &{
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    [
        ("index.html", "text/html; charset=utf-8", include_bytes!("web/index.html") as &[u8]),
        ("login.html", "text/html; charset=utf-8", include_bytes!("web/login.html")),
        ("style.css", "text/css; charset=utf-8", include_bytes!("web/style.css")),
        ("app.js", SCRIPT, include_bytes!("web/app.js")),
        ("api.js", SCRIPT, include_bytes!("web/api.js")),
        ("boxes.js", SCRIPT, include_bytes!("web/boxes.js")),
        ("digits.js", SCRIPT, include_bytes!("web/digits.js")),
        ("dom.js", SCRIPT, include_bytes!("web/dom.js")),
        ("login.js", SCRIPT, include_bytes!("web/login.js")),
        ("place.js", SCRIPT, include_bytes!("web/place.js")),
        ("words.js", SCRIPT, include_bytes!("web/words.js")),
        ("save.js", SCRIPT, include_bytes!("web/save.js")),
        ("rule.js", SCRIPT, include_bytes!("web/rule.js")),
        ("steps.js", SCRIPT, include_bytes!("web/steps.js")),
        ("rooms/words.js", SCRIPT, include_bytes!("web/rooms/words.js")),
        ("rooms/collect.js", SCRIPT, include_bytes!("web/rooms/collect.js")),
        ("rooms/enrich.js", SCRIPT, include_bytes!("web/rooms/enrich.js")),
        ("rooms/map.js", SCRIPT, include_bytes!("web/rooms/map.js")),
        ("world.js", SCRIPT, include_bytes!("web/world.js")),
        ("plots.js", SCRIPT, include_bytes!("web/plots.js")),
        ("rooms/against.js", SCRIPT, include_bytes!("web/rooms/against.js")),
        ("rooms/board.js", SCRIPT, include_bytes!("web/rooms/board.js")),
        ("rooms/known.js", SCRIPT, include_bytes!("web/rooms/known.js")),
        ("rooms/shelf.js", SCRIPT, include_bytes!("web/rooms/shelf.js")),
        ("rooms/threshold.js", SCRIPT, include_bytes!("web/rooms/threshold.js")),
        ("rooms/cluster.js", SCRIPT, include_bytes!("web/rooms/cluster.js")),
        ("rooms/predict.js", SCRIPT, include_bytes!("web/rooms/predict.js")),
        ("rooms/recipe.js", SCRIPT, include_bytes!("web/rooms/recipe.js")),
        ("rooms/run.js", SCRIPT, include_bytes!("web/rooms/run.js")),
        ("rooms/learn.js", SCRIPT, include_bytes!("web/rooms/learn.js")),
        ("rooms/validate.js", SCRIPT, include_bytes!("web/rooms/validate.js")),
        ("rooms/watch.js", SCRIPT, include_bytes!("web/rooms/watch.js")),
        ("rooms/lists.js", SCRIPT, include_bytes!("web/rooms/lists.js")),
        ("rooms/alerts.js", SCRIPT, include_bytes!("web/rooms/alerts.js")),
        ("rooms/sql.js", SCRIPT, include_bytes!("web/rooms/sql.js")),
    ]
};

/// A file as it is sent.
struct Asset {
    path: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    packed: Vec<u8>,
    tag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |(path, kind, plain): &(&'static str, &'static str, &'static [u8])| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to a vector cannot fail.
        let _ = packer.write_all(plain);
        let packed = packer.finish().unwrap_or_default();
        let tag = format!("\"{}\"", &blake3::hash(plain).to_hex()[..16]);
        Asset { path, kind, plain, packed, tag }
    };
    FILES.iter().map(asset).collect()
});

/// A file of that name; for any other path the page itself, which reads the path.
pub async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Fault::not_found(format!("nothing takes that at {}", uri.path()), "")
            .into_response();
    }
    let asked = uri.path().trim_start_matches('/');
    let path = if asked == "login" { "login.html" } else { asked };
    let is_file = [".js", ".css", ".html", ".ico", ".map"].iter().any(|end| path.ends_with(end));
    let found = ASSETS.iter().find(|asset| asset.path == path);
    // A person who asks for a page that is none gets the page that says so.
    let person = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let person = person.is_some_and(|value| value.contains("text/html"));
    if let (None, true, true, Some(page)) = (found, is_file, person, ASSETS.first()) {
        let common = [(CONTENT_TYPE, page.kind), (CACHE_CONTROL, "no-cache")];
        return (StatusCode::NOT_FOUND, common, page.plain).into_response();
    }
    let Some(asset) = found.or_else(|| ASSETS.first().filter(|_| !is_file)) else {
        return Fault::not_found(format!("there is no {}", uri.path()), "").into_response();
    };
    let same = headers.get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == asset.tag.as_bytes());
    let common = [
        (CONTENT_TYPE, asset.kind),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "Accept-Encoding"),
        (ETAG, asset.tag.as_str()),
    ];
    if same {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let accepts = headers.get(ACCEPT_ENCODING);
    if accepts.is_some_and(|value| value.to_str().is_ok_and(|value| value.contains("gzip"))) {
        return (common, [(CONTENT_ENCODING, "gzip")], asset.packed.as_slice()).into_response();
    }
    (common, asset.plain).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_is_asked_for_is_there() {
        for (path, _, bytes) in FILES.iter().filter(|(path, ..)| path.ends_with(".js")) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for line in std::str::from_utf8(bytes).unwrap().lines() {
                let Some((_, asked)) = line.split_once(" from \"") else { continue };
                let asked = asked.trim_end_matches("\";");
                let whole = match asked.strip_prefix("../") {
                    Some(above) => above.to_owned(),
                    None => format!("{folder}/{}", asked.trim_start_matches("./")),
                };
                let whole = whole.trim_start_matches('/');
                assert!(FILES.iter().any(|(known, ..)| *known == whole), "{path} asks for {asked}");
            }
        }
    }

    #[test]
    fn pages_load_nothing_from_elsewhere_and_run_nothing_that_stands_in_them() {
        for (path, _, bytes) in FILES {
            // The name of a language is no address.
            let text =
                std::str::from_utf8(bytes).unwrap().replace("http://www.w3.org/2000/svg", "");
            for foreign in ["http://", "https://", "//cdn", "innerHTML", "eval(", "document.write"]
            {
                assert!(!text.contains(foreign), "{path} holds {foreign}");
            }
            if path.ends_with(".html") {
                for inline in
                    ["<style", " style=", "<script>", " onclick=", " onload=", " onerror="]
                {
                    assert!(!text.contains(inline), "{path} holds {inline}");
                }
            }
        }
    }
}
