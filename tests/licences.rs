//! Every crate that a build on this platform may use has a licence that goes with `MIT OR Apache-2.0`.

use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Licences that ask for a notice at most.
const ACCEPTED: [&str; 5] = ["Apache-2.0", "BSD-3-Clause", "MIT", "Unicode-3.0", "Zlib"];

/// Whether the accepted licences suffice for an expression such as `MIT/Apache-2.0` or `(MIT OR GPL-3.0) AND Zlib`.
fn accepted(licence: &str) -> Result<bool, String> {
    let expression =
        Expression::parse_mode(licence, ParseMode::LAX).map_err(|error| error.to_string())?;
    Ok(expression.evaluate(|required| {
        required.addition.is_none()
            && required
                .license
                .id()
                .is_some_and(|id| ACCEPTED.contains(&id.name))
    }))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_dependency_has_an_accepted_licence() {
    let version = cargo(&["-vV"]);
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host");
    // Crates of other platforms are not there when the network is not.
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        "--offline",
        "--filter-platform",
        host,
    ]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.iter().any(|package| package["name"] == "egg"));
    let refused: Vec<String> = packages
        .iter()
        .filter_map(|package| {
            let why = match package["license"].as_str().map(accepted) {
                Some(Ok(true)) => return None,
                Some(Ok(false)) => package["license"].to_string(),
                Some(Err(error)) => error,
                None => "no licence is stated".to_owned(),
            };
            Some(format!("{}: {why}", package["name"]))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn an_expression_is_accepted_only_if_the_accepted_licences_suffice() {
    for licence in [
        "MIT",
        "MIT/Apache-2.0",
        "Apache-2.0 OR BSL-1.0",
        "GPL-3.0-only OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ] {
        assert_eq!(accepted(licence), Ok(true), "{licence}");
    }
    for licence in [
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "LGPL-2.1-or-later",
        "Apache-2.0 WITH Classpath-exception-2.0",
        "LicenseRef-proprietary",
    ] {
        assert_eq!(accepted(licence), Ok(false), "{licence}");
    }
    assert!(accepted("free for all").is_err());
}
