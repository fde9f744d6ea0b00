//! The inputs of a verification: all of a format, or a dense sample with the points where functions go wrong.

use actsmith_codegen::Formula;
use actsmith_codegen::ir::Node;

use super::Dtype;

/// Which inputs, by what is stored for them.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// Every number of the type.
    All(Dtype),
    /// These.
    Some(Dtype, Vec<u64>),
}

/// Inputs that one thread takes at a time, between two steps of the progress bar: rows of them stay in the second-level cache.
const CHUNK: u64 = 1 << 13;
/// About how many of a type's numbers, spread evenly over what is stored for them, are in a sample.
const SPREAD: [(Dtype, u64); 2] = [(Dtype::F32, 1 << 20), (Dtype::F64, 1 << 15)];
/// The part of the line where most functions bend, and the distance of inputs there.
const BEND: f64 = 30.0;
const STEP: f64 = 1.0 / 256.0;
/// How many neighbours of a special number are in a sample, on each side.
const NEIGHBOURS: u64 = 8;

impl Inputs {
    /// A sample: numbers spread over all sizes; a grid where functions bend; powers of two, the smallest and the largest numbers, the
    /// literals and kinks of the formula, zeros of the formula and of its derivative, each with its neighbours.
    pub fn sample(dtype: Dtype, formula: &Formula) -> Self {
        let last = u64::MAX >> (64 - dtype.bits());
        let spread = SPREAD
            .iter()
            .find(|(other, _)| *other == dtype)
            .map_or(1, |row| row.1);
        let mut bits: Vec<u64> = (0..=last).step_by((last / spread) as usize | 1).collect();
        let mut with_neighbours = |value: f64| {
            let middle = dtype.encode(value);
            // What is stored counts up with the size of the number, separately for each sign.
            bits.extend(
                middle.saturating_sub(NEIGHBOURS)..=middle.saturating_add(NEIGHBOURS).min(last),
            );
        };
        for exponent in -1074..1024 {
            let power = 2f64.powi(exponent);
            with_neighbours(power);
            with_neighbours(-power);
        }
        for value in special(formula) {
            with_neighbours(value);
            with_neighbours(-value);
        }
        let steps = (BEND / STEP) as i32;
        bits.extend((-steps..=steps).map(|i| dtype.encode(f64::from(i) * STEP)));
        bits.retain(|&bits| dtype.decode(bits).is_finite());
        bits.sort_unstable();
        bits.dedup();
        Self::Some(dtype, bits)
    }

    /// The type of the inputs.
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::All(dtype) | Self::Some(dtype, _) => *dtype,
        }
    }

    /// How many there are; NaN and infinities among all are not verified.
    pub fn count(&self) -> u64 {
        match self {
            Self::All(dtype) => 1 << dtype.bits(),
            Self::Some(_, bits) => bits.len() as u64,
        }
    }

    /// Whether these are all numbers of the type.
    pub fn are_all(&self) -> bool {
        matches!(self, Self::All(_))
    }

    pub(super) fn chunks(&self) -> u64 {
        self.count().div_ceil(CHUNK)
    }

    pub(super) fn chunk(&self, index: u64) -> Vec<u64> {
        let range = index * CHUNK..((index + 1) * CHUNK).min(self.count());
        match self {
            Self::All(_) => range.collect(),
            Self::Some(_, bits) => bits[range.start as usize..range.end as usize].to_vec(),
        }
    }
}

/// Numbers where something may happen: where operations have kinks or saturate, literals of the formula, zeros.
fn special(formula: &Formula) -> Vec<f64> {
    let gradient = formula.with_gradient();
    let mut values = vec![
        0.0,
        0.5,
        1.0,
        3.0,
        6.0,
        10.0,
        16.635_532,
        88.722_84,
        103.972_08,
        709.782_712,
        745.133_22,
        1e4,
        3e38,
        f64::MAX,
    ];
    values.extend(gradient.nodes().iter().filter_map(|node| match node {
        Node::Number(number) => Some(number.to_f64()),
        Node::Variable(_) | Node::Apply(..) => None,
    }));
    let tape = gradient.tape();
    let grid = (-1920..=1920).map(|i| f64::from(i) / 64.0);
    let mut before: Option<(f64, Vec<f64>)> = None;
    for x in grid {
        let outputs = tape.eval(&[x]);
        if let Some((from, previous)) = &before {
            for output in 0..outputs.len() {
                if previous[output] * outputs[output] < 0.0 {
                    values.push(zero(*from, x, |x| tape.eval(&[x])[output]));
                }
            }
        }
        before = Some((x, outputs));
    }
    values
}

/// A point between `low` and `high` at which `f` changes its sign.
fn zero(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let sign = f(low).is_sign_negative();
    for _ in 0..60 {
        let middle = low / 2.0 + high / 2.0;
        if f(middle).is_sign_negative() == sign {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_holds_the_places_where_functions_go_wrong() {
        let formula = Formula::parse("gelu(x) * (x - 0.7)").expect("a formula");
        let Inputs::Some(_, bits) = Inputs::sample(Dtype::F32, &formula) else {
            panic!("a sample")
        };
        let holds = |x: f32| bits.binary_search(&x.to_bits().into()).is_ok();
        for x in [
            0.0,
            -0.0,
            0.7,
            0.7f32.next_up(),
            f32::MAX,
            f32::MIN,
            f32::MIN_POSITIVE,
            1e-45,
            88.72284,
            1e4,
            -3.0,
            1.0f32.next_down(),
            3e38,
        ] {
            assert!(holds(x), "{x:e}");
        }
        assert!(bits.len() > 1 << 20);
    }

    #[test]
    fn chunks_are_all_inputs_once() {
        let all = Inputs::All(Dtype::F32);
        assert_eq!((all.chunks(), all.count()), (1 << 19, 1 << 32));
        assert_eq!(all.chunk((1 << 19) - 1).last(), Some(&u64::from(u32::MAX)));
        let some = Inputs::Some(Dtype::F64, (0..100_000).collect());
        let joined: Vec<u64> = (0..some.chunks()).flat_map(|i| some.chunk(i)).collect();
        assert_eq!(joined, (0..100_000).collect::<Vec<_>>());
    }
}
