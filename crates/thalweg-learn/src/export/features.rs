//! Encoding of raw rows in an ONNX graph: the numbers of `data::encode`, for columns as inputs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ExportError;
use super::graph::{GraphBuilder, Value, ints, strings};
use super::onnx_format::ElementType;
use crate::data::{Encoding, Imputation, Interaction, InteractionEncoding, MISSING_LEVEL, MissingTokens, Schema};

/// Encoded rows: features whose contributions to a linear function are added.
pub(super) struct RowEncoding {
    pub(super) terms: Vec<Term>,
}

/// Features of one kind.
pub(super) enum Term {
    /// Numbers of the tensor, rows × coefficients.
    Numbers {
        value: Value,
        /// Coefficient of each number.
        coefficients: Vec<usize>,
    },
    /// One level in each row.
    Level {
        /// Position of the level among the coefficients, or their number for a level that is not known.
        position: Value,
        /// Coefficients of the levels.
        coefficients: Vec<usize>,
        /// Number that multiplies the coefficient, rows × 1; `None` for 1.
        factor: Option<Value>,
    },
}

/// Scaled numbers of a graph: each is a column of one matrix.
struct ScaledNumbers {
    /// Scaled numbers, 0 for missing ones; `None` without columns of numbers.
    matrix: Option<Value>,
    /// Column of each feature in the matrix.
    columns: HashMap<String, usize>,
}

impl RowEncoding {
    /// Adds the inputs of a schema and their encoding.
    ///
    /// # Errors
    /// An interaction of a column that is no feature.
    pub(super) fn new(graph: &mut GraphBuilder, schema: &Schema) -> Result<Self, ExportError> {
        let tokens = MissingTokens::with(&schema.missing);
        let mut inputs = BTreeMap::new();
        for feature in &schema.features {
            let (element, about) = match feature.encoding {
                Encoding::Number { .. } => (ElementType::Double, "number; NaN is a missing value"),
                _ => (ElementType::String, "text; the empty string is a missing value"),
            };
            inputs.insert(feature.name.as_str(), graph.input(&feature.name, element, 1, about));
        }
        let mut terms = Vec::new();
        let numbers = add_numbers(graph, schema, &inputs, &tokens, &mut terms);
        let mut next = numbers.columns.len() + indicator_count(schema);
        for interaction in &schema.interactions {
            if let InteractionEncoding::Number { mean, deviation } = interaction.encoding {
                let product = numbers.product(graph, interaction).ok_or_else(|| unknown(interaction))?;
                let value = scale(graph, &product, [mean], [deviation]);
                terms.push(Term::Numbers { value, coefficients: vec![next] });
                next += 1;
            }
        }
        for feature in &schema.features {
            if let Encoding::Category { levels } = &feature.encoding {
                let position = level_position(graph, &inputs[feature.name.as_str()], levels, &tokens);
                let coefficients = (next..next + levels.len()).collect();
                next += levels.len();
                terms.push(Term::Level { position, coefficients, factor: None });
            }
        }
        for interaction in &schema.interactions {
            if let InteractionEncoding::Levels(levels) = &interaction.encoding {
                let categories: Vec<&Value> = interaction
                    .columns
                    .iter()
                    .filter(|column| !numbers.columns.contains_key(&column.name))
                    .map(|column| inputs.get(column.name.as_str()).ok_or_else(|| unknown(interaction)))
                    .collect::<Result<_, _>>()?;
                let position = combination_position(graph, &categories, levels, &tokens);
                let factor = numbers.product(graph, interaction);
                let coefficients = (next..next + levels.len()).collect();
                next += levels.len();
                terms.push(Term::Level { position, coefficients, factor });
            }
        }
        if let Some(indexed) = schema.indexed_features {
            let width = indexed.features as usize;
            let about = format!("features {} to {}", indexed.first, indexed.first + indexed.features - 1);
            let input = graph.unnamed_input("features", ElementType::Double, width, &about);
            let missing = missing_numbers(graph, &input, &tokens);
            let zero = graph.number(0.0);
            let present = graph.apply("Where", &[&missing, &zero, &input]);
            let value = single_precision(graph, &present);
            terms.push(Term::Numbers { value, coefficients: (next..next + width).collect() });
        }
        Ok(Self { terms })
    }
}

fn unknown(interaction: &Interaction) -> ExportError {
    ExportError::Feature { feature: interaction.name(), encoding: "it is of a column that is no feature".into() }
}

/// Number of indicators of missing values.
fn indicator_count(schema: &Schema) -> usize {
    let has_indicator =
        |encoding: &Encoding| matches!(encoding, Encoding::Number { missing: Imputation::MeanAndIndicator, .. });
    schema.features.iter().filter(|feature| has_indicator(&feature.encoding)).count()
}

