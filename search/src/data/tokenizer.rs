//! Tokens of a tokenizer file (`tokenizer.json`) of the crate `tokenizers`.

use std::path::Path;
use std::sync::Arc;

use super::writing::Writing;
use crate::error::Result;

#[cfg(not(feature = "tokenizers"))]
pub(super) fn read(_: &Path, _: &str, _: &Path) -> Result<(Vec<u32>, Arc<dyn Writing>)> {
    Err(crate::error::Error::Invalid(
        "this build reads no tokenizers: build `actsmith-search` with the feature `tokenizers`"
            .to_owned(),
    ))
}

#[cfg(feature = "tokenizers")]
pub(super) use with_crate::read;

#[cfg(feature = "tokenizers")]
mod with_crate {
    use super::*;
    use crate::data::source::{self, wrong};
    use crate::error::Error;
    use tokenizers::Tokenizer;

    /// Bytes of the text that are tokenised at once, about: a token takes far more memory while it is made.
    const PIECE: usize = 1 << 16;
    /// How much of the text may be unknown to the tokenizer, or left out by it.
    const MOST_UNKNOWN: f64 = 0.1;

    struct Tokens {
        tokenizer: Tokenizer,
        vocabulary: usize,
    }

    impl Writing for Tokens {
        fn vocabulary(&self) -> usize {
            self.vocabulary
        }

        fn encode(&self, text: &str) -> Result<Vec<u32>> {
            let encoding = self.tokenizer.encode(text, false);
            encoding
                .map(|encoding| encoding.get_ids().to_vec())
                .map_err(|error| Error::Data(format!("the tokenizer fails: {error}")))
        }

        fn decode(&self, tokens: &[u32]) -> Result<String> {
            let text = self.tokenizer.decode(tokens, false);
            text.map_err(|error| Error::Data(format!("the tokenizer fails: {error}")))
        }
    }

    /// The tokens that the tokenizer of a file makes of the text of `path`.
    pub(in crate::data) fn read(
        file: &Path,
        text: &str,
        path: &Path,
    ) -> Result<(Vec<u32>, Arc<dyn Writing>)> {
        let bytes = source::read(file)?;
        let tokenizer = Tokenizer::from_bytes(&bytes).map_err(|error| {
            wrong(file, format_args!(
                "is not a tokenizer of the crate `tokenizers` ({error}): give the `tokenizer.json` of a model"
            ))
        })?;
        // Names of tokens may have gaps between their numbers.
        let largest = tokenizer.get_vocab(true).into_values().max();
        let Some(largest) = largest else {
            return Err(wrong(
                file,
                "has no tokens: give the `tokenizer.json` of a trained tokenizer",
            ));
        };
        let vocabulary = largest as usize + 1;
        let unknown = unknown_token(&bytes).and_then(|token| tokenizer.token_to_id(&token));
        let (mut tokens, mut strange, mut covered) = (Vec::new(), 0usize, 0usize);
        for piece in pieces(text) {
            let encoding = tokenizer.encode_char_offsets(piece, false);
            let encoding = encoding.map_err(|error| {
                wrong(file, format_args!("fails on {}: {error}", path.display()))
            })?;
            strange += encoding
                .get_ids()
                .iter()
                .filter(|id| Some(**id) == unknown)
                .count();
            tokens.extend_from_slice(encoding.get_ids());
            covered += covered_by(piece, encoding.get_offsets());
        }
        let all = text.chars().filter(|c| !c.is_whitespace()).count();
        let left_out = all.saturating_sub(covered);
        let mismatch = |what: String| {
            wrong(
                file,
                format_args!(
                    "does not match the text of {}: {what}; give the tokenizer of a model for such text, or read it by characters",
                    path.display()
                ),
            )
        };
        if tokens.is_empty() {
            return Err(mismatch("it makes no tokens of it".to_owned()));
        }
        if let Some(beyond) = tokens.iter().find(|token| **token as usize >= vocabulary) {
            return Err(mismatch(format!(
                "it makes the token {beyond} of it, beyond its own {vocabulary}"
            )));
        }
        if strange as f64 > MOST_UNKNOWN * tokens.len() as f64 {
            return Err(mismatch(format!(
                "{strange} of {} tokens are unknown to it",
                tokens.len()
            )));
        }
        if left_out as f64 > MOST_UNKNOWN * all as f64 {
            return Err(mismatch(format!(
                "it leaves out {left_out} of {all} characters"
            )));
        }
        Ok((
            tokens,
            Arc::new(Tokens {
                tokenizer,
                vocabulary,
            }),
        ))
    }

    /// What stands for everything that the tokenizer does not know, if there is such a token.
    fn unknown_token(bytes: &[u8]) -> Option<String> {
        let json: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        Some(json["model"]["unk_token"].as_str()?.to_owned())
    }

    /// Characters of a text, but for white space, that some token comes from.
    fn covered_by(text: &str, offsets: &[(usize, usize)]) -> usize {
        let mut offsets = offsets.to_vec();
        offsets.sort_unstable();
        let mut offsets = offsets.into_iter().peekable();
        let mut end = 0;
        let is_covered = |(place, c): &(usize, char)| {
            while let Some((_, to)) = offsets.next_if(|(from, _)| from <= place) {
                end = end.max(to);
            }
            *place < end && !c.is_whitespace()
        };
        text.chars().enumerate().filter(is_covered).count()
    }

    /// The text in pieces that end with a line where the next one begins with a word, as far as there are such places.
    fn pieces(text: &str) -> impl Iterator<Item = &str> {
        let mut rest = text;
        std::iter::from_fn(move || {
            let end = match rest.len() {
                0 => return None,
                length if length <= PIECE => length,
                length => {
                    let mut ends = (0..=length.min(4 * PIECE)).rev();
                    let limit = ends
                        .find(|&end| rest.is_char_boundary(end))
                        .unwrap_or(length);
                    let bytes = rest.as_bytes();
                    let fits =
                        |&at: &usize| bytes[at - 1] == b'\n' && !bytes[at].is_ascii_whitespace();
                    (PIECE..limit).find(fits).unwrap_or(limit)
                }
            };
            let (piece, after) = rest.split_at(end);
            rest = after;
            Some(piece)
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn pieces_are_the_text_and_end_with_lines() {
            for text in [
                "a",
                &"word and\n\n  more\n".repeat(20_000),
                &"ü".repeat(400_000),
                "",
            ] {
                assert_eq!(pieces(text).collect::<String>(), *text);
            }
            let lines = "word and\n\n  more\n".repeat(20_000);
            assert!(pieces(&lines).count() > 3);
            assert!(pieces(&lines).all(|piece| piece.starts_with("word") && piece.ends_with('\n')));
        }

        #[test]
        fn characters_are_covered_by_tokens_in_any_order() {
            assert_eq!(covered_by("ab cd é", &[(3, 5), (0, 1), (0, 3)]), 4);
            assert_eq!(covered_by("ab", &[]), 0);
        }
    }
}
