//! The parameters of an optimizer: one array, or a list or dict of arrays, and groups of them.

use numpy::PyUntypedArray;
use numpy::prelude::*;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use thalweg::method::HyperparamValue;
use thalweg::{Group, Layout, Optimizer, OptimizerSpec, Tensor};

use super::{Active, AnyOptimizer};
use crate::arrays::ElementType;
use crate::error::{OrRaise, invalid, wrong_type};
use crate::method::{value_of, value_to_python};

/// Name of the tensor of a single array.
pub(super) const SINGLE: &str = "x";

/// Form in which the parameters are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One array without a name.
    Single,
    /// A list or tuple of arrays.
    List,
    /// A dict of arrays.
    Dict,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Single => "array",
            Self::List => "list",
            Self::Dict => "dict",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Single, Self::List, Self::Dict].into_iter().find(|form| form.name() == name)
    }
}

/// Names and lengths of the parameters, in their order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ParameterList {
    pub(super) form: Form,
    pub(super) tensors: Vec<(String, usize)>,
}

impl ParameterList {
    /// Returns the list of the given arrays, and the type of their numbers.
    pub(super) fn of(x: &Bound<'_, PyAny>, argument: &str) -> PyResult<(Self, ElementType)> {
        let form = form_of(x);
        let arrays = arrays(x, argument)?;
        let Some((_, first)) = arrays.first() else {
            return Err(invalid(x.py(), &format!("{argument} must contain at least one array, but is empty")));
        };
        let element_type = ElementType::of(first, &element_argument(argument, form, &arrays[0].0))?;
        let mut tensors = Vec::with_capacity(arrays.len());
        for (name, array) in arrays {
            let argument = element_argument(argument, form, &name);
            if ElementType::of(&array, &argument)? != element_type {
                let expected = element_type.name();
                return Err(PyTypeError::new_err(format!("{argument} must be an array of {expected}, as the others")));
            }
            let len = array.cast::<PyUntypedArray>()?.len();
            tensors.push((name, len));
        }
        Ok((Self { form, tensors }, element_type))
    }
}

/// Returns the form of parameters.
pub(super) fn form_of(x: &Bound<'_, PyAny>) -> Form {
    if x.is_instance_of::<PyDict>() {
        Form::Dict
    } else if x.is_instance_of::<PyList>() || x.is_instance_of::<PyTuple>() {
        Form::List
    } else {
        Form::Single
    }
}

/// Returns the arrays with their names.
pub(super) fn arrays<'py>(x: &Bound<'py, PyAny>, argument: &str) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    if let Ok(dict) = x.cast::<PyDict>() {
        let name = |key: &Bound<'py, PyAny>| match key.cast::<PyString>() {
            Ok(name) => Ok(name.to_str()?.to_owned()),
            Err(_) => Err(wrong_type(&format!("a key of {argument}"), "a text", key)),
        };
        dict.iter().map(|(key, array)| Ok((name(&key)?, array))).collect()
    } else if form_of(x) == Form::List {
        x.try_iter()?.enumerate().map(|(i, array)| Ok((i.to_string(), array?))).collect()
    } else {
        Ok(vec![(SINGLE.into(), x.clone())])
    }
}

/// Returns the array of each tensor in their order, which may have another one in a dict.
pub(super) fn in_order<'py>(
    parameters: &ParameterList,
    x: &Bound<'py, PyAny>,
    argument: &str,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = x.py();
    let (form, found) = (parameters.form, form_of(x));
    if form != found {
        let (expected, found) = (form.name(), found.name());
        return Err(wrong_type_of_form(argument, expected, found));
    }
    let mut arrays = arrays(x, argument)?;
    if arrays.len() != parameters.tensors.len() {
        let (expected, found) = (parameters.tensors.len(), arrays.len());
        return Err(invalid(py, &format!("{argument} must contain {expected} arrays, but contains {found}")));
    }
    if form == Form::Dict && arrays.iter().zip(&parameters.tensors).any(|((name, _), (expected, _))| name != expected) {
        let mut ordered = Vec::with_capacity(arrays.len());
        for (expected, _) in &parameters.tensors {
            let Some(at) = arrays.iter().position(|(name, _)| name == expected) else {
                return Err(invalid(py, &format!("{argument} must contain an array '{expected}'")));
            };
            ordered.push(arrays.swap_remove(at));
        }
        arrays = ordered;
    }
    Ok(arrays.into_iter().map(|(_, array)| array).collect())
}