/// Adds the columns of numbers and the indicators of missing ones.
fn add_numbers(
    graph: &mut GraphBuilder,
    schema: &Schema,
    inputs: &BTreeMap<&str, Value>,
    tokens: &MissingTokens,
    terms: &mut Vec<Term>,
) -> ScaledNumbers {
    let (mut columns, mut moments, mut coefficients) = (HashMap::new(), Vec::new(), Vec::new());
    let (mut with_indicator, mut indicators, mut raw, mut next) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for feature in &schema.features {
        if let Encoding::Number { mean, deviation, missing } = feature.encoding {
            raw.push(inputs[feature.name.as_str()].as_str());
            moments.push((mean, deviation));
            coefficients.push(next);
            next += 1;
            if missing == Imputation::MeanAndIndicator {
                with_indicator.push(columns.len() as i64);
                indicators.push(next);
                next += 1;
            }
            columns.insert(feature.name.clone(), columns.len());
        }
    }
    if raw.is_empty() {
        return ScaledNumbers { matrix: None, columns };
    }
    let raw = graph.apply_with("Concat", &raw, vec![super::graph::int("axis", 1)]);
    let missing = missing_numbers(graph, &raw, tokens);
    let scaled = scale(graph, &raw, moments.iter().map(|one| one.0), moments.iter().map(|one| one.1));
    let zero = graph.number(0.0);
    let matrix = graph.apply("Where", &[&missing, &zero, &scaled]);
    terms.push(Term::Numbers { value: matrix.clone(), coefficients });
    if !indicators.is_empty() {
        let missing = graph.cast(&missing, ElementType::Double);
        let positions = graph.integers(&with_indicator);
        let value = graph.gather(&missing, &positions, 1);
        terms.push(Term::Numbers { value, coefficients: indicators });
    }
    ScaledNumbers { matrix: Some(matrix), columns }
}

impl ScaledNumbers {
    /// Returns the product of the numbers of an interaction, rows × 1; `None` if it has no number.
    fn product(&self, graph: &mut GraphBuilder, interaction: &Interaction) -> Option<Value> {
        let matrix = self.matrix.as_ref()?;
        let columns: Vec<usize> =
            interaction.columns.iter().filter_map(|column| self.columns.get(&column.name).copied()).collect();
        columns
            .into_iter()
            .map(|column| {
                let position = graph.integers(&[column as i64]);
                graph.gather(matrix, &position, 1)
            })
            .collect::<Vec<Value>>()
            .into_iter()
            .reduce(|product, value| graph.apply("Mul", &[&product, &value]))
    }
}

/// Returns (x − mean)/deviation of each column, rounded to single precision.
fn scale(
    graph: &mut GraphBuilder,
    x: &str,
    means: impl IntoIterator<Item = f64>,
    deviations: impl IntoIterator<Item = f64>,
) -> Value {
    let (means, deviations): (Vec<f64>, Vec<f64>) = (means.into_iter().collect(), deviations.into_iter().collect());
    let (mean, deviation) = (graph.numbers(&[means.len()], means), graph.numbers(&[deviations.len()], deviations));
    let centered = graph.apply("Sub", &[x, &mean]);
    let scaled = graph.apply("Div", &[&centered, &deviation]);
    single_precision(graph, &scaled)
}

/// Rounds numbers as encoded rows are stored.
fn single_precision(graph: &mut GraphBuilder, value: &str) -> Value {
    let rounded = graph.cast(value, ElementType::Float);
    graph.cast(&rounded, ElementType::Double)
}

/// Returns which numbers are missing: NaN, and numbers that are texts for missing values.
fn missing_numbers(graph: &mut GraphBuilder, value: &str, tokens: &MissingTokens) -> Value {
    let mut missing = graph.apply("IsNaN", &[value]);
    for &number in tokens.numbers() {
        let number = graph.number(number);
        let equal = graph.apply("Equal", &[value, &number]);
        missing = graph.apply("Or", &[&missing, &equal]);
    }
    missing
}

/// Returns the position of each row's level, or the number of levels for one that is not known: rows.
fn level_position(graph: &mut GraphBuilder, input: &str, levels: &[String], tokens: &MissingTokens) -> Value {
    let missing = levels.iter().position(|level| level == MISSING_LEVEL).unwrap_or(levels.len());
    let mut positions: BTreeMap<&str, usize> = levels.iter().map(String::as_str).zip(0..).collect();
    positions.extend(tokens.tokens().iter().map(|token| (token.as_str(), missing)));
    let keys = strings("keys_strings", positions.keys().copied());
    let results = ints("values_int64s", positions.values().map(|&position| position as i64));
    let position = graph.look_up(input, keys, results, Some(levels.len() as i64));
    let axis = graph.integers(&[1]);
    graph.apply("Squeeze", &[&position, &axis])
}

/// Returns the position of each row's combination of levels, or their number for one that is not known: rows.
fn combination_position(
    graph: &mut GraphBuilder,
    inputs: &[&Value],
    combinations: &[Vec<String>],
    tokens: &MissingTokens,
) -> Value {
    let mut codes = vec![0_i64; combinations.len()];
    let mut code: Option<Value> = None;
    for (column, input) in inputs.iter().enumerate() {
        let levels: BTreeSet<&String> = combinations.iter().map(|levels| &levels[column]).collect();
        let levels: Vec<String> = levels.into_iter().cloned().collect();
        // One more than the levels, so that an unknown one has a code of its own.
        let stride = levels.len() as i64 + 1;
        for (code, combination) in codes.iter_mut().zip(combinations) {
            let position = levels.binary_search(&combination[column]).expect("the level is listed");
            *code = *code * stride + position as i64;
        }
        let position = level_position(graph, input, &levels, tokens);
        code = Some(match code {
            None => position,
            Some(code) => {
                let stride = graph.integers(&[stride]);
                let code = graph.apply("Mul", &[&code, &stride]);
                graph.apply("Add", &[&code, &position])
            }
        });
    }
    let results = ints("values_int64s", 0..combinations.len() as i64);
    let code = code.expect("an interaction of levels has a category");
    graph.look_up(&code, ints("keys_int64s", codes), results, Some(combinations.len() as i64))
}
