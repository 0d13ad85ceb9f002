//! A graph of nodes that is being built; every value has a name of its own.

use super::message::{Attribute, Message, Type, real, value, whole};

/// The operators of plain ONNX.
const OPSET: i64 = 15;
/// Those of its part for classical learning; the third version brought thresholds of 64 bits.
const ML_OPSET: i64 = 3;
/// The domain of that part.
const ML: &str = "ai.onnx.ml";

/// The name of a value.
pub type Name = String;

/// A graph on its way.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    values: usize,
}

impl Graph {
    /// An input of one value a row.
    pub fn input(&mut self, name: &str, kind: Type) -> Name {
        self.inputs.push(value(name, kind, Some(1)));
        name.to_owned()
    }

    /// Gives a value to the outside under a name: of one value a row, or of `columns`.
    pub fn output(&mut self, from: &str, name: &str, kind: Type, columns: Option<i64>) {
        self.node("", "Identity", &[from], &[name], &[]);
        self.outputs.push(value(name, kind, columns));
    }

    /// A constant of whole numbers.
    pub fn whole(&mut self, dims: &[i64], values: &[i64]) -> Name {
        let name = self.name();
        self.constants.push(whole(&name, dims, values));
        name
    }

    /// A constant of real numbers.
    pub fn real(&mut self, dims: &[i64], values: &[f64]) -> Name {
        let name = self.name();
        self.constants.push(real(&name, dims, values));
        name
    }

    /// What a plain operator makes of these values.
    pub fn apply(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> Name {
        let made = self.name();
        self.node("", operator, inputs, &[&made], attributes);
        made
    }

    /// What an operator of the part for learning makes of a value: as many values as are asked for.
    pub fn learn<const N: usize>(
        &mut self,
        operator: &str,
        input: &str,
        attributes: &[(&str, Attribute)],
    ) -> [Name; N] {
        let made: [Name; N] = std::array::from_fn(|_| self.name());
        let outputs: Vec<&str> = made.iter().map(String::as_str).collect();
        self.node(ML, operator, &[input], &outputs, attributes);
        made
    }

    /// The same number in another type.
    pub fn cast(&mut self, from: &str, to: Type) -> Name {
        self.apply("Cast", &[from], &[("to", Attribute::Int(to as i64))])
    }

    /// The model, whole.
    pub fn finish(self, name: &str, about: &[(&str, &str)]) -> Vec<u8> {
        let graph = Message::default();
        let graph =
            self.nodes.iter().fold(graph, |graph, node| graph.message(1, node)).text(2, name);
        let graph = self.constants.iter().fold(graph, |graph, one| graph.message(5, one));
        let graph = self.inputs.iter().fold(graph, |graph, one| graph.message(11, one));
        let graph = self.outputs.iter().fold(graph, |graph, one| graph.message(12, one));
        let set = |domain, version| Message::default().text(1, domain).number(2, version);
        let model = Message::default()
            .number(1, 8)
            .text(2, "botany")
            .text(3, env!("CARGO_PKG_VERSION"))
            .message(7, &graph)
            .message(8, &set("", OPSET))
            .message(8, &set(ML, ML_OPSET));
        let pair = |(key, value): &(&str, &str)| Message::default().text(1, key).text(2, value);
        about.iter().fold(model, |model, one| model.message(14, &pair(one))).into_bytes()
    }

    fn name(&mut self) -> Name {
        self.values += 1;
        // No column has such a name: a feature's name begins with a letter.
        format!("#{}", self.values)
    }

    fn node(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) {
        let node = inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        let node = outputs.iter().fold(node, |node, output| node.text(2, output));
        let node = node.text(4, operator);
        let node =
            attributes.iter().fold(node, |node, (name, value)| node.message(5, &value.named(name)));
        self.nodes.push(node.text(7, domain));
    }
}
