//! How the numbers of images become those that a network sees: shifted and scaled, channel by channel.

/// Shifts and scales each channel: `(x − mean) / deviation`.
pub(super) struct Scale {
    channels: Vec<(f32, f32)>,
    /// What each byte of each channel becomes.
    bytes: Vec<[f32; 256]>,
}

impl Scale {
    pub(super) fn none(channels: usize) -> Self {
        Self::new((0..channels).map(|_| (0.0, 1.0)))
    }

    /// That of means and deviations; a deviation of 0 counts as 1.
    pub(super) fn new(channels: impl Iterator<Item = (f64, f64)>) -> Self {
        let channels: Vec<(f32, f32)> = channels
            .map(|(mean, deviation)| (mean as f32, deviation as f32))
            .map(|(mean, deviation)| (mean, if deviation > 0.0 { deviation } else { 1.0 }))
            .collect();
        let table = |(mean, deviation): &(f32, f32)| {
            std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / deviation)
        };
        Self {
            bytes: channels.iter().map(table).collect(),
            channels,
        }
    }

    pub(super) fn of_byte(&self, channel: usize, byte: u8) -> f32 {
        self.bytes[channel][usize::from(byte)]
    }

    pub(super) fn of(&self, channel: usize, value: f32) -> f32 {
        let (mean, deviation) = self.channels[channel];
        (value - mean) / deviation
    }
}
