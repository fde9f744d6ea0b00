//! Writes the model: the function, and a graph that calls it.

use std::collections::HashMap;

use super::model::Onnx;
use super::options::{ElementType, OnnxOptions};
use super::proto::{
    AttributeProto, AttributeType, DataType, Dimension, FunctionProto, GraphProto, ModelProto,
    NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TensorType, TypeProto,
    ValueInfoProto,
};
use super::spelling::{OPERATORS, Setting, Spelling, spelling, with_alpha};
use super::words::is_reserved;
use crate::backend::text::{Names, head};
use crate::ir::Dag;
use crate::kernel::{Activation, Schedule, Statement};
use crate::ops::Op;
use crate::syntax::of_row;

/// The version of the format: the first one of models with operators of version 20.
const FORMAT: i64 = 9;

/// The domain of the function.
const DOMAIN: &str = "actsmith";

/// The longest line of the description.
const WIDTH: usize = 88;

/// The model of an activation; `command` is what writes it.
pub(crate) fn write(activation: &Activation, options: OnnxOptions, command: &str) -> Onnx {
    let names = Names::new(&activation.value.variables, is_reserved);
    let variables = names.variables.clone();
    let mut body = Body::new(names, computed_in(options.element));
    let arguments: Vec<Value> = variables.iter().cloned().map(Value::Named).collect();
    let value = body.graph(&activation.value, &arguments).swap_remove(0);
    let output = body.finish(value, &variables[0]);
    let function = FunctionProto {
        name: activation.name.clone(),
        input: variables.clone(),
        output: vec![output.clone()],
        node: body.nodes,
        opset_import: vec![operators("", OPERATORS)],
        domain: DOMAIN.to_owned(),
    };
    let model = ModelProto {
        ir_version: Some(FORMAT),
        producer_name: "actsmith".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: head(activation, command, WIDTH).join("\n"),
        graph: Some(graph(activation, &variables, &output, options)),
        opset_import: vec![operators("", OPERATORS), operators(DOMAIN, 1)],
        functions: vec![function],
    };
    Onnx {
        model,
        element: options.element,
    }
}

/// Half types are computed in single precision.
fn computed_in(element: ElementType) -> ElementType {
    match element {
        ElementType::F64 => ElementType::F64,
        ElementType::F32 | ElementType::F16 | ElementType::BF16 => ElementType::F32,
    }
}

fn data_type(element: ElementType) -> DataType {
    match element {
        ElementType::F32 => DataType::Float,
        ElementType::F64 => DataType::Double,
        ElementType::F16 => DataType::Float16,
        ElementType::BF16 => DataType::Bfloat16,
    }
}

fn operators(domain: &str, version: i64) -> OperatorSetIdProto {
    OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(version),
    }
}

/// The graph: the function of the inputs and of the parameters, which are numbers that users may replace.
fn graph(
    activation: &Activation,
    variables: &[String],
    output: &str,
    options: OnnxOptions,
) -> GraphProto {
    let (inputs, parameters) = variables.split_at(activation.inputs);
    let computed = computed_in(options.element);
    let is_half = options.element != computed;
    let mut names = Names::new(variables, |name| name == output);
    let mut wide = |name: &str| names.fresh(&format!("{name}_wide"));
    let mut nodes = Vec::new();
    let mut given = variables.to_vec();
    let mut result = output.to_owned();
    if is_half {
        for (input, given) in inputs.iter().zip(&mut given) {
            *given = wide(input);
            nodes.push(cast(input, given, computed));
        }
        result = wide(output);
    }
    let mut call = node(&activation.name, given, &result);
    call.domain = DOMAIN.to_owned();
    nodes.push(call);
    if is_half {
        nodes.push(cast(&result, output, options.element));
    }
    let initial = activation.parameters.iter();
    let initializer = parameters
        .iter()
        .zip(initial)
        .map(|(name, parameter)| TensorProto {
            name: name.clone(),
            ..tensor(parameter.initial.to_f64(), computed)
        });
    let declared = |name: &String| declaration(name, options);
    GraphProto {
        node: nodes,
        name: activation.name.clone(),
        initializer: initializer.collect(),
        input: inputs.iter().map(declared).collect(),
        output: vec![declaration(output, options)],
    }
}

