//! Misspelt options. A formula may begin with a sign, so clap would take `--expalin` for one.

use std::ffi::OsString;

use actsmith_codegen::syntax::nearest;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

/// The error for the first argument before `--` that is written like an option and is none of the subcommand that it stands behind.
pub(super) fn option(
    root: &Command,
    arguments: impl Iterator<Item = OsString>,
) -> Option<clap::Error> {
    let mut command = root;
    let before = arguments.take_while(|argument| argument != "--");
    for argument in before.filter_map(|argument| argument.into_string().ok()) {
        if let Some(subcommand) = command.find_subcommand(&argument) {
            command = subcommand;
        }
        let Some(name) = name(&argument) else {
            continue;
        };
        let options = || command.get_arguments().filter_map(Arg::get_long);
        if options().all(|known| known != name) {
            return Some(unknown(command, name, options()));
        }
    }
    None
}

/// The name in `--name` or `--name=value`; a single letter stands for a variable with two signs.
fn name(argument: &str) -> Option<&str> {
    let name = argument.strip_prefix("--")?.split('=').next()?;
    let is_word = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    (is_word && name.len() > 1 && !name.starts_with('-')).then_some(name)
}

fn unknown<'a>(
    command: &Command,
    name: &str,
    options: impl Iterator<Item = &'a str>,
) -> clap::Error {
    let mut error = clap::Error::new(ErrorKind::UnknownArgument).with_cmd(command);
    let given = ContextValue::String(format!("--{name}"));
    error.insert(ContextKind::InvalidArg, given);
    if let Some(near) = nearest(name, options) {
        let near = ContextValue::Strings(vec![format!("--{near}")]);
        error.insert(ContextKind::SuggestedArg, near);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn message(line: &str) -> Option<String> {
        let mut command = crate::commands::Arguments::command();
        command.build();
        let arguments = line.split(' ').map(OsString::from);
        option(&command, arguments).map(|error| error.to_string())
    }

    #[test]
    fn an_unknown_option_is_named_wherever_it_stands() {
        for (line, given, near) in [
            ("actsmith simplify --expalin x", "--expalin", "--explain"),
            ("actsmith simplify x --expalin", "--expalin", "--explain"),
            ("actsmith simplify --expalin", "--expalin", "--explain"),
            ("actsmith verify --dtyp f32 x", "--dtyp", "--dtype"),
            ("actsmith emit --nam=y x", "--nam", "--name"),
            ("actsmith equiv --jsn x y", "--jsn", "--json"),
            ("actsmith bench cell --jsn", "--jsn", "--json"),
        ] {
            let message = message(line).unwrap_or_else(|| panic!("{line}"));
            assert!(message.contains(&format!("'{given}'")), "{line}: {message}");
            assert!(message.contains(&format!("'{near}'")), "{line}: {message}");
        }
    }

    #[test]
    fn formulas_and_known_options_are_not_misspelt() {
        for line in [
            "actsmith simplify --x",
            "actsmith simplify -x",
            "actsmith simplify -- --beta",
            "actsmith simplify --explain x --set beta=1",
            "actsmith --help",
            "actsmith --version",
            "actsmith simplify --help",
        ] {
            assert_eq!(message(line), None, "{line}");
        }
    }
}
