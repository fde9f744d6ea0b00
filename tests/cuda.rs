//! The CUDA text of formulas, compiled for the CPU, gives the bits of the Rust runtime in f32, and its values in f64; and NVRTC
//! compiles the kernels, where it is installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use actsmith::runtime::Element;
use actsmith::zoo;
use actsmith_codegen::ops::Op;
use actsmith_codegen::{Declaration, Export, Formula};
use candle_core::DType;

/// Every operation and every activation of the zoo, those with parameters at some number.
fn formulas() -> Vec<String> {
    let unary = Op::ALL.iter().filter(|op| op.arity() == 1);
    let mut formulas: Vec<String> = unary.map(|op| format!("{}(x)", op.name())).collect();
    let named = zoo::NAMES
        .iter()
        .map(|names| zoo::by_name(names[0]).expect("a name"));
    formulas.extend(named.map(|named| named.formula().to_owned()));
    let others = [
        "x + 1e-3",
        "0.1 - x",
        "x / (1.1 + square(x))",
        "prelu(x, 0.3)",
        "elu(x, 0.2)",
        "celu(x, 1.5)",
        "celu(x, -0.7)",
        "threshold(x, 0.1, 3)",
        "clamp(x, -1.5, cos(x) + 2)",
        "min(x, sin(x))",
        "max(x, 0.25 * x)",
        "powi(x, 5) - powi(x, -2) + powi(x, 7) * 0.01",
        "if x > 1 && x < 2 { x } else { if x == 3 { 0.5 } else { tanh(x) } }",
        "0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x)",
        "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)",
        "x * sigmoid(1.25 * x)",
        "if x > 0 { 0.8 * square(x) + 0.5 * x } else { 0.8 * (expm1(x) - x) + 0.5 * x }",
        "x + square(sin(1.5 * x)) / 1.5",
        "x * silu(cos(x))",
        "x * gelu(sin(x))",
        "sqrt(2) + 0 * x",
    ];
    formulas.extend(others.map(str::to_owned));
    formulas
}

/// The values and slopes of each formula at `x` by its CUDA text, or none where no compiler is.
fn by_text<T: Element + PartialEq>(
    formulas: &[Formula],
    x: &[T],
    double: bool,
    bytes: fn(&[T]) -> Vec<u8>,
    numbers: fn(&[u8]) -> Vec<T>,
) -> Option<Vec<[Vec<T>; 2]>> {
    let mut text = String::from(include_str!("cuda/shims.h"));
    let mut rows = String::new();
    for (index, formula) in formulas.iter().enumerate() {
        let declaration = Declaration::new("F", formula, &[]).expect("a formula");
        let functions = declaration.activation.to_cuda_functions(double);
        text.push_str(&format!("namespace f{index} {{\n{functions}}}\n"));
        rows.push_str(&format!("{{f{index}::value, f{index}::gradient}}, "));
    }
    let real = if double { "double" } else { "float" };
    text.push_str(&format!(
        "static const Function<{real}> FUNCTIONS[] = {{{rows}}};\n\
         int main(int count, char** files) {{ return count == 3 ? run(FUNCTIONS, files) : 2; }}\n"
    ));
    let found = numbers(&compiled(&text, &bytes(x))?);
    let rows = found.chunks_exact(2 * x.len());
    Some(
        rows.map(|row| {
            let (values, slopes) = row.split_at(x.len());
            [values.to_vec(), slopes.to_vec()]
        })
        .collect(),
    )
}

/// What a program writes that reads `input`, or none where no compiler is.
fn compiled(program: &str, input: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("functions.cpp"), program).expect("a file");
    fs::write(file("x"), input).expect("a file");
    let compiler = Command::new("g++")
        .args(["-std=c++17", "-O1", "-mfma", "-ffp-contract=off", "-w"])
        .args(["-o", "program", "functions.cpp"])
        .current_dir(folder.path())
        .output();
    let Ok(compiler) = compiler else {
        println!("skipped: there is no g++");
        return None;
    };
    let errors = String::from_utf8_lossy(&compiler.stderr);
    assert!(compiler.status.success(), "{errors}");
    let program = Command::new(file("program"))
        .args([file("x"), file("y")])
        .status();
    assert!(program.expect("the program runs").success());
    Some(fs::read(file("y")).expect("results"))
}

fn parsed() -> Vec<Formula> {
    let formulas = formulas();
    let parsed = formulas.iter().map(|text| Formula::parse(text));
    parsed.map(|formula| formula.expect("a formula")).collect()
}

