//! Colours: a method has the same in all pictures.

/// The style of a method in pictures, by the first word of what it is called.
///
/// ```
/// assert_eq!(thalweg_experiments::style("adam:lr=0.01"), thalweg_experiments::style("Adam"));
/// ```
pub fn style(method: &str) -> usize {
    let name = method.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("").to_lowercase();
    let order = ["sgd", "momentum", "nag", "adagrad", "rmsprop", "adam", "adadelta", "nadam"];
    order.iter().position(|known| *known == name).unwrap_or(order.len())
}
