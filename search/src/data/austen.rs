//! The embedded text: "Pride and Prejudice" by Jane Austen (1813), by characters.
//!
//! The text is in the public domain; this copy is that of the R package janeaustenr.

use std::io::Read;
use std::sync::Arc;

use super::writing::{Characters, Writing};
use super::{DataSet, Splits, Text};
use crate::error::{Error, Result};

/// Tokens of a piece.
const CONTEXT: usize = 128;

/// "Pride and Prejudice" in pieces of 128 characters.
#[derive(Clone, Copy, Debug)]
pub struct Austen;

impl DataSet for Austen {
    fn name(&self) -> &str {
        "austen"
    }

    fn load(&self, _seed: u64) -> Result<Splits> {
        austen(CONTEXT)?.splits()
    }
}

/// "Pride and Prejudice" in pieces of `context` characters, of which there are 75 different ones.
///
/// # Errors
/// If a piece is empty or longer than the text.
pub fn austen(context: usize) -> Result<Text> {
    let mut text = String::new();
    let packed = include_bytes!("../../data/austen.txt.gz").as_slice();
    flate2::read::GzDecoder::new(packed)
        .read_to_string(&mut text)
        .map_err(|error| Error::Data(format!("the embedded text: {error}")))?;
    let characters = Characters::of(&text);
    let tokens: Vec<u32> = characters.encode(&text)?;
    Text::written(tokens, Arc::new(characters), context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_the_repository() -> Result<()> {
        let text = austen(CONTEXT)?;
        assert_eq!(text.tokens().len(), 684_768);
        assert_eq!(text.tokens().iter().max(), Some(&74));
        // The entropy of a character in bits.
        let mut counts = [0.0f64; 75];
        text.tokens()
            .iter()
            .for_each(|&token| counts[token as usize] += 1.0);
        let shares = counts.map(|count| count / text.tokens().len() as f64);
        let entropy: f64 = shares.iter().map(|share| -share * share.log2()).sum();
        assert!((entropy - 4.461).abs() < 1e-3, "{entropy}");
        Ok(())
    }
}