/// `ACTSMITH_CUDA_POINTS` asks for another number of inputs than 2¹⁶; the step between them visits every exponent.
#[test]
#[cfg(target_arch = "x86_64")]
fn the_text_gives_the_bits_of_the_runtime() {
    if !is_x86_feature_detected!("fma") {
        println!("skipped: this processor has no fused multiply-add");
        return;
    }
    let count = std::env::var("ACTSMITH_CUDA_POINTS").map_or(1 << 16, |n| n.parse().unwrap());
    let step = ((1u64 << 32) / count) | 1;
    let mut x: Vec<f32> = (0..count)
        .map(|i| f32::from_bits((i * step) as u32))
        .collect();
    let specials = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, f32::MIN_POSITIVE, f32::MAX];
    x.extend(specials);
    x.extend([f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MIN]);
    let formulas = parsed();
    let bytes = |x: &[f32]| x.iter().flat_map(|x| x.to_le_bytes()).collect();
    let numbers = |bytes: &[u8]| {
        let words = bytes.as_chunks::<4>().0.iter();
        words.map(|&word| f32::from_le_bytes(word)).collect()
    };
    let Some(found) = by_text(&formulas, &x, false, bytes, numbers) else {
        return;
    };
    assert_eq!(found.len(), formulas.len());
    for (formula, found) in formulas.iter().zip(&found) {
        let activation = formula.activation().expect("no parameters");
        let expected = [activation.values(&x), activation.slopes(&x)];
        for (what, (expected, found)) in ["value", "slope"].iter().zip(expected.iter().zip(found)) {
            let same =
                |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            let differ = (0..x.len()).filter(|&i| !same((&expected[i], &found[i])));
            let differ: Vec<usize> = differ.collect();
            assert!(
                differ.is_empty(),
                "{formula}: {} of {} of {what} differ; at {:e} {:e}, not {:e}",
                differ.len(),
                x.len(),
                x[differ[0]],
                found[differ[0]],
                expected[differ[0]],
            );
        }
    }
}

/// The two go through different libraries, whose results are a few units in the last place apart.
#[test]
fn the_text_gives_the_values_of_the_runtime_in_f64() {
    let x: Vec<f64> = (-30_000..30_000).map(|i| f64::from(i) * 1.37e-3).collect();
    let formulas = parsed();
    let bytes = |x: &[f64]| x.iter().flat_map(|x| x.to_le_bytes()).collect();
    let numbers = |bytes: &[u8]| {
        let words = bytes.as_chunks::<8>().0.iter();
        words.map(|&word| f64::from_le_bytes(word)).collect()
    };
    let Some(found) = by_text(&formulas, &x, true, bytes, numbers) else {
        return;
    };
    for (formula, found) in formulas.iter().zip(&found) {
        let activation = formula.activation().expect("no parameters");
        let expected = [activation.values(&x), activation.slopes(&x)];
        for (expected, found) in expected.iter().zip(found) {
            for (x, (&a, &b)) in x.iter().zip(expected.iter().zip(found)) {
                // Where a difference cancels, what counts is the distance beside its terms, of the size of x.
                let allowed = f64::EPSILON * (64.0 * a.abs() + 4.0 * x.abs());
                let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= allowed;
                assert!(same, "{formula} at {x:e}: {b:e}, not {a:e}");
            }
        }
    }
}

/// Files for other programs: what they are declared as, the formula with the numbers of the parameters, and these numbers as arguments.
const FILES: [(&str, &str, &str); 4] = [
    (
        "Swish(x; const beta = 1.25) = x * sigmoid(beta * x)",
        "x * sigmoid(1.25 * x)",
        "1.25, ",
    ),
    (
        "Found(x) = silu(x) * sigmoid(gelu(silu(x)))",
        "silu(x) * sigmoid(gelu(silu(x)))",
        "",
    ),
    (
        "Wave(x) = x * gelu(sin(x)) + sinc(x)",
        "x * gelu(sin(x)) + sinc(x)",
        "",
    ),
    (
        "Bent(x) = max(hardswish(x), 0.1 * elu(x)) + 1e300 * relu(x - 50)",
        "max(hardswish(x), 0.1 * elu(x)) + 1e300 * relu(x - 50)",
        "",
    ),
];

