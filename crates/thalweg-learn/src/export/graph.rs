//! Builder of an ONNX graph: inputs, constants, operations and outputs with names of their own.

use std::collections::HashSet;

use super::LEARNING_DOMAIN;
use super::onnx_format::{
    Attribute, AttributeKind, Dimension, ElementType, GraphProto, NodeProto, Shape, Size, TensorProto, TensorType,
    ValueInfo, ValueType,
};
use crate::data::Schema;

/// Name of a value of the graph.
pub(super) type Value = String;

/// Nodes and tensors of a graph under construction.
pub(super) struct GraphBuilder {
    graph: GraphProto,
    /// Names of inputs, outputs and values.
    names: HashSet<String>,
    /// Number of names that were changed, which makes others unique.
    count: usize,
}

impl GraphBuilder {
    /// Returns an empty graph; no value gets the name of a column of the schema.
    pub(super) fn new(schema: &Schema) -> Self {
        let graph = GraphProto { name: "thalweg".into(), ..GraphProto::default() };
        Self { graph, names: schema.features.iter().map(|feature| feature.name.clone()).collect(), count: 0 }
    }

    pub(super) fn finish(self) -> GraphProto {
        self.graph
    }

    /// Adds the input of a column, of shape rows × `width`.
    pub(super) fn input(&mut self, name: &str, element: ElementType, width: usize, about: &str) -> Value {
        self.names.insert(name.to_owned());
        self.graph.input.push(value_info(name, element, Some(width), about));
        name.to_owned()
    }

    /// Adds an output with this name that is a value, with an underscore where a column has the name: of shape rows ×
    /// `width`, or of one axis.
    pub(super) fn output(&mut self, name: &str, value: &str, element: ElementType, width: Option<usize>) {
        let name = self.unused(name);
        self.graph.node.push(operation("Identity", "", &[value], &name));
        self.graph.output.push(value_info(&name, element, width, ""));
    }

    /// Adds the input of features without a column name.
    pub(super) fn unnamed_input(&mut self, name: &str, element: ElementType, width: usize, about: &str) -> Value {
        let name = self.unused(name);
        self.input(&name, element, width, about)
    }

    /// Adds a constant of numbers.
    pub(super) fn numbers(&mut self, dims: &[usize], values: impl IntoIterator<Item = f64>) -> Value {
        let raw_data = values.into_iter().flat_map(f64::to_le_bytes).collect();
        self.constant(dims, ElementType::Double, raw_data)
    }

    /// Adds a constant that is one number.
    pub(super) fn number(&mut self, value: f64) -> Value {
        self.numbers(&[], [value])
    }

    /// Adds a constant list of whole numbers, such as axes.
    pub(super) fn integers(&mut self, values: &[i64]) -> Value {
        let raw_data = values.iter().copied().flat_map(i64::to_le_bytes).collect();
        self.constant(&[values.len()], ElementType::Int64, raw_data)
    }

    fn constant(&mut self, dims: &[usize], element: ElementType, raw_data: Vec<u8>) -> Value {
        let name = self.unused("constant");
        let dims = dims.iter().map(|&dim| dim as i64).collect();
        self.graph.initializer.push(TensorProto { dims, data_type: element.into(), name: name.clone(), raw_data });
        name
    }

    /// Adds an operation and returns its result.
    pub(super) fn apply(&mut self, operator: &str, inputs: &[&str]) -> Value {
        self.apply_with(operator, inputs, Vec::new())
    }

    /// Adds an operation with settings and returns its result.
    pub(super) fn apply_with(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> Value {
        let output = self.unused(operator);
        let node = NodeProto { attribute: attributes, ..operation(operator, "", inputs, &output) };
        self.graph.node.push(node);
        output
    }

    /// Adds a conversion to another type.
    pub(super) fn cast(&mut self, value: &str, element: ElementType) -> Value {
        self.apply_with("Cast", &[value], vec![int("to", i64::from(i32::from(element)))])
    }

    /// Adds the selection of positions of an axis.
    pub(super) fn gather(&mut self, table: &str, positions: &str, axis: i64) -> Value {
        self.apply_with("Gather", &[table, positions], vec![int("axis", axis)])
    }

    /// Adds a table lookup with the keys and the results of these attributes.
    pub(super) fn look_up(&mut self, value: &str, keys: Attribute, results: Attribute, default: Option<i64>) -> Value {
        let output = self.unused("LabelEncoder");
        let default = default.map(|default| int("default_int64", default));
        let attribute = [keys, results].into_iter().chain(default).collect();
        self.graph.node.push(NodeProto { attribute, ..operation("LabelEncoder", LEARNING_DOMAIN, &[value], &output) });
        output
    }

    /// Returns the sum of values; there is at least one.
    pub(super) fn sum(&mut self, values: impl IntoIterator<Item = Value>) -> Value {
        let add = |sum: Value, value: Value| self.apply("Add", &[&sum, &value]);
        values.into_iter().reduce(add).expect("there is a value")
    }

    /// Returns an unused name: this one, or with an underscore or a number at the end.
    fn unused(&mut self, wish: &str) -> String {
        let mut name = wish.to_owned();
        let mut end = String::new();
        while !self.names.insert(name.clone()) {
            name = format!("{wish}_{end}");
            self.count += 1;
            end = self.count.to_string();
        }
        name
    }
}

fn operation(operator: &str, domain: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(ToString::to_string).collect(),
        output: vec![output.to_owned()],
        name: output.to_owned(),
        op_type: operator.to_owned(),
        attribute: Vec::new(),
        domain: domain.to_owned(),
    }
}

/// Describes an input or output of any number of rows.
fn value_info(name: &str, element: ElementType, width: Option<usize>, about: &str) -> ValueInfo {
    let rows = Dimension { size: Some(Size::Any("rows".into())) };
    let columns = width.map(|width| Dimension { size: Some(Size::Fixed(width as i64)) });
    let shape = Shape { dimensions: std::iter::once(rows).chain(columns).collect() };
    let tensor = TensorType { element: element.into(), shape: Some(shape) };
    ValueInfo { name: name.to_owned(), value_type: Some(ValueType { tensor: Some(tensor) }), doc_string: about.into() }
}

/// Setting that is a whole number.
pub(super) fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: name.into(), i: value, kind: AttributeKind::Int.into(), ..Attribute::default() }
}

/// Setting that is a list of whole numbers.
pub(super) fn ints(name: &str, values: impl IntoIterator<Item = i64>) -> Attribute {
    let ints = values.into_iter().collect();
    Attribute { name: name.into(), ints, kind: AttributeKind::Ints.into(), ..Attribute::default() }
}

/// Setting that is a list of texts.
pub(super) fn strings<'s>(name: &str, values: impl IntoIterator<Item = &'s str>) -> Attribute {
    let strings = values.into_iter().map(|value| value.as_bytes().to_vec()).collect();
    Attribute { name: name.into(), strings, kind: AttributeKind::Strings.into(), ..Attribute::default() }
}
