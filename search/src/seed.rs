//! Random numbers as a pure function of where they are used.
//!
//! A run needs many independent streams (initial weights, the order of the batches, the samples of every site …), and a
//! resumed run must continue each of them. Instead of saving the state of generators, every use derives a fresh one
//! from `(seed, stream, step)`: the run's seed, the name of the use, and its position (an epoch or a step).
//!
//! ```
//! use actsmith_search::seed;
//! use rand::RngExt;
//!
//! let draw = |step| seed::rng(7, "initial weights", step).random::<u64>();
//! assert_eq!(draw(3), draw(3));
//! assert_ne!(draw(3), draw(4));
//! ```

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The generator of `(seed, stream, step)`: the same on every machine, and independent of every other triple.
///
/// The three are the ChaCha key itself, `seed ‖ FNV-1a(stream) ‖ step ‖ 0` in little-endian words of 64 bits, so that
/// distinct triples are distinct keys (up to a collision of the names' 64-bit hashes).
pub fn rng(seed: u64, stream: &str, step: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (word, value) in key.chunks_exact_mut(8).zip([seed, fnv1a(stream), step]) {
        word.copy_from_slice(&value.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo), whose values are fixed by its definition, unlike those of the standard
/// library's hashers.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn the_hash_is_fnv1a() {
        // From the test suite of the hash's authors (test_fnv.c).
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn each_part_of_the_triple_selects_another_stream() {
        let first = |seed, stream, step| rng(seed, stream, step).next_u64();
        let base = first(1, "order", 2);
        assert_eq!(base, first(1, "order", 2));
        assert_ne!(base, first(2, "order", 1));
        assert_ne!(base, first(1, "order", 3));
        assert_ne!(base, first(1, "weights", 2));
    }
}