/// A tensor of open sizes.
fn declaration(name: &str, options: OnnxOptions) -> ValueInfoProto {
    let dim = (0..options.rank).map(|index| Dimension {
        dim_param: format!("d{index}"),
    });
    let tensor = TensorType {
        elem_type: data_type(options.element) as i32,
        shape: Some(TensorShapeProto { dim: dim.collect() }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
        }),
    }
}

fn node(operator: &str, input: Vec<String>, output: &str) -> NodeProto {
    NodeProto {
        input,
        output: vec![output.to_owned()],
        op_type: operator.to_owned(),
        attribute: Vec::new(),
        domain: String::new(),
    }
}

fn cast(from: &str, to: &str, element: ElementType) -> NodeProto {
    let mut cast = node("Cast", vec![from.to_owned()], to);
    let mut attribute = attribute("to", AttributeType::Int);
    attribute.i = Some(data_type(element) as i64);
    cast.attribute.push(attribute);
    cast
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: kind as i32,
        ..AttributeProto::default()
    }
}

/// A tensor without dimensions.
fn tensor(value: f64, element: ElementType) -> TensorProto {
    let single = element != ElementType::F64;
    TensorProto {
        data_type: data_type(element) as i32,
        float_data: single.then_some(value as f32).into_iter().collect(),
        double_data: (!single).then_some(value).into_iter().collect(),
        name: String::new(),
    }
}

/// What a node may take.
#[derive(Clone, Debug)]
enum Value {
    Number(f64),
    Named(String),
}

/// The nodes of the function.
struct Body {
    nodes: Vec<NodeProto>,
    names: Names,
    element: ElementType,
    /// The names of numbers, by their bits.
    constants: HashMap<u64, String>,
    temporaries: usize,
}

impl Body {
    fn new(names: Names, element: ElementType) -> Self {
        Self {
            nodes: Vec::new(),
            names,
            element,
            constants: HashMap::new(),
            temporaries: 0,
        }
    }

    /// The outputs of a graph.
    fn graph(&mut self, dag: &Dag, arguments: &[Value]) -> Vec<Value> {
        let schedule = Schedule::new(dag);
        let mut values: Vec<Value> = Vec::with_capacity(schedule.statements.len());
        for statement in &schedule.statements {
            values.push(match statement {
                Statement::Constant(value) => Value::Number(*value),
                Statement::Variable(index) => arguments[*index].clone(),
                Statement::Apply(op, given) => {
                    let given: Vec<Value> = given.iter().map(|&a| values[a].clone()).collect();
                    self.apply(*op, given)
                }
            });
        }
        let outputs = schedule.outputs.iter();
        outputs.map(|&output| values[output].clone()).collect()
    }

