//! Tokens in as few bytes as their vocabulary needs.

use std::ops::Range;

/// Tokens of a text, one after the other.
pub(super) enum Tokens {
    Narrow(Vec<u8>),
    Medium(Vec<u16>),
    Wide(Vec<u32>),
}

impl Tokens {
    /// Tokens below `vocabulary`, or the first that is not.
    ///
    /// # Errors
    /// That token.
    pub(super) fn new(
        tokens: impl IntoIterator<Item = u32>,
        vocabulary: usize,
    ) -> Result<Self, u32> {
        let tokens = tokens.into_iter();
        let known = tokens.map(|token| match (token as usize) < vocabulary {
            true => Ok(token),
            false => Err(token),
        });
        Ok(match vocabulary {
            0..=0x100 => Self::Narrow(
                known
                    .map(|t| t.map(|t| t as u8))
                    .collect::<Result<_, _>>()?,
            ),
            0x101..=0x1_0000 => Self::Medium(
                known
                    .map(|t| t.map(|t| t as u16))
                    .collect::<Result<_, _>>()?,
            ),
            _ => Self::Wide(known.collect::<Result<_, _>>()?),
        })
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Narrow(tokens) => tokens.len(),
            Self::Medium(tokens) => tokens.len(),
            Self::Wide(tokens) => tokens.len(),
        }
    }

    /// Adds a part of them to others.
    pub(super) fn copy(&self, part: Range<usize>, to: &mut Vec<u32>) {
        match self {
            Self::Narrow(tokens) => to.extend(tokens[part].iter().map(|&token| u32::from(token))),
            Self::Medium(tokens) => to.extend(tokens[part].iter().map(|&token| u32::from(token))),
            Self::Wide(tokens) => to.extend_from_slice(&tokens[part]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_keeps_the_tokens() {
        for (vocabulary, bytes) in [(256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
            let last = vocabulary as u32 - 1;
            let tokens = Tokens::new([0, last, 7], vocabulary).expect("tokens");
            let mut copied = vec![9];
            tokens.copy(1..3, &mut copied);
            assert_eq!((tokens.len(), copied), (3, vec![9, last, 7]));
            let width = match tokens {
                Tokens::Narrow(_) => 1,
                Tokens::Medium(_) => 2,
                Tokens::Wide(_) => 4,
            };
            assert_eq!(width, bytes);
            assert_eq!(Tokens::new([0, last + 1], vocabulary).err(), Some(last + 1));
        }
    }
}
