//! "Did you mean …?"

/// The candidate that `name` is most likely a misspelling of, if any is near enough to be worth naming.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, candidate), candidate))
        .min()
        // Up to a third of the letters wrong still reads as a slip; one letter is allowed in short names.
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .map(|(_, candidate)| candidate)
}

/// A name without what spellings differ in: `LogSigmoid` and `log_sigmoid` are one.
pub fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let names = ["sigmoid", "silu", "gelu", "softplus"];
        assert_eq!(nearest("sigmoyd", names), Some("sigmoid"));
        assert_eq!(nearest("SiLU", names), Some("silu"));
        assert_eq!(nearest("celu", names), Some("gelu"));
        assert_eq!(nearest("fourier", names), None);
    }
}
