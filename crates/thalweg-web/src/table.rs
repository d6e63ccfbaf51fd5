//! The runs on the page as a table.

use crate::error::Result;
use crate::path::{self, COLUMNS};
use crate::scene::Scene;

/// Returns the runs as CSV: the lines of `thalweg minimize --trace`, in all digits, after the text of their method.
///
/// # Errors
/// What the scene or a method refuses.
pub fn csv(scene: &Scene, methods: &[String]) -> Result<String> {
    let instance = scene.instance()?;
    let mut text = format!("method,step,{},f,gradient_norm,rate\n", instance.formula.variables().join(","));
    for method in methods {
        let path = path::run(scene, method)?;
        for row in path.rows.chunks_exact(COLUMNS) {
            let [step, x, y, f, norm, rate] = [row[0], row[2], row[3], row[4], row[5], row[6]];
            text += &format!("\"{}\",{step},{x:?},{y:?},{f:?},{norm:?},{rate:?}\n", path.end.spec);
        }
    }
    Ok(text)
}
