//! `actsmith web`.
//!
//! The page asks, and this program answers: [`server`] has the addresses, [`guard`] refuses what does not come from the page itself, and
//! [`assets`] has the files of the page. Questions about formulas go through [`pool`] to processes of this program ([`worker`]), which can be
//! ended at any time; [`answers`] is what they do. [`folders`] knows the runs that may be looked at, and [`runs`] reads them.

mod answers;
mod assets;
mod curves;
mod folders;
mod guard;
mod language;
mod pool;
mod proof;
mod runs;
mod server;
mod worker;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use super::found::folders_once;
use super::output::{print, warn};
use crate::error::{Error, Result};
use folders::Folders;
use pool::Pool;
use server::Site;

/// Where runs are if nothing else is said: there `actsmith search` puts them.
const RUNS: &str = "runs";

/// Look at formulas and runs in the browser
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Look at formulas and runs in the browser: curves beside well-known functions, simplification with its proof, the front from exact \
        to simple, passport and code for every target; and the folders of searches and evaluations, live while they are at work. The page is \
        served by this command alone, until Ctrl-C, to this machine only unless --host says otherwise."
)]
pub(super) struct Arguments {
    /// Folders of runs or evaluations, or folders that hold such; without any, `runs`, where there is one
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,

    /// The port to listen at; 0 is one that is free
    #[arg(long, default_value_t = 8017)]
    port: u16,

    /// The address to listen at. Whoever reaches it sees the page and the folders: there is no password
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// Answer questions on standard input, as the processes of the page do
    #[arg(long, hide = true)]
    worker: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.worker {
        return worker::run();
    }
    folders_once(&arguments.folders)?;
    let folders = match &arguments.folders[..] {
        [] => Folders::read(
            &[PathBuf::from(RUNS)]
                .map(|runs| runs)
                .into_iter()
                .filter(|runs| runs.is_dir())
                .collect::<Vec<_>>(),
        )?,
        given => Folders::read(given)?,
    };
    if !arguments.host.is_loopback() {
        warn(&format!(
            "the page is shown to everyone who reaches {}; leave out --host to show it on this machine alone",
            arguments.host
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Failure(format!("no thread to serve from: {error}")))?;
    runtime.block_on(async {
        let listener = server::listen(arguments.host, arguments.port).await?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::Failure(error.to_string()))?;
        print(&format!("http://{address}/"))?;
        server::serve(listener, Site::new(folders, Pool::new()?)).await
    })
}
