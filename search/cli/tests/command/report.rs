//! `actsmith report`: what is in it, what it refuses, and how it looks in a browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{actsmith, failure, text};

/// A finished run: a short search on the digits with trainings from scratch.
fn searched(folder: &Path, seed: &str) -> String {
    let path = folder.join(format!("run <b>{seed}<"));
    let path = path.to_str().expect("UTF-8").to_owned();
    let settings = folder.join("small.toml");
    let small = "batch = 512\n[network]\nwidth = 2\n[search]\nepochs = 3\nshrink_start = 1\nreport_every = 1\n[retrain]\nepochs = 2\nseeds = 2\n";
    fs::write(&settings, small).expect("a file");
    let settings = settings.to_str().expect("UTF-8");
    let done = actsmith(&[
        "search", settings, "--quiet", "--seed", seed, "--out", &path,
    ]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    path
}

fn html(arguments: &[&str]) -> String {
    let done = actsmith(&[&["report", "-o", "-"], arguments].concat());
    assert!(done.status.success(), "{}", text(&done.stderr));
    text(&done.stdout)
}

/// What a headless Chromium prints for a page of this width after its scripts; none where there is no Chromium.
fn browsed(page: &Path, width: u32) -> Option<String> {
    let profile = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("chromium");
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    command.arg("--hide-scrollbars");
    // The frame is another file.
    command.args(["--allow-file-access-from-files", "--disable-web-security"]);
    command.arg("--virtual-time-budget=2000");
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg(format!("--window-size={width},900"));
    command.arg(format!("file://{}", page.display()));
    match command.output() {
        Ok(output) => Some(text(&output.stdout)),
        Err(_) => {
            eprintln!("skipped: there is no `chromium` to look at the report with");
            None
        }
    }
}

/// Measures the page in a frame of this width and writes what it finds into the document.
const PROBE: &str = r#"<!DOCTYPE html><body style="margin:0"><iframe id="f" style="border:0;width:WIDTHpx;height:900px" src="SOURCE"></iframe>
<pre id="out"></pre><script>
document.getElementById('f').onload = function () {
  var d = this.contentDocument, w = this.contentWindow, bad = [];
  d.querySelectorAll('body *').forEach(function (e) {
    var r = e.getBoundingClientRect();
    if (r.width && r.right > w.innerWidth + 1 && !e.closest('.scroll,pre')) bad.push(e.tagName + ' ' + Math.round(r.right));
  });
  var figures = Array.from(d.querySelectorAll('svg')).filter(function (e) { return e.getBoundingClientRect().height > 50; }).length;
  var cut = 0;
  d.querySelectorAll('svg').forEach(function (s) {
    var o = s.getBoundingClientRect();
    s.querySelectorAll('text').forEach(function (t) {
      var r = t.getBoundingClientRect();
      if (r.left < o.left - 1 || r.right > o.right + 1 || r.top < o.top - 1 || r.bottom > o.bottom + 1) cut++;
    });
  });
  document.getElementById('out').textContent = 'width=' + d.documentElement.scrollWidth + ' figures=' + figures
    + ' requests=' + w.performance.getEntriesByType('resource').length + ' cut=' + cut + ' bad=' + bad.slice(0, 5).join(',') + ';';
};
</script>"#;

#[test]
fn a_report_has_everything_in_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, two] = ["1", "2"].map(|seed| searched(folder.path(), seed));
    let page = html(&[&one, &two]);
    for part in [
        "<h2>run &lt;b&gt;1&lt;</h2>",
        "Beside one another",
        "Passport",
        "Code to paste",
        "actsmith::activation!(pub Found(x) = ",
        "pub struct Found",
        "prefers-color-scheme:dark",
        "From exact to simple",
        "Weights of the operations",
        "Held-out losses of the trainings",
        "width = 2",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("run <b>"), "names are escaped");
    // Namespaces are names, not addresses that anything asks for.
    let bare = page.replace("http://www.w3.org/2000/svg", "");
    for outward in ["src=", "href=", "@import", "<script", "<link"] {
        assert!(!bare.contains(outward), "{outward}");
    }
    assert_eq!(page, html(&[&one, &two]), "the same runs, the same bytes");
    let markdown = html(&[&one, "--format=md"]);
    assert!(markdown.starts_with("# Report of run \\<b\\>1\\<") && markdown.contains("| --- |"));
    let picture = fs::read_to_string(Path::new(&one).join("activation.svg")).expect("a picture");
    assert!(
        picture.contains(">found</text>") && !picture.contains(".0</text>"),
        "{picture}"
    );

    let file = folder.path().join("report.html");
    fs::write(&file, &page).expect("a file");
    for width in [375, 1280] {
        let probe = folder.path().join(format!("probe{width}.html"));
        let source = PROBE
            .replace("WIDTH", &width.to_string())
            .replace("SOURCE", "report.html");
        fs::write(&probe, source).expect("a file");
        let Some(seen) = browsed(&probe, width.max(500)) else {
            return;
        };
        let line = seen
            .lines()
            .find(|line| line.contains("figures="))
            .unwrap_or(&seen);
        let of = |name: &str| {
            let rest = line.split(name).nth(1).expect(name);
            rest.split([' ', ';']).next().expect("a value").to_owned()
        };
        assert_eq!(of("width="), width.to_string(), "{line}");
        assert!(
            of("figures=").parse::<usize>().expect("a number") >= 20,
            "{line}"
        );
        assert_eq!(
            (of("requests="), of("cut="), of("bad=")),
            ("0".to_owned(), "0".to_owned(), String::new()),
            "{line}"
        );
    }
}

#[test]
fn what_cannot_be_reported_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = searched(folder.path(), "3");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let out = path("report.html");
    let empty = path("empty");
    fs::create_dir(&empty).expect("a folder");
    for (arguments, message) in [
        (&["report", "/nowhere", "-o", &out][..], "is no folder"),
        (&["report", &empty, "-o", &out], "neither a run"),
        (&["report", &good, &good, "-o", &out], "given twice"),
    ] {
        let (code, found) = failure(arguments);
        assert!(code == Some(2) && found.contains(message), "{found}");
    }
    let none = actsmith(&["report"]);
    assert_eq!(none.status.code(), Some(2));
    let fails = |arguments: &[&str], message: &str| {
        let done = actsmith(arguments);
        assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
        assert!(
            text(&done.stderr).contains(message),
            "{}",
            text(&done.stderr)
        );
    };
    let nowhere = path("no/folder/report.html");
    fails(&["report", &good, "-o", &nowhere], "folder");
    // A broken run among good ones.
    let broken = searched(folder.path(), "4");
    fs::write(Path::new(&broken).join("metrics.jsonl"), "{\"event\": ").expect("a file");
    fails(
        &["report", &good, &broken, "-o", &out],
        "metrics.jsonl is damaged",
    );
    fs::write(Path::new(&broken).join("result.json"), "[]").expect("a file");
    fails(
        &["report", &good, &broken, "-o", &out],
        "result.json is damaged",
    );
    fs::remove_file(Path::new(&broken).join("result.json")).expect("a file");
    let (code, found) = failure(&["report", &good, &broken, "-o", &out]);
    assert!(code == Some(2) && found.contains("not finished"), "{found}");
    assert!(!Path::new(&out).exists());
}
