//! The textual syntax of ONNX (<https://onnx.ai/onnx/repo-docs/Syntax.html>).

use super::proto::{
    AttributeProto, DataType, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    ValueInfoProto,
};

/// A model as text.
pub(super) fn of_model(model: &ModelProto) -> String {
    let mut text = format!(
        "<\n  ir_version: {},\n  opset_import: [{}],\n  producer_name: \"{}\",\n  producer_version: \"{}\",\n  doc_string: \"{}\"\n>\n",
        model.ir_version.unwrap_or_default(),
        imports(&model.opset_import),
        model.producer_name,
        model.producer_version,
        model.doc_string.replace('\\', "\\\\").replace('"', "\\\""),
    );
    if let Some(graph) = &model.graph {
        text.push_str(&format!(
            "{} ({}) => ({})\n",
            graph.name,
            joined(&graph.input, declared),
            joined(&graph.output, declared),
        ));
        if !graph.initializer.is_empty() {
            text.push_str(&format!("<{}>\n", joined(&graph.initializer, initializer)));
        }
        text.push_str(&block(&graph.node));
    }
    for function in &model.functions {
        text.push_str(&format!(
            "<\n  domain: \"{}\",\n  opset_import: [{}]\n>\n{} ({}) => ({})\n",
            function.domain,
            imports(&function.opset_import),
            function.name,
            function.input.join(", "),
            function.output.join(", "),
        ));
        text.push_str(&block(&function.node));
    }
    text
}

fn joined<T>(items: &[T], text: fn(&T) -> String) -> String {
    let texts: Vec<String> = items.iter().map(text).collect();
    texts.join(", ")
}

fn imports(sets: &[OperatorSetIdProto]) -> String {
    joined(sets, |set| {
        let domain = set.domain.as_deref().unwrap_or_default();
        format!("\"{domain}\" : {}", set.version.unwrap_or_default())
    })
}

fn type_name(data_type: i32) -> &'static str {
    match DataType::try_from(data_type) {
        Ok(DataType::Float) => "float",
        Ok(DataType::Double) => "double",
        Ok(DataType::Float16) => "float16",
        Ok(DataType::Bfloat16) => "bfloat16",
        Ok(DataType::Undefined) | Err(_) => "undefined",
    }
}

fn declared(value: &ValueInfoProto) -> String {
    let tensor = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let Some(tensor) = tensor else {
        return value.name.clone();
    };
    let dimensions = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let dimensions: Vec<&str> = dimensions.map(|dim| dim.dim_param.as_str()).collect();
    let name = type_name(tensor.elem_type);
    match dimensions.is_empty() {
        true => format!("{name} {}", value.name),
        false => format!("{name}[{}] {}", dimensions.join(", "), value.name),
    }
}

fn initializer(tensor: &TensorProto) -> String {
    let name = type_name(tensor.data_type);
    format!("{name} {} = {{{}}}", tensor.name, number(tensor))
}

/// The number as the shortest text that reads back to it.
fn number(tensor: &TensorProto) -> String {
    let single = tensor.float_data.iter().map(|value| format!("{value:?}"));
    let double = tensor.double_data.iter().map(|value| format!("{value:?}"));
    single.chain(double).collect()
}

fn block(nodes: &[NodeProto]) -> String {
    let lines: String = nodes
        .iter()
        .map(|node| format!("  {}\n", line(node)))
        .collect();
    format!("{{\n{lines}}}\n")
}

fn line(node: &NodeProto) -> String {
    let mut text = format!("{} = ", node.output.join(", "));
    if !node.domain.is_empty() {
        text.push_str(&format!("{}.", node.domain));
    }
    text.push_str(&node.op_type);
    if !node.attribute.is_empty() {
        text.push_str(&format!(" <{}>", joined(&node.attribute, attribute)));
    }
    text.push_str(&format!(" ({})", node.input.join(", ")));
    text
}

fn attribute(attribute: &AttributeProto) -> String {
    let name = &attribute.name;
    let value = if let Some(tensor) = &attribute.t {
        format!("{} {{{}}}", type_name(tensor.data_type), number(tensor))
    } else if let Some(text) = &attribute.s {
        format!("\"{}\"", String::from_utf8_lossy(text))
    } else if let Some(integer) = attribute.i {
        integer.to_string()
    } else {
        format!("{:?}", attribute.f.unwrap_or_default())
    };
    format!("{name} = {value}")
}
