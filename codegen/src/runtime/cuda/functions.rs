//! Puts the text of a kernel together: the functions of a formula, what they reach of the runtime's mathematics, numbers as bits.

/// The mathematics for f32, and for f16 and bf16, which are computed in f32.
const SINGLE: [&str; 2] = [include_str!("real.cu"), include_str!("single.cu")];
/// That for f64.
const DOUBLE: [&str; 2] = [include_str!("real.cu"), include_str!("double.cu")];

/// The types that `functions` assumes, over `real`.
const PRELUDE: &str = include_str!("prelude.cu");

/// What numbers are computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Precision {
    /// f32.
    Single,
    /// f64.
    Double,
}

/// `formula`, behind everything that it needs and that knows neither threads nor memory: C++ for any compiler that defines `FN`,
/// what precedes the declaration of a function, and the few intrinsics of CUDA that are named. Numbers are bits.
pub(crate) fn functions(formula: &str, precision: Precision) -> String {
    with_bits(&completed(formula, precision), precision)
}

/// The same with numbers as decimals.
pub(crate) fn plain_functions(formula: &str, precision: Precision) -> String {
    with_numbers(&completed(formula, precision), |value, wide| {
        let single = precision == Precision::Single && !wide;
        match single {
            true if (value as f32).is_finite() => format!("{:?}f", value as f32),
            false if value.is_finite() => format!("{value:?}"),
            _ => bits(value, single),
        }
    })
}

/// `formula` behind everything that it needs, with numbers as they are written in the sources.
fn completed(formula: &str, precision: Precision) -> String {
    let (real, sources) = match precision {
        Precision::Single => ("float", SINGLE),
        Precision::Double => ("double", DOUBLE),
    };
    let all: Vec<Piece> = sources.iter().flat_map(|source| pieces(source)).collect();
    let reached = reached(formula, &all);
    let declarations = reached.iter().filter_map(|piece| piece.declaration());
    let mut text = format!("typedef {real} real;\n{PRELUDE}");
    text.extend(declarations.map(|declaration| declaration + "\n"));
    text.extend(reached.iter().map(|piece| format!("{}\n", piece.text)));
    text.push_str(formula);
    text
}

/// A function or a macro of a source.
struct Piece<'a> {
    name: &'a str,
    text: &'a str,
}

impl Piece<'_> {
    /// Functions call each other in any order; macros and templates stand before their uses.
    fn declaration(&self) -> Option<String> {
        let head = self.text.split(" {").next().unwrap_or_default();
        head.starts_with("FN ").then(|| format!("{head};"))
    }
}

/// What a source defines: each piece begins at the start of a line, and ends there or at a line that is a brace.
fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let line = rest.find('\n').unwrap_or(rest.len());
        let first = &rest[..line];
        let head = first
            .strip_prefix("#define ")
            .or_else(|| first.split_once("FN ").map(|(_, head)| head));
        let mut end = line;
        if let Some(head) = head {
            let name = match head.split_once('(') {
                Some((before, _)) if !first.starts_with('#') => before.rsplit(' ').next(),
                _ => head.split(' ').next(),
            };
            if first.ends_with('{') {
                end = rest.find("\n}").map_or(rest.len(), |end| end + 2);
            }
            pieces.push(Piece {
                name: name.unwrap_or_default(),
                text: &rest[..end],
            });
        }
        rest = rest[end..].trim_start_matches('\n');
    }
    pieces
}

/// The pieces that `text` names, and those that they name, in their order.
fn reached<'a, 'b>(text: &str, all: &'b [Piece<'a>]) -> Vec<&'b Piece<'a>> {
    let mut taken = vec![false; all.len()];
    let mut open = vec![text];
    while let Some(text) = open.pop() {
        for word in words(text) {
            for (index, piece) in all.iter().enumerate() {
                if piece.name == word && !std::mem::replace(&mut taken[index], true) {
                    open.push(piece.text);
                }
            }
        }
    }
    let both = all.iter().zip(taken);
    both.filter_map(|(piece, taken)| taken.then_some(piece))
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// Every number `$1.5` as its bits in the type that is computed in, `$1.5d` as those of an f64.
pub(super) fn with_bits(text: &str, precision: Precision) -> String {
    with_numbers(text, |value, wide| {
        bits(value, precision == Precision::Single && !wide)
    })
}

/// The expression of a number of these bits.
fn bits(value: f64, single: bool) -> String {
    match single {
        true => format!("__uint_as_float(0x{:08x}u)", (value as f32).to_bits()),
        false => format!("__longlong_as_double(0x{:016x}ll)", value.to_bits()),
    }
}

/// Every number `$1.5` as `written` writes it, which is told of `$1.5d` that it is an f64.
fn with_numbers(text: &str, written: impl Fn(f64, bool) -> String) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let bytes = part.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
        let mut end = usize::from(is(0, b'-'));
        while digit(end) || is(end, b'.') {
            end += 1;
        }
        if is(end, b'e') && (digit(end + 1) || is(end + 1, b'-')) {
            end += 2;
            while digit(end) {
                end += 1;
            }
        }
        // What is written as a number is one: a test reads them all.
        let value: f64 = part[..end].parse().unwrap_or(f64::NAN);
        let wide = is(end, b'd');
        out.push_str(&written(value, wide));
        out.push_str(&part[end + usize::from(wide)..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that stands for a number in a source, without the mark of an f64.
    fn numbers(source: &str) -> impl Iterator<Item = &str> {
        let end = |part: &str| {
            let kept = |(at, c): &(usize, char)| match c {
                '0'..='9' | '.' => true,
                '-' => *at == 0 || part[..*at].ends_with('e'),
                'e' => part[at + 1..]
                    .starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']),
                _ => false,
            };
            part.char_indices().take_while(kept).count()
        };
        source
            .split('$')
            .skip(1)
            .map(move |part| &part[..end(part)])
    }

    /// The numbers of Rust's f32 code are read as f32; these are read as f64 and rounded.
    #[test]
    fn every_number_is_the_same_in_one_step_and_in_two() {
        let mut count = 0;
        for source in SINGLE {
            for number in numbers(source) {
                let (once, twice): (f32, f64) = (number.parse().unwrap(), number.parse().unwrap());
                assert_eq!(once.to_bits(), (twice as f32).to_bits(), "{number}");
                count += 1;
            }
        }
        for number in numbers(DOUBLE[1]) {
            assert!(number.parse::<f64>().is_ok(), "{number}");
        }
        assert!(count > 250, "{count} numbers");
    }

    #[test]
    fn numbers_become_bits() {
        let text = "f($1.5, $-0.1) + $2e-3d; $3";
        assert_eq!(
            with_bits(text, Precision::Single),
            "f(__uint_as_float(0x3fc00000u), __uint_as_float(0xbdcccccdu)) + __longlong_as_double(0x3f60624dd2f1a9fcll); __uint_as_float(0x40400000u)"
        );
        let half = with_bits("$0.5", Precision::Double);
        assert_eq!(half, "__longlong_as_double(0x3fe0000000000000ll)");
    }

    #[test]
    fn a_formula_takes_along_what_it_reaches_and_no_more() {
        let formula = "FN real value(real x0) {\n    return relu6(x0);\n}\n";
        let text = functions(formula, Precision::Single);
        assert!(text.contains("FN real relu6(real x) {") && text.contains("FN real clamp("));
        assert!(
            !text.contains("sigmoid") && !text.contains("fma("),
            "{text}"
        );
        assert!(text.ends_with(formula), "{text}");
    }
}
