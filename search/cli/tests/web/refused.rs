//! What cannot be served: one clear error.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

fn fails(arguments: &[&str], code: i32, part: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .arg("web")
        .args(arguments)
        .output()
        .expect("the command runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert!(message.contains(part), "{arguments:?}: {message}");
    assert_eq!(message.matches("error:").count(), 1, "{message}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn what_cannot_be_served_is_one_clear_error() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    fails(
        &["--port", &port],
        1,
        "another program listens there; give another port",
    );
    fails(&["--port", "70000"], 2, "70000");
    fails(&["--host", "example.org"], 2, "example.org");
    let directory = tempfile::tempdir().expect("a folder");
    let path = |name: &str| {
        directory
            .path()
            .join(name)
            .to_str()
            .expect("UTF-8")
            .to_owned()
    };
    fails(
        &[&path("nothing")],
        2,
        "is not there: give the folder of a run",
    );
    fs::write(path("file"), "").expect("a file");
    fails(&[&path("file")], 2, "is a file: give the folder of a run");
    fs::create_dir_all(path("other/one")).expect("a folder");
    fails(&[&path("other")], 2, "holds no run");
    fs::create_dir(path("empty")).expect("a folder");
    fails(&[&path("empty"), &path("empty/.")], 2, "is given twice");
}
