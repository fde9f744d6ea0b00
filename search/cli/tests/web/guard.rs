//! What other pages and other names get: nothing.

use std::collections::BTreeSet;

use crate::page::Page;

#[test]
fn a_request_from_elsewhere_is_refused() {
    let page = Page::of(&[]);
    let own = page.host();
    let port = page.port;
    let (evil, named) = (format!("evil.example:{port}"), format!("localhost:{port}"));
    let origin = format!("http://{own}");
    for (headers, status) in [
        (vec![("host", own.as_str())], 200),
        (vec![("host", &named)], 200),
        (vec![("host", &own), ("origin", &origin)], 200),
        // A name that leads to this machine.
        (vec![("host", &evil)], 403),
        (vec![("host", "")], 403),
        (vec![("host", &own), ("origin", "http://evil.example")], 403),
        (vec![("host", &own), ("origin", "null")], 403),
        (vec![("host", &own), ("sec-fetch-site", "cross-site")], 403),
    ] {
        for path in ["/api/language", "/api/runs", "/js/main.js"] {
            let reply = page.request(&format!("GET {path}"), &headers, b"");
            assert_eq!(reply.status, status, "{path}: {headers:?}");
        }
    }
    // A form of another page can send text, and nothing else.
    let headers = [("host", own.as_str()), ("content-type", "text/plain")];
    let question = br#"{"ask":"curves","formula":"x","x":["0","1"]}"#;
    assert_eq!(
        page.request("POST /api/ask", &headers, question).status,
        415
    );
}

#[test]
fn only_this_machine_is_listened_to() {
    let page = Page::of(&[]);
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{:04X}", page.port);
    let listening = table.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (local, _, state) = (words.next()?, words.next()?, words.next()?);
        (local.ends_with(&port) && state == "0A").then(|| local.to_owned())
    });
    let listening: BTreeSet<String> = listening.collect();
    // Where there is no such table, there is nothing to see.
    assert!(
        listening.iter().all(|local| local.starts_with("0100007F")),
        "{listening:?}"
    );
}

#[test]
fn every_answer_holds_browsers_to_the_page() {
    let page = Page::of(&[]);
    for path in ["/", "/api/runs", "/js/main.js", "/nothing"] {
        let reply = page.get(path);
        let policy = &reply.headers["content-security-policy"];
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
            "{policy}"
        );
        // Attributes of style, which KaTeX writes, run nothing and load nothing.
        let rest = policy.replace("style-src-attr 'unsafe-inline'", "");
        assert!(!rest.contains("unsafe"), "{policy}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(reply.headers["referrer-policy"], "no-referrer", "{path}");
    }
    assert_eq!(page.get("/nothing").status, 404);
    let html = page.get("/").text();
    // Scripts and styles are files.
    assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("onclick"));
    let scripts = html.match_indices("<script").count();
    assert_eq!(html.match_indices("<script src=").count(), scripts);
}

/// Everything that the first view loads, compressed, is below 300 kB; nothing in it leads elsewhere.
#[test]
fn the_first_view_is_small_and_its_own() {
    let page = Page::of(&[]);
    let host = page.host();
    let packed = |path: &str| {
        let headers = [("host", host.as_str()), ("accept-encoding", "gzip")];
        let reply = page.request(&format!("GET /{path}"), &headers, b"");
        assert_eq!(reply.status, 200, "{path}");
        reply.body.len()
    };
    let mut seen = BTreeSet::from([String::new()]);
    let mut open = vec![String::new()];
    let mut total = 0;
    while let Some(path) = open.pop() {
        total += packed(&path);
        let text = page.get(&format!("/{path}")).text();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found: Vec<String> = Vec::new();
        for (mark, end) in [
            ("src=\"", '"'),
            ("href=\"", '"'),
            ("from './", '\''),
            ("src:url(vendor", ')'),
        ] {
            for piece in text
                .split(mark)
                .skip(1)
                .filter(|_| !path.starts_with("vendor"))
            {
                let target = piece.split(end).next().unwrap_or_default();
                let target = match mark {
                    "from './" => format!("{folder}/{target}"),
                    "src:url(vendor" => format!("vendor{target}"),
                    _ => target.to_owned(),
                };
                assert!(!target.contains("//"), "{path} leads to {target}");
                if !target.starts_with('#') && !target.contains('$') {
                    found.push(target);
                }
            }
        }
        open.extend(
            found
                .into_iter()
                .filter(|target| seen.insert(target.clone())),
        );
    }
    assert!(seen.len() > 15, "{seen:?}");
    for later in [
        "vendor/katex/katex.min.js",
        "vendor/katex/katex.min.css",
        "vendor/katex/fonts/KaTeX_Main-Regular.woff2",
        "vendor/katex/fonts/KaTeX_Math-Italic.woff2",
    ] {
        total += packed(later);
    }
    assert!(total < 300_000, "{total} bytes");
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let page = Page::of(&[]);
    let host = page.host();
    for path in ["/js/main.js", "/api/runs"] {
        let tag = page.get(path).headers["etag"].clone();
        let headers = [("host", host.as_str()), ("if-none-match", tag.as_str())];
        let again = page.request(&format!("GET {path}"), &headers, b"");
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
}
