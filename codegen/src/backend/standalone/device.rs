//! Where activations compute: on the CPU.

use candle_core::{Device, Result, Tensor, bail};

use super::blocks::Function;
use super::parameters::Packed;

/// Refuses a device that no activation computes on.
pub(super) fn check_device(name: &str, what: &str, device: &Device) -> Result<()> {
    if device.is_cpu() {
        return Ok(());
    }
    bail!(
        "{name}: {what} is on {:?}, this operation runs on the CPU; move it with .to_device(&Device::Cpu)",
        device.location()
    )
}

/// The gradients, if the tensors are on another device than the CPU.
pub(super) fn backward<const X: usize>(
    _: &dyn Function<X>,
    _: &Packed,
    _: &[&Tensor],
    _: &Tensor,
) -> Result<Option<Vec<Option<Tensor>>>> {
    Ok(None)
}
