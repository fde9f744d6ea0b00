//! Which folders are shown, and that nothing else is.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::page::Page;

const SETTINGS: &str = "batch = 512\n[network]\nwidth = 2\n[search]\nepochs = 3\nshrink_start = 1\nreport_every = 1\n[retrain]\nepochs = 1\nseeds = 1\n";

/// A finished run of a short search on the digits.
pub(crate) fn searched(path: &Path) {
    let settings = path.with_extension("toml");
    fs::write(&settings, SETTINGS).expect("a file");
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .arg("search")
        .arg(&settings)
        .args(["--quiet", "--out"])
        .arg(path)
        .output()
        .expect("the command runs");
    fs::remove_file(settings).expect("removed");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}

fn run<'a>(list: &'a Value, name: &str) -> &'a Value {
    let runs = list["runs"].as_array().expect("runs");
    let found = runs.iter().find(|run| run["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))
}

#[test]
fn a_broken_run_among_good_ones_is_told_and_nothing_leads_out() {
    let directory = tempfile::tempdir().expect("a folder");
    let runs = directory.path().join("runs");
    fs::create_dir(&runs).expect("a folder");
    let good = runs.join("good <b>&");
    searched(&good);
    for (name, file, text) in [
        ("no-json", "result.json", "{\"seed\": 1,"),
        ("no-settings", "config.toml", "seed = \"one\""),
        ("no-lines", "metrics.jsonl", "{\"event\":\nnot JSON\n"),
        ("other-version", "result.json", "{}"),
    ] {
        copied(&good, &runs.join(name));
        fs::write(runs.join(name).join(file), text).expect("a file");
    }
    fs::remove_file(runs.join("no-lines/result.json")).expect("removed");
    copied(&good, &runs.join("stopped"));
    fs::remove_file(runs.join("stopped/result.json")).expect("removed");
    // A line that is being written.
    let metrics = fs::read_to_string(runs.join("stopped/metrics.jsonl")).expect("metrics");
    fs::write(runs.join("stopped/metrics.jsonl"), metrics + "{\"seed\":").expect("a file");

    let secret = directory.path().join("secret");
    fs::create_dir(&secret).expect("a folder");
    fs::write(secret.join("config.toml"), "hidden").expect("a file");
    fs::write(secret.join("result.json"), "\"hidden\"").expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(&secret, runs.join("linked")).expect("a link");
        copied(&good, &runs.join("linking"));
        fs::remove_file(runs.join("linking/result.json")).expect("removed");
        symlink(secret.join("result.json"), runs.join("linking/result.json")).expect("a link");
    }

    let page = Page::of(&[&runs]);
    let list = page.json("/api/runs");
    let row = run(&list, "good <b>&");
    assert_eq!(row["state"], "finished");
    assert_eq!((&row["data"], &row["seed"]), (&"digits".into(), &1.into()));
    assert!(
        row["score"]["accuracy"].is_number() && row["cost"].is_number(),
        "{row}"
    );
    for (name, part) in [
        ("no-json", "result.json is damaged"),
        ("no-settings", "config.toml cannot be read"),
        ("no-lines", "line 1 of metrics.jsonl is damaged"),
        (
            "other-version",
            "result.json is damaged or of another version",
        ),
    ] {
        let row = run(&list, name);
        assert_eq!(row["state"], "broken", "{row}");
        assert!(
            row["message"].as_str().expect("a message").contains(part),
            "{row}"
        );
        assert_eq!(page.json(&format!("/api/runs/0/{name}"))["state"], "broken");
    }
    let row = run(&list, "stopped");
    assert_eq!(
        (&row["state"], &row["epoch"]),
        (&"unfinished".into(), &1.into()),
        "{row}"
    );

    let detail = page.json("/api/runs/0/good%20%3Cb%3E%26");
    let records = detail["detail"]["records"].as_array().expect("lines");
    assert!(
        records
            .iter()
            .any(|record| record["event"] == "searched" && record["weights"].is_object())
    );
    assert!(
        detail["detail"]["settings"]
            .as_str()
            .expect("settings")
            .contains("[network]")
    );

    // The report of the command, with a name that would be a tag; no script may run in it.
    let report = page.get("/report/0/good%20%3Cb%3E%26");
    assert_eq!(report.status, 200, "{}", report.text());
    assert!(report.headers["content-security-policy"].starts_with("sandbox; default-src 'none'"));
    assert!(report.text().contains("good &lt;b&gt;&amp;") && !report.text().contains("<b>&"));
    let refused = page.get("/report/0/no-json");
    assert_eq!(
        (refused.status, refused.headers["content-type"].as_str()),
        (422, "application/json")
    );

    #[cfg(unix)]
    {
        let names = list["runs"]
            .as_array()
            .expect("runs")
            .iter()
            .map(|run| &run["name"]);
        assert!(names.clone().all(|name| name != "linked"), "{list}");
        assert_eq!(page.get("/api/runs/0/linked").status, 404);
        let linking = run(&list, "linking");
        assert_eq!(
            linking["message"],
            "result.json is a link that leads out of the folder"
        );
        assert_eq!(page.get("/report/0/linking").status, 403);
    }
    for path in [
        "/api/runs/0/..%2Fsecret",
        "/api/runs/0/..",
        "/api/runs/0/../secret",
        "/api/runs/0/%2e%2e%2fsecret",
        "/api/runs/0/good%00",
        "/api/runs/1/good",
        "/api/runs/-1/good",
        "/report/0/..%2Fsecret",
        "/report/0/.",
        "/../Cargo.toml",
        "/js/../../Cargo.toml",
        "/js/%2e%2e/%2e%2e/Cargo.toml",
        "/%2Fetc%2Fpasswd",
        "//etc/passwd",
    ] {
        let reply = page.get(path);
        assert!(matches!(reply.status, 400 | 404), "{path}: {reply:?}");
        assert!(
            !reply.text().contains("hidden") && !reply.text().contains("root:"),
            "{path}"
        );
    }
}

#[test]
fn a_run_and_an_evaluation_may_be_given_themselves() {
    let directory = tempfile::tempdir().expect("a folder");
    let evaluation = directory.path().join("evaluation");
    fs::create_dir_all(evaluation.join("units/found-seed1")).expect("a folder");
    fs::write(evaluation.join("units/found-seed1/unit.json"), "{}").expect("a file");
    let plan = "seeds = 2\n[[activations]]\nname = \"found\"\n[[activations]]\nname = \"relu\"\n";
    fs::write(evaluation.join("evaluation.toml"), plan).expect("a file");
    let page = Page::of(&[&evaluation]);
    let row = &page.json("/api/runs")["runs"][0];
    assert_eq!(
        (&row["kind"], &row["state"]),
        (&"evaluation".into(), &"unfinished".into())
    );
    assert_eq!((&row["done"], &row["planned"]), (&1.into(), &4.into()));
    let found = r#"{"verdicts":["found is better"],"network":"N","data":"D","measure":"accuracy","seeds":[1,2],"activations":[
        {"name":"found","role":"candidate","formula":"relu(x)","accuracy":{"mean":0.5,"deviation":0.1},"scores":[]}]}"#;
    fs::write(evaluation.join("evaluation.json"), found).expect("a file");
    let row = &page.json("/api/runs")["runs"][0];
    assert_eq!(
        (&row["state"], &row["score"]["accuracy"]),
        (&"finished".into(), &0.5.into())
    );
    let detail = page.json("/api/runs/0/evaluation");
    assert_eq!(detail["detail"]["result"]["verdicts"][0], "found is better");
}
