//! Text, as the tokens that follow each other.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::tokens::Tokens;
use super::writing::{Characters, Writing};
use super::{Examples, Kind, Splits};
use crate::error::{Error, Result};

/// Pieces of a text, to predict the next token of each of theirs.
///
/// ```
/// use actsmith_search::data::{Examples, Text};
///
/// let (tokens, alphabet) = Text::characters("abracadabra");
/// assert_eq!(alphabet, ['a', 'b', 'c', 'd', 'r']);
/// let text = Text::new(tokens, alphabet.len(), 4)?;
/// let (inputs, targets) = text.batch(&[0])?;
/// assert_eq!(inputs.to_vec2::<u32>()?, [[0, 1, 4, 0]]); // abra
/// assert_eq!(targets.to_vec2::<u32>()?, [[1, 4, 0, 2]]); // brac
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Text {
    tokens: Arc<Tokens>,
    /// Which of the tokens these are; parts of a text share them.
    part: Range<usize>,
    writing: Option<Arc<dyn Writing>>,
    vocabulary: usize,
    context: usize,
    /// From the start of an example to that of the next.
    stride: usize,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tokens, {}", self.part.len(), self.kind())
    }
}

/// The share of a text that is learned from.
const LEARNED: f64 = 0.9;

/// Pieces to learn from overlap, this many at each token: more of the text is at the start of one.
const OVERLAP: usize = 4;

impl Text {
    /// The characters of a text as tokens, and the alphabet that they count, in the order of Unicode.
    pub fn characters(text: &str) -> (Vec<u32>, Vec<char>) {
        let characters = Characters::of(text);
        // Every character of the text is in its alphabet.
        let tokens = text.chars().filter_map(|c| characters.token(c)).collect();
        (tokens, characters.alphabet().to_vec())
    }

    /// A text in pieces of `context` tokens, each below `vocabulary`, one after the other.
    ///
    /// # Errors
    /// [`Error::Data`] if a token is not below the vocabulary, or the text is shorter than a piece and the token after it.
    pub fn new(
        tokens: impl IntoIterator<Item = u32>,
        vocabulary: usize,
        context: usize,
    ) -> Result<Self> {
        if context == 0 {
            let what = "a piece of text has at least one token";
            return Err(Error::Data(what.to_owned()));
        }
        let tokens = Tokens::new(tokens, vocabulary).map_err(|token| {
            Error::Data(format!(
                "there are {vocabulary} tokens, but one of the text is {token}"
            ))
        })?;
        if tokens.len() <= context {
            return Err(Error::Data(format!(
                "a text of {} tokens has no piece of {context} and the token after it: choose a shorter context, or a longer text",
                tokens.len()
            )));
        }
        Ok(Self {
            part: 0..tokens.len(),
            tokens: Arc::new(tokens),
            writing: None,
            vocabulary,
            context,
            stride: context,
        })
    }

    /// A text that is written in this way, in pieces of `context` tokens.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn written(
        tokens: impl IntoIterator<Item = u32>,
        writing: Arc<dyn Writing>,
        context: usize,
    ) -> Result<Self> {
        let text = Self::new(tokens, writing.vocabulary(), context)?;
        Ok(Self {
            writing: Some(writing),
            ..text
        })
    }

    /// The same text in pieces that overlap.
    fn overlapping(self) -> Self {
        Self {
            stride: self.context.div_ceil(OVERLAP),
            ..self
        }
    }

    /// The tokens of the text.
    pub fn tokens(&self) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(self.part.len());
        self.tokens.copy(self.part.clone(), &mut tokens);
        tokens
    }

    /// The first part of the text and the rest.
    fn cut(&self, fraction: f64) -> Result<[Self; 2]> {
        let count = self.part.len();
        let end = ((fraction * count as f64).round() as usize).min(count);
        let middle = self.part.start + end;
        let part = |part: Range<usize>| match part.len() > self.context {
            true => Ok(Self {
                part,
                ..self.clone()
            }),
            false => Err(Error::Invalid(format!(
                "{count} tokens cannot be cut in a part of {fraction} and the rest: one would be shorter than a piece of {}; choose a \
                 shorter context, or a longer text",
                self.context
            ))),
        };
        Ok([part(self.part.start..middle)?, part(middle..self.part.end)?])
    }

    /// The longest pieces that a text of so many tokens can be cut into once a tenth is held out; 0 if there are none.
    pub fn longest_context(tokens: usize) -> usize {
        let held_out = tokens - (LEARNED * tokens as f64).round() as usize;
        held_out.saturating_sub(1)
    }

    /// What is learned from, the first nine tenths in pieces that overlap, and the rest, which is held out.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a part is shorter than a piece.
    pub fn splits(&self) -> Result<Splits> {
        let [train, test] = self.cut(LEARNED)?;
        Ok(Splits {
            train: Arc::new(train.overlapping()),
            test: Arc::new(test),
        })
    }
}

