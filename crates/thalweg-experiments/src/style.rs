//! Line styles: a method has the same style in all pictures.

/// Methods in the order of their styles.
const METHODS: [&str; 8] = ["sgd", "momentum", "nag", "adagrad", "rmsprop", "adam", "adadelta", "nadam"];

/// Returns the line style of a method, given by a text that begins with its name.
///
/// ```
/// use thalweg_experiments::method_style;
/// assert_eq!(method_style("adam:lr=0.01"), method_style("Adam"));
/// ```
pub fn method_style(method: &str) -> usize {
    let name = method.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("").to_lowercase();
    METHODS.iter().position(|known| *known == name).unwrap_or(METHODS.len())
}
