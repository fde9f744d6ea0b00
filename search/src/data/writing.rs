//! How a text is written in tokens: bytes, characters, or what a tokenizer makes of it.

use std::collections::BTreeSet;

use crate::error::Result;

/// How a text is written in tokens, and read back.
pub trait Writing: Send + Sync {
    /// Tokens are below this.
    fn vocabulary(&self) -> usize;

    /// The tokens of a text.
    ///
    /// # Errors
    /// If there are none for a part of it.
    fn encode(&self, text: &str) -> Result<Vec<u32>>;

    /// The text of some tokens; what they cannot say is the replacement character.
    ///
    /// # Errors
    /// If the tokenizer fails.
    fn decode(&self, tokens: &[u32]) -> Result<String>;
}

/// The bytes of UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct Bytes;

impl Writing for Bytes {
    fn vocabulary(&self) -> usize {
        256
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>> {
        Ok(text.bytes().map(u32::from).collect())
    }

    fn decode(&self, tokens: &[u32]) -> Result<String> {
        let byte = |&token: &u32| u8::try_from(token).unwrap_or(u8::MAX);
        let bytes: Vec<u8> = tokens.iter().map(byte).collect();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The characters of an alphabet, in the order of Unicode.
#[derive(Clone, Debug)]
pub struct Characters(Vec<char>);

impl Characters {
    /// Those of a text.
    pub fn of(text: &str) -> Self {
        // Most characters repeat one of the latest.
        let mut alphabet = BTreeSet::new();
        let mut last = None;
        for c in text.chars() {
            if last.replace(c) != Some(c) {
                alphabet.insert(c);
            }
        }
        Self(alphabet.into_iter().collect())
    }

    /// The alphabet.
    pub fn alphabet(&self) -> &[char] {
        &self.0
    }

    /// The token of a character, if it is in the alphabet.
    pub(super) fn token(&self, c: char) -> Option<u32> {
        Some(self.0.binary_search(&c).ok()? as u32)
    }
}

impl Writing for Characters {
    fn vocabulary(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let token = |c: char| {
            self.token(c).ok_or_else(|| {
                crate::error::Error::Invalid(format!(
                    "the character {c:?} does not occur in the text that the model has learned: leave it out"
                ))
            })
        };
        text.chars().map(token).collect()
    }

    fn decode(&self, tokens: &[u32]) -> Result<String> {
        let character = |&token: &u32| self.0.get(token as usize).copied();
        let all = tokens.iter().map(character);
        Ok(all
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() -> Result<()> {
        let text = "Äpfel & Birnen, für „uns“\n";
        let characters = Characters::of(text);
        let all: [&dyn Writing; 2] = [&Bytes, &characters];
        for writing in all {
            let tokens = writing.encode(text)?;
            assert!(
                tokens
                    .iter()
                    .all(|token| (*token as usize) < writing.vocabulary())
            );
            assert_eq!(writing.decode(&tokens)?, text);
        }
        assert_eq!(characters.decode(&[0, 999])?, "\n\u{fffd}");
        assert_eq!(Bytes.decode(&[0x41, 0xff, 999])?, "A\u{fffd}\u{fffd}");
        let foreign = characters.encode("ß").expect_err("not in it").to_string();
        assert!(foreign.contains("'ß' does not occur"), "{foreign}");
        Ok(())
    }
}