/// The kernels of an emitted file run over all elements as one thread of one block, on the CPU.
#[test]
#[cfg(target_arch = "x86_64")]
fn emitted_files_have_the_bits_of_the_runtime() {
    const BLOCK: &str = "
#define __device__
#define __global__
#define __forceinline__ inline
struct Place { unsigned x; };
static const Place threadIdx{0}, blockIdx{0}, blockDim{1}, gridDim{1};
";
    let x: Vec<f32> = (0..1u32 << 14)
        .map(|i| f32::from_bits(i * ((1 << 18) + 1)))
        .collect();
    for (text, formula, more) in FILES {
        let (declaration, _) = Declaration::parse(text).expect("one").expect("valid");
        let file = declaration.to_export(Export::Cuda, "").expect("a file");
        let name = Export::Cuda.name_of(&declaration.activation.name);
        // The shims have this function of the device.
        let lines = file.lines().filter(|line| !line.contains("asm("));
        let file: String = lines.map(|line| format!("{line}\n")).collect();
        let program = format!(
            "{}{BLOCK}{file}
int main(int, char** files) {{
    FILE* in = fopen(files[1], \"rb\");
    FILE* out = fopen(files[2], \"wb\");
    std::vector<float> x({n}), y({n}), one({n}, 1.0f);
    if (!in || !out || fread(x.data(), 4, {n}, in) != {n}) return 1;
    {name}_forward<float>({n}, x.data(), {more}y.data());
    fwrite(y.data(), 4, {n}, out);
    {name}_backward<float>({n}, x.data(), {more}one.data(), y.data());
    fwrite(y.data(), 4, {n}, out);
    std::vector<double> wide(x.begin(), x.end()), values({n});
    {name}_forward<double>({n}, wide.data(), {more}values.data());
    fwrite(values.data(), 8, {n}, out);
    return fclose(out);
}}\n",
            include_str!("cuda/shims.h"),
            n = x.len(),
        );
        let bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
        let Some(found) = compiled(&program, &bytes) else {
            return;
        };
        let (single, double) = found.split_at(8 * x.len());
        let single = single.as_chunks::<4>().0.iter();
        let single: Vec<f32> = single.map(|&word| f32::from_le_bytes(word)).collect();
        let double = double.as_chunks::<8>().0.iter();
        let double: Vec<f64> = double.map(|&word| f64::from_le_bytes(word)).collect();
        let formula = Formula::parse(formula).expect("a formula");
        let activation = formula.activation().expect("no parameters");
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let same = |a: f32, b: f32| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        let expected = [activation.values(&x), activation.slopes(&x)].concat();
        for (at, (&a, &b)) in expected.iter().zip(&single).enumerate() {
            assert!(
                same(a, b),
                "{text} at {:e}: {b:e}, not {a:e}",
                x[at % x.len()]
            );
        }
        for (x, (&a, &b)) in wide
            .iter()
            .zip(activation.values(&wide).iter().zip(&double))
        {
            let allowed = f64::EPSILON * (64.0 * a.abs() + 4.0 * x.abs().min(1e3));
            let close = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= allowed;
            assert!(close, "{text} at {x:e}: {b:e}, not {a:e}");
        }
    }
}

/// Compiles every task of every activation, and each for some types and compute capabilities, such that all of them come up.
#[test]
fn nvrtc_compiles_the_kernels() {
    let declarations = [
        "Trained(x; beta = 1.0) = x * sigmoid(beta * x)",
        "Both(x; a > 0 = 0.8, b > 0 = 0.3) = if x > 0 { a * square(x) } else { b * (expm1(x) - x) }",
        "Channels(x; #[per_channel(dim = 1)] a = 0.25, const c = 2) = prelu(x, a) + c",
        "Gated(x, gate) = x * gelu(gate)",
    ];
    let declared = declarations.map(|text| {
        let (declaration, _) = Declaration::parse(text)
            .expect("a declaration")
            .expect("valid");
        declaration
    });
    let formulas = parsed();
    let plain = formulas
        .iter()
        .map(|formula| Declaration::new("F", formula, &[]).expect("a formula"));
    let folder = tempfile::tempdir().expect("a folder");
    let types = [DType::F32, DType::BF16, DType::F64, DType::F16];
    let mut count = 0;
    for (index, declaration) in declared.into_iter().chain(plain).enumerate() {
        for (kernel, (_, text)) in declaration
            .activation
            .to_cuda_kernels(types[index % 4])
            .iter()
            .enumerate()
        {
            // One of 13 texts, which has no factor in common with the numbers of types and tasks; all of those with parameters.
            if index < declarations.len() || (index + kernel) % 13 == 0 {
                fs::write(folder.path().join(format!("{count}.cu")), text).expect("a file");
                count += 1;
            }
        }
    }
    for (index, (text, _, more)) in FILES.iter().enumerate() {
        let (declaration, _) = Declaration::parse(text).expect("one").expect("valid");
        let mut file = declaration.to_export(Export::Cuda, "").expect("a file");
        let name = Export::Cuda.name_of(&declaration.activation.name);
        for real in ["float", "double"] {
            let parameters = if more.is_empty() { "" } else { real };
            let arguments = |tail: &str| {
                let given = ["size_t", &format!("const {real}*"), parameters, tail];
                let given: Vec<&str> = given.into_iter().filter(|text| !text.is_empty()).collect();
                given.join(", ")
            };
            let (forward, backward) = (format!("{real}*"), format!("const {real}*, {real}*"));
            for (pass, tail) in [("forward", forward), ("backward", backward)] {
                let arguments = arguments(&tail);
                file.push_str(&format!(
                    "template __global__ void {name}_{pass}<{real}>({arguments});\n"
                ));
            }
        }
        fs::write(folder.path().join(format!("file{index}.cu")), file).expect("a file");
    }
    assert!(count > 40, "{count} texts");
    let compiled = Command::new("python3")
        .arg("-")
        .arg(folder.path())
        .stdin(script())
        .output();
    match compiled {
        Err(_) => println!("skipped: there is no python3"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            println!("{said}");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}{errors}");
        }
    }
}

fn script() -> std::process::Stdio {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cuda/nvrtc.py");
    fs::File::open(path).expect("the script").into()
}