impl Examples for Text {
    fn len(&self) -> usize {
        (self.part.len() - 1 - self.context) / self.stride + 1
    }

    fn kind(&self) -> Kind {
        Kind::Text {
            vocabulary: self.vocabulary,
            context: self.context,
        }
    }

    fn batch(&self, indices: &[u32]) -> Result<(Tensor, Tensor)> {
        let shape = (indices.len(), self.context);
        let tokens = |shift: usize| -> Result<Tensor> {
            let mut tokens = Vec::with_capacity(shape.0 * shape.1);
            for &index in indices {
                if index as usize >= self.len() {
                    return Err(Error::Invalid(format!(
                        "there is no piece {index} of {}",
                        self.len()
                    )));
                }
                let start = self.part.start + index as usize * self.stride + shift;
                self.tokens.copy(start..start + self.context, &mut tokens);
            }
            Ok(Tensor::from_vec(tokens, shape, &Device::Cpu)?)
        };
        Ok((tokens(0)?, tokens(1)?))
    }

    fn writing(&self) -> Option<&dyn Writing> {
        self.writing.as_deref()
    }

    /// The beginning and the end: pieces of the parts share no token, so the seed has nothing to decide.
    fn split(
        &self,
        fraction: f64,
        _seed: u64,
        _stream: &str,
    ) -> Result<(Arc<dyn Examples>, Arc<dyn Examples>)> {
        let [first, second] = self.cut(fraction)?;
        Ok((Arc::new(first), Arc::new(second)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(length: u32, context: usize) -> Text {
        Text::new((0..length).collect::<Vec<_>>(), length as usize, context).unwrap()
    }

    #[test]
    fn every_target_is_the_token_after_its_input() -> Result<()> {
        let text = counting(23, 4).overlapping();
        let all: Vec<u32> = (0..text.len() as u32).collect();
        let (inputs, targets) = text.batch(&all)?;
        assert_eq!(inputs.dims(), [19, 4]);
        assert_eq!((inputs + 1.0)?.to_vec2::<u32>()?, targets.to_vec2::<u32>()?);
        assert_eq!(targets.max_all()?.to_scalar::<u32>()?, 22);
        assert!(text.batch(&[19]).is_err());
        // Without overlap, the last piece that is whole ends before the text does.
        assert_eq!(counting(23, 4).len(), 5);
        assert_eq!(counting(5, 4).len(), 1);
        Ok(())
    }

    #[test]
    fn parts_share_no_token() -> Result<()> {
        let Splits { train, test } = counting(200, 8).splits()?;
        let (training, validation) = train.split(0.75, 1, "s")?;
        let tokens = |part: &dyn Examples| -> Result<Vec<u32>> {
            let all: Vec<u32> = (0..part.len() as u32).collect();
            let (inputs, targets) = part.batch(&all)?;
            let both = [
                inputs.flatten_all()?.to_vec1()?,
                targets.flatten_all()?.to_vec1()?,
            ];
            Ok(both.concat())
        };
        let (training, validation) = (tokens(&*training)?, tokens(&*validation)?);
        let held_out = tokens(&*test)?;
        assert!(training.iter().max() < validation.iter().min());
        assert!(validation.iter().max() < held_out.iter().min());
        // Two tokens a start to learn from, eight for what is held out.
        assert_eq!((train.len(), test.len()), (86, 2));
        Ok(())
    }

    #[test]
    fn malformed_texts_are_errors() {
        let refused = |text: Result<Text>, part: &str| {
            let error = text.expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(Text::new([0, 3], 3, 1), "one of the text is 3");
        refused(Text::new([0, 1], 3, 2), "no piece of 2");
        refused(Text::new([], 3, 1), "0 tokens");
        refused(Text::new([0, 1], 3, 0), "at least one token");
        assert!(counting(20, 8).splits().is_err());
    }
}