    fn apply(&mut self, op: Op, mut arguments: Vec<Value>) -> Value {
        let numbers: Option<Vec<f64>> = arguments.iter().map(number).collect();
        if let Some(numbers) = numbers {
            return Value::Number(op.value(&numbers));
        }
        match (op, &arguments[..]) {
            (Op::If, [Value::Number(condition), ..]) => {
                return arguments.swap_remove(if *condition != 0.0 { 1 } else { 2 });
            }
            // `Clip` takes bounds that are numbers.
            (Op::Clamp, [Value::Named(_), Value::Number(_), Value::Number(_)]) => {
                return self.operator("Clip", &[], arguments);
            }
            (Op::Powi, [_, Value::Number(exponent)]) if *exponent == 2.0 => {
                return self.apply(Op::Square, arguments[..1].to_vec());
            }
            _ => {}
        }
        if let Some(&Value::Number(alpha)) = arguments.get(1)
            && let Some(name) = with_alpha(op, alpha, self.element)
        {
            let settings = [("alpha", Setting::Float(alpha as f32))];
            return self.operator(name, &settings, arguments[..1].to_vec());
        }
        match spelling(op, self.element) {
            Spelling::Operator(name, settings) => self.operator(name, settings, arguments),
            Spelling::Defined(text) => self.defined(text, arguments),
            Spelling::Near { bound, steps, text } => {
                let [low, high, steps] = [-bound, bound, steps].map(Value::Number);
                let clamped = vec![arguments.swap_remove(0), low, high];
                let value = self.apply(Op::Clamp, clamped);
                let scaled = self.apply(Op::Mul, vec![value.clone(), steps.clone()]);
                let whole = self.operator("Round", &[], vec![scaled]);
                let near = self.apply(Op::Div, vec![whole, steps]);
                self.defined(text, vec![value, near])
            }
        }
    }

    /// A formula in the names of a row of the table.
    fn defined(&mut self, text: &str, mut arguments: Vec<Value>) -> Value {
        let definition = of_row(text);
        // The graph of a row has all three names.
        let first = arguments[0].clone();
        arguments.resize(definition.variables.len(), first);
        self.graph(&definition, &arguments).swap_remove(0)
    }

    fn operator(
        &mut self,
        name: &str,
        settings: &[(&str, Setting)],
        arguments: Vec<Value>,
    ) -> Value {
        let input = arguments
            .into_iter()
            .map(|value| self.name(value))
            .collect();
        let output = self.names.fresh(&format!("t{}", self.temporaries));
        self.temporaries += 1;
        let mut node = node(name, input, &output);
        for &(name, setting) in settings {
            node.attribute.push(match setting {
                Setting::Float(value) => AttributeProto {
                    f: Some(value),
                    ..attribute(name, AttributeType::Float)
                },
                Setting::Text(value) => AttributeProto {
                    s: Some(value.as_bytes().to_vec()),
                    ..attribute(name, AttributeType::String)
                },
            });
        }
        self.nodes.push(node);
        Value::Named(output)
    }

    /// The name of a value; a number becomes a node.
    fn name(&mut self, value: Value) -> String {
        let number = match value {
            Value::Named(name) => return name,
            Value::Number(number) => number,
        };
        if let Some(name) = self.constants.get(&number.to_bits()) {
            return name.clone();
        }
        let name = self.names.fresh(&format!("c{}", self.constants.len()));
        self.constants.insert(number.to_bits(), name.clone());
        let mut constant = node("Constant", Vec::new(), &name);
        constant.attribute.push(AttributeProto {
            t: Some(tensor(number, self.element)),
            ..attribute("value", AttributeType::Tensor)
        });
        self.nodes.push(constant);
        name
    }

    /// Gives the value of the function a name of its own, and the shape of the input `like`; the name.
    fn finish(&mut self, value: Value, like: &str) -> String {
        let output = self.names.fresh("y");
        let made = match &value {
            Value::Named(name) => self.nodes.iter().any(|node| node.output[0] == *name),
            Value::Number(_) => false,
        };
        match value {
            Value::Named(name) if made => {
                for node in &mut self.nodes {
                    let uses = node.input.iter_mut().chain(&mut node.output);
                    uses.filter(|use_of| **use_of == name)
                        .for_each(|use_of| use_of.clone_from(&output));
                }
            }
            Value::Named(name) if name == like => {
                self.nodes.push(node("Identity", vec![name], &output));
            }
            value => {
                let name = self.name(value);
                let shape = self.names.fresh("shape");
                self.nodes
                    .push(node("Shape", vec![like.to_owned()], &shape));
                self.nodes.push(node("Expand", vec![name, shape], &output));
            }
        }
        output
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Named(_) => None,
    }
}