fn wrong_type_of_form(argument: &str, expected: &str, found: &str) -> PyErr {
    let article = |name: &str| if name == "array" { "an array".to_owned() } else { format!("a {name} of arrays") };
    PyTypeError::new_err(format!("{argument} must be {} as before, but is {}", article(expected), article(found)))
}

/// Returns how an array is called in errors: `x`, `x[0]` or `x['bias']`.
pub(super) fn element_argument(argument: &str, form: Form, name: &str) -> String {
    match form {
        Form::Single => argument.to_owned(),
        Form::List => format!("{argument}[{name}]"),
        Form::Dict => format!("{argument}['{name}']"),
    }
}

/// Groups of parameters with hyperparameters of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups(Vec<NamedGroup>);

#[derive(Clone, Debug)]
struct NamedGroup {
    name: String,
    tensors: Vec<String>,
    overrides: Vec<(String, HyperparamValue)>,
}

impl Groups {
    /// Returns groups given as a dict: for each name a dict of hyperparameters, and the names of the parameters under
    /// `params`.
    pub(super) fn new(groups: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let Some(groups) = groups else { return Ok(Self::default()) };
        let expected = "a dict of dicts, one for each group";
        let dict = groups.cast::<PyDict>().map_err(|_| wrong_type("groups", expected, groups))?;
        let group = |(name, values): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            let name: String = name.extract().map_err(|_| wrong_type("a key of groups", "a text", &name))?;
            let argument = format!("groups['{name}']");
            let values = values.cast::<PyDict>().map_err(|_| wrong_type(&argument, "a dict", &values))?;
            let (mut tensors, mut overrides) = (Vec::new(), Vec::new());
            for (key, value) in values {
                let key: String = key.extract().map_err(|_| wrong_type("a key of a group", "a text", &key))?;
                if key == "params" {
                    let names = |_| wrong_type(&format!("{argument}['params']"), "a list of names or indices", &value);
                    for tensor in value.try_iter().map_err(names)? {
                        tensors.push(tensor?.str()?.to_str()?.to_owned());
                    }
                } else {
                    let value = value_of(&value, &key)?;
                    overrides.push((key, value));
                }
            }
            Ok(NamedGroup { name, tensors, overrides })
        };
        dict.iter().map(group).collect::<PyResult<_>>().map(Self)
    }

    /// Returns the groups as they were given.
    pub(super) fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let groups = PyDict::new(py);
        for NamedGroup { name, tensors, overrides } in &self.0 {
            let group = PyDict::new(py);
            group.set_item("params", tensors)?;
            for (key, value) in overrides {
                group.set_item(key, value_to_python(py, value))?;
            }
            groups.set_item(name, group)?;
        }
        Ok(Some(groups))
    }

    fn layout(&self, py: Python<'_>, parameters: &ParameterList) -> PyResult<Layout> {
        let mut tensors: Vec<_> = parameters.tensors.iter().map(|(name, len)| Tensor::new(name, *len)).collect();
        let mut groups = Vec::new();
        for NamedGroup { name: group_name, tensors: names, overrides } in &self.0 {
            for name in names {
                let Some(tensor) = tensors.iter_mut().find(|tensor| tensor.name == *name) else {
                    let message = format!("groups['{group_name}'] names '{name}', which is none of the parameters");
                    return Err(invalid(py, &message));
                };
                if let Some(other) = &tensor.group {
                    let message = format!("'{name}' must be in one group, but is in '{other}' and '{group_name}'");
                    return Err(invalid(py, &message));
                }
                tensor.group = Some(group_name.clone());
            }
            let group = Group::new(group_name);
            groups.push(overrides.iter().fold(group, |group, (key, value)| group.with(key, value.clone())));
        }
        Ok(Layout { tensors, groups })
    }
}

impl Active {
    /// Makes an optimizer of these parameters.
    pub(super) fn new(
        py: Python<'_>,
        spec: &OptimizerSpec,
        groups: &Groups,
        parameters: ParameterList,
        element_type: ElementType,
    ) -> PyResult<Self> {
        let layout = groups.layout(py, &parameters)?;
        let optimizer = match element_type {
            ElementType::F32 => AnyOptimizer::F32(Optimizer::new(spec.clone(), layout).or_raise(py)?),
            ElementType::F64 => AnyOptimizer::F64(Optimizer::new(spec.clone(), layout).or_raise(py)?),
        };
        Ok(Self { parameters, optimizer })
    }
}
