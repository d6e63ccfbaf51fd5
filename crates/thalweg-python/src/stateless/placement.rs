//! Finding the states of parameters in packs, and using what was found at the step before.

use pyo3::prelude::*;
use thalweg_dlpack::{Exchange, TensorMemory};

use super::layout::{GroupLayout, KnownParam, Place};
use super::plan::{PlannedTensor, StepPlan, exchange_of};
use super::tensors::{GivenGroup, GroupTensors, ParamState};

/// Returns groups with their layouts; `None` if there is none.
pub(super) fn with_layouts<'py>(
    given: Vec<GivenGroup<'py>>,
    layouts: &[Option<GroupLayout>],
) -> PyResult<Option<Vec<GroupTensors<'py>>>> {
    if layouts.iter().all(Option::is_none) || layouts.len() != given.len() {
        return Ok(None);
    }
    let mut groups = Vec::with_capacity(given.len());
    for (group, layout) in given.into_iter().zip(layouts) {
        let group = match layout {
            None => GroupTensors::of(group).map(Some),
            Some(layout) => GroupTensors::in_layout(group, layout),
        };
        match group? {
            Some(group) => groups.push(group),
            None => return Ok(None),
        }
    }
    Ok(Some(groups))
}

/// Finds the layouts of the groups that have been looked up.
pub(super) fn find_layouts(
    py: Python<'_>,
    groups: &[GroupTensors<'_>],
    plan: &StepPlan<'_>,
    layouts: &mut Vec<Option<GroupLayout>>,
) -> PyResult<()> {
    let Some(exchange) = exchange_of(groups)? else { return Ok(()) };
    layouts.resize_with(groups.len(), || None);
    let mut first = 0;
    for (group, layout) in groups.iter().zip(layouts) {
        let tensors = &plan.tensors[first..][..group.params.len()];
        first += group.params.len();
        if group.packs.is_empty() {
            let before = layout.take();
            let has_packs = !group.given.packs.is_empty();
            *layout = if has_packs { find(py, exchange, group, tensors, &plan.written, before)? } else { None };
        }
    }
    Ok(())
}

/// Finds the states of a group in its packs after a step in which all memory was looked up; `None` if none is in a
/// pack, or somebody else holds one. Parameters without a gradient have the places that they had in `before`.
///
/// `tensors` are those of the group in the plan, and `written` is all of its memory.
fn find(
    py: Python<'_>,
    exchange: Exchange,
    group: &GroupTensors<'_>,
    tensors: &[PlannedTensor<'_>],
    written: &[TensorMemory<'_>],
    before: Option<GroupLayout>,
) -> PyResult<Option<GroupLayout>> {
    let given = &group.given;
    let before = before.filter(|before| before.version == given.version).map_or_else(Vec::new, |before| before.params);
    let known = |(index, param): (usize, Bound<'_, PyAny>)| {
        let place = before.get(index).filter(|known| known.is(&param)).and_then(|known| known.place);
        KnownParam::new(&param, place)
    };
    let mut params: Vec<_> = given.params.iter().enumerate().map(known).collect();
    let mut packs = Vec::new();
    for pack in &given.packs {
        if let Some(memory) = pack.get().memory(py, exchange)? {
            packs.push((memory, 0));
        } else {
            return Ok(None);
        }
    }
    let mut is_empty = true;
    for (param, tensor) in group.params.iter().zip(tensors) {
        let ParamState::Tensors(state) = &param.state else { return Ok(None) };
        let memory = &written[tensor.memory.clone()];
        let found = packs.iter().enumerate().find_map(|(pack, (whole, from))| {
            // In the order of the pack, which is then gone through once.
            let index = whole.find(memory).filter(|index| index >= from)?;
            Some(Place { pack, index })
        });
        params[param.index].place = found;
        let Some(place) = found else { continue };
        if !state.is_private {
            return Ok(None);
        }
        packs[place.pack].1 = place.index + 1;
        is_empty = false;
    }
    let packs = given.packs.iter().map(|pack| pack.clone().unbind()).collect();
    Ok((!is_empty).then_some(GroupLayout { version: given.version, params, packs }))
}
