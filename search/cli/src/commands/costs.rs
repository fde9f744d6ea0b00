//! `actsmith costs`.

use std::fmt::Write;
use std::path::PathBuf;

use actsmith_codegen::backend::rust::cost;
use actsmith_codegen::{Measurement, measure_costs};
use serde_json::json;

use super::output::{self, STREAM, print, print_json, table};
use crate::error::{Error, Result};

/// Time every operation on this machine, against the table that simplification goes by
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write the measured costs as Rust source, in the form of codegen/src/backend/rust/cost.rs; `-` is standard output, which then gets
    /// nothing else
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let streamed = arguments
        .write
        .as_deref()
        .is_some_and(|path| path.as_os_str() == STREAM);
    if streamed && arguments.json {
        let message =
            "--write -: standard output holds the source alone; name a file, or leave out --json";
        return Err(Error::Usage(message.to_owned()));
    }
    let measured = measure_costs::<f32>();
    if let Some(path) = &arguments.write {
        output::write(path, &source(&measured))?;
        if streamed {
            return Ok(());
        }
    }
    if arguments.json {
        let entry = |m: &Measurement| {
            let name = format!("{:?}", m.op);
            (
                name,
                json!({ "measured": m.additions, "cost": f64::from(m.cost) / 10.0, "table": f64::from(cost(m.op)) / 10.0 }),
            )
        };
        return print_json(&serde_json::Map::from_iter(measured.iter().map(entry)));
    }
    let line = |m: &Measurement| {
        let tenth = |cost: u32| f64::from(cost) / 10.0;
        let columns = format!(
            "{:6.1}  {:6.1}  {:6.1}",
            m.additions,
            tenth(m.cost),
            tenth(cost(m.op))
        );
        (format!("{:?}", m.op), columns)
    };
    let header = ("additions".to_owned(), "  time    cost   table".to_owned());
    let rows: Vec<(String, String)> = std::iter::once(header)
        .chain(measured.iter().map(line))
        .collect();
    print(&table(&rows))
}

/// The text of the table.
fn source(measured: &[Measurement]) -> String {
    let mut arms = String::new();
    for m in measured {
        let _ = write!(arms, "        Op::{:?} => {},", m.op, m.cost);
        // What rounding does not explain.
        if m.additions * 10.0 > 1.06 * f64::from(m.cost) {
            let _ = write!(
                arms,
                " // {:.1} additions as measured; its definition costs less",
                m.additions
            );
        }
        arms.push('\n');
    }
    format!(
        "//! What an operation costs in a fused loop, in tenths of one vectorised f32 addition.\n\
         //!\n\
         //! Measured and written by `cargo run --release -p actsmith-cli -- costs --write codegen/src/backend/rust/cost.rs` on an AMD EPYC\n\
         //! (Zen 4) with AVX-512: the time of a loop over numbers in the first-level cache with the operation less that without, to two\n\
         //! digits. An operation never costs more than its definition: what it takes longer buys digits that the definition loses.\n\
         \n\
         use crate::ops::Op;\n\
         \n\
         /// The time of one evaluation in a fused loop, in tenths of an addition; `powi` for the exponent 5, and half a choice with its\n\
         /// comparison for each of the two.\n\
         pub const fn cost(op: Op) -> u32 {{\n    \
             match op {{\n{arms}    }}\n}}\n"
    )
}
