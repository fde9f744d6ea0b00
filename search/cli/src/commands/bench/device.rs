//! `actsmith bench activations --device cuda:0`.

use std::process::ExitCode;

use crate::error::Result;

/// Without the feature there is no other device than the CPU.
#[cfg(not(feature = "cuda"))]
pub(super) fn run(device: &str, _: &[u64], _: bool) -> Result<ExitCode> {
    Err(crate::error::Error::Usage(format!(
        "`{device}` cannot be measured: this program was built without its feature `cuda` (`cargo install … --features cuda`)"
    )))
}

#[cfg(feature = "cuda")]
pub(super) fn run(device: &str, sizes: &[u64], json: bool) -> Result<ExitCode> {
    use super::super::output::print;
    use crate::gpu::{Figure, first_use, measure};

    let device = super::super::device(device)?;
    let sizes: Vec<usize> = sizes.iter().map(|&n| n as usize).collect();
    let mut lines: Result<()> = Ok(());
    let mut write = |text: &str| {
        if lines.is_ok() {
            lines = print(text);
        }
    };
    for (what, ms) in first_use(&device)? {
        if !json {
            write(&format!("{what}: {ms:.1} ms"));
        }
    }
    let mut before = None;
    let mut report = |figure: Figure| {
        if json {
            write(&serde_json::to_string(&figure).unwrap_or_default());
            return;
        }
        let title = format!("n = {}, {}", figure.n, figure.dtype);
        if before.as_ref() != Some(&title) {
            write(&format!(
                "{title}, ms\n{:<18} {:<8} {:>9} {:>17} {:>9}",
                "", "", "forward", "forward+backward", "step"
            ));
            before = Some(title);
        }
        let time = |ms: f64| match ms.is_nan() {
            true => String::new(),
            false => format!("{ms:.4}"),
        };
        write(&format!(
            "{:<18} {:<8} {:>9} {:>17} {:>9}",
            figure.function,
            figure.mode,
            time(figure.forward_ms),
            time(figure.forward_backward_ms),
            time(figure.step_ms)
        ));
    };
    measure(&device, &sizes, &mut report)?;
    lines?;
    Ok(ExitCode::SUCCESS)
}
