//! `actsmith completions`.

use std::path::{Path, PathBuf};

use actsmith_search::files;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::output::{self, STREAM};
use crate::error::{Error, Result};

/// Print the script that completes the command in a shell, or write its man pages
///
/// For bash: `actsmith completions bash > ~/.local/share/bash-completion/completions/actsmith`; for zsh, write the script to a file `_actsmith` in a
/// folder of `$fpath`; for fish, to `~/.config/fish/completions/actsmith.fish`. `actsmith completions --man ~/.local/share/man/man1` writes the
/// man pages, which `man actsmith-simplify` then shows.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell, unless man pages are written
    #[arg(value_enum, required_unless_present = "man")]
    shell: Option<Shell>,

    /// Write a man page for each command into this folder, such as ~/.local/share/man/man1
    #[arg(long, value_name = "FOLDER", conflicts_with = "shell")]
    man: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = super::Arguments::command();
    if let Some(shell) = arguments.shell {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command, "actsmith", &mut script);
        output::write(Path::new(STREAM), &String::from_utf8_lossy(&script))?;
    }
    if let Some(folder) = &arguments.man {
        std::fs::create_dir_all(folder).map_err(files::at(folder))?;
        command.build();
        pages(&command, "actsmith", folder)?;
    }
    Ok(())
}

/// Writes the page of a command, and those of its subcommands.
fn pages(command: &Command, name: &str, folder: &Path) -> Result<()> {
    // clap asks for names that live as long as the program; there are a few dozen.
    let named = command
        .clone()
        .name(String::leak(name.to_owned()) as &'static str);
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(named).render(&mut page);
    rendered.map_err(|error| Error::Failure(error.to_string()))?;
    let path = folder.join(format!("{name}.1"));
    files::write(&path, &page)?;
    let shown = command
        .get_subcommands()
        .filter(|known| !known.is_hide_set() && known.get_name() != "help");
    for subcommand in shown {
        pages(
            subcommand,
            &format!("{name}-{}", subcommand.get_name()),
            folder,
        )?;
    }
    Ok(())
}
