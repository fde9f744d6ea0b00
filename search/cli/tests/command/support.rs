//! The command as a program.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) fn actsmith(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_actsmith"));
    command
        .args(arguments)
        .output()
        .expect("a program that starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

pub(crate) fn json(arguments: &[&str]) -> Value {
    let output = actsmith(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// Exit code and message of a command that fails.
pub(crate) fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let output = actsmith(arguments);
    assert!(
        output.stdout.is_empty(),
        "{arguments:?} prints nothing but its error"
    );
    (output.status.code(), text(&output.stderr))
}

/// The command with a text on its standard input.
pub(crate) fn actsmith_reading(arguments: &[&str], input: &[u8]) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("a program that starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input).expect("read");
    drop(stdin);
    child.wait_with_output().expect("an end")
}

/// The command in a folder, with arguments as a shell reads them.
pub(crate) fn actsmith_in(directory: &Path, arguments: &str) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .current_dir(directory)
        .args(shlex::split(arguments).expect("quoted well"))
        .output();
    command.expect("the command runs")
}

/// What a command in a folder prints.
pub(crate) fn succeeds(directory: &Path, arguments: &str) -> String {
    let output = actsmith_in(directory, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

/// A command in a folder that fails with this code and one error, which has this part.
pub(crate) fn fails(directory: &Path, arguments: &str, code: i32, part: &str) {
    let output = actsmith_in(directory, arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
    assert!(message.contains(part), "{arguments}: {message}");
    assert!(output.stdout.is_empty(), "{arguments}");
    assert_eq!(
        message.matches("error:").count(),
        1,
        "{arguments}: {message}"
    );
}
