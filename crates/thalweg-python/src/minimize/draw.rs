//! Pictures of minimizations of formulas, whose runs are repeated for them.

use std::ops::ControlFlow;

use pyo3::prelude::*;
use thalweg::minimize::{Progress, RunRecorder};
use thalweg::{Outcome, StopReason};
use thalweg_cli::results::RunView;
use thalweg_problems::ProblemInstance;

use super::{Settings, Watch};
use crate::arrays::vector;
use crate::error::{OrRaise, invalid};
use crate::formula::PyFormula;
use crate::method::PyMethod;
use crate::picture::{Form, Image, draw, view_of};

/// Draw the path of a run, which is repeated, and its progress. `problem` is the name of the problem whose formula it
/// is, `steps` and `why` are how the run ended.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "these are the parts of a run")]
pub(crate) fn draw_run<'py>(
    py: Python<'py>,
    formula: &Bound<'py, PyFormula>,
    problem: Option<&str>,
    x0: &Bound<'py, PyAny>,
    method: &Bound<'py, PyMethod>,
    settings: Settings,
    end: (u64, &str),
    view: &str,
    form: &str,
) -> PyResult<Image<'py>> {
    let (start, spec, formula) = (vector(x0, "x0")?, method.get().0.clone(), formula.get().to_formula(py));
    let instance = match problem {
        Some(name) => ProblemInstance::named(name, Some(start.len())).and_then(|known| known.with_start(start.clone())),
        None => ProblemInstance::from_formula(formula, start.clone()),
    };
    let (mut instance, (steps, why)) = (instance.or_raise(py)?, end);
    settings.add_noise(py, &mut instance)?;
    let (mut recorder, mut watch, mut raised) = (RunRecorder::bounded(), Watch::new(Watch::SHORT_STEPS, None), None);
    let run = Settings { max_steps: Some(steps), ..settings }.run(py, spec.clone(), start.len())?;
    let mut run = run.callback(|progress: &mut Progress<'_, f64>| {
        recorder.record(progress);
        match watch.look(progress) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                raised = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    let mut objective = instance.clone();
    let outcome = py.detach(|| run.run(&mut objective, &start));
    drop(run);
    if let Some(raised) = raised {
        return Err(raised);
    }
    let reason: StopReason = serde_json::from_value(why.into()).map_err(|error| invalid(py, &error.to_string()))?;
    let outcome = Outcome { reason, ..outcome.or_raise(py)? };
    let (path, view) = (recorder.finish(), view_of(py, view)?);
    let shown = RunView { instance: &instance, spec: &spec, outcome: &outcome, path: &path };
    draw(py, Form::named(py, form)?, || shown.svg(view), || shown.png(view))
}
