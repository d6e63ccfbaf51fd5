//! E. Sources of difficulty in optimization: a problem, a measurement and a claim for each.

mod choices;
mod landscapes;
mod signals;
mod slopes;

use crate::error::Result;
use crate::page::Page;

/// Runs the experiments of the page.
pub(super) fn page() -> Result<Page> {
    let mut page = Page::new("E. What makes optimization hard");
    landscapes::ill_conditioning(&mut page)?;
    landscapes::local_minima(&mut page)?;
    slopes::flat_regions(&mut page)?;
    slopes::cliffs(&mut page)?;
    signals::long_term(&mut page)?;
    signals::inexact_gradients(&mut page)?;
    landscapes::misleading(&mut page)?;
    choices::rates(&mut page)?;
    choices::piecewise(&mut page)?;
    choices::start(&mut page)?;
    signals::early_stopping(&mut page)?;
    choices::no_free_lunch(&mut page)?;
    Ok(page)
}
