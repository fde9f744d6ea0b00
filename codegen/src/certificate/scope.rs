//! Graphs over the variables of a certificate.

use crate::ir::{Dag, Id, Node};

/// The same graph over `names`, if they hold every variable that it uses.
pub(crate) fn over(graph: &Dag, names: &[String]) -> Option<Dag> {
    let mut result = Dag::new(names.to_vec());
    let mut ids: Vec<Id> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        ids.push(match node {
            Node::Variable(index) => {
                let name = &graph.variables[*index];
                result.variable(names.iter().position(|known| known == name)?)
            }
            node => result.add(node.map(|argument| ids[usize::from(argument)])),
        });
    }
    result.roots = graph
        .roots
        .iter()
        .map(|&root| ids[usize::from(root)])
        .collect();
    Some(result)
}
