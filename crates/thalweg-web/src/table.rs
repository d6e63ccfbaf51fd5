//! The runs on the page as a table.

use crate::error::Result;
use crate::path::{self, COLUMNS};
use crate::scene::Scene;

/// Returns the runs as CSV: the lines of `thalweg minimize --trace`, in all digits, after the text of their method.
///
/// # Errors
/// What the scene or a method refuses.
pub fn csv(scene: &Scene, methods: &[String]) -> Result<String> {
    let function = scene.function()?;
    // A name of a column may have a delimiter in it.
    let names: Vec<String> = function.variables().iter().map(|name| quoted(name)).collect();
    let mut text = format!("method,step,{},f,gradient_norm,rate\n", names.join(","));
    for method in methods {
        let path = path::run(scene, method, None)?;
        for (k, row) in path.rows.chunks_exact(COLUMNS).enumerate() {
            let [step, f, norm, rate] = [row[0], row[4], row[5], row[6]];
            let point: Vec<String> = path.point(k).iter().map(|x| format!("{x:?}")).collect();
            text += &format!("\"{}\",{step},{},{f:?},{norm:?},{rate:?}\n", path.end.spec, point.join(","));
        }
    }
    Ok(text)
}

/// Quotes a name for CSV where it needs that.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.into() }
}
