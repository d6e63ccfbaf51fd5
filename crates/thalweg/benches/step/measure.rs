//! Measurement of a method and of its roofline, with a check of its result.

use std::time::Instant;

use super::aligned_vec::AlignedVec;
use serde::Serialize;
use thalweg::method::{Decay, StateType};
use thalweg::optimizer::Isa;
use thalweg::{Layout, Optimizer, OptimizerSpec, ParamGrad, Result, Tensor};

/// Period of the parameters and gradients, so that a short run can be the reference of a long one.
const PERIOD: usize = 1024;
/// Minimum duration of a sample in seconds.
const MIN_SAMPLE_SECONDS: f64 = 0.02;
const SAMPLES: usize = 9;
/// Steps after which the result is checked: few, as a gradient that never changes makes LARS grow without bound.
const CHECKED_STEPS: usize = 20;

/// Configuration of a measurement.
pub(crate) struct Case {
    pub(crate) spec: OptimizerSpec,
    pub(crate) n: usize,
    pub(crate) tensors: usize,
    pub(crate) threads: usize,
}

/// Result of a measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) n: usize,
    pub(crate) tensors: usize,
    pub(crate) threads: usize,
    pub(crate) state: &'static str,
    /// Number of bytes that a step reads and writes for each parameter.
    pub(crate) bytes_per_param: f64,
    pub(crate) ns_per_param: f64,
    pub(crate) gb_per_s: f64,
    pub(crate) roof_ns_per_param: f64,
    /// Time of the roofline divided by that of the step: 1 is the speed of memory.
    pub(crate) roof_ratio: f64,
    /// If true, the result of the step agrees with the reference.
    pub(crate) checked: bool,
}

fn x(i: usize) -> f32 {
    ((i % PERIOD) as f32 * 0.37).sin() + 0.01
}

fn g(i: usize) -> f32 {
    ((i % PERIOD) as f32 * 1.7).cos() * 0.1
}

pub(crate) fn measure(case: &Case) -> Result<Row> {
    let &Case { ref spec, n, tensors, threads } = case;
    let checked = agrees(case)?;
    let mut timed = Run::new(spec, n, tensors, Isa::best())?;
    let slots = Optimizer::<f32>::new(spec.method, 1)?.state_bytes() / size_of::<f32>();
    let bytes_per_param = bytes(spec, slots);
    // Rules that need norms read some of their bytes twice, for which the roofline is scaled.
    let passes = bytes_per_param / one_pass_bytes(spec, slots);
    let first = time(|| timed.step())?;
    let repeats = ((MIN_SAMPLE_SECONDS / first) as usize).clamp(1, 1 << 16);
    // One after the other: in turn, each would find the other's bytes in the cache, which the other libraries do not.
    let step = median_sample(repeats, || timed.step())?;
    let mut roofline = super::roofline::Roofline::new(n, slots, spec.options.state, threads);
    let plain = passes
        * median_sample(repeats, || {
            roofline.pass();
            Ok(())
        })?;
    let per_param = 1e9 / (repeats * n) as f64;
    let ns_per_param = step * per_param;
    Ok(Row {
        method: spec.method.name(),
        n,
        tensors,
        threads,
        state: if spec.options.state == StateType::Full { "f32" } else { spec.options.state.name() },
        bytes_per_param,
        ns_per_param,
        gb_per_s: bytes_per_param / ns_per_param,
        roof_ns_per_param: plain * per_param,
        roof_ratio: plain / step,
        checked,
    })
}

fn slot_bytes(state: StateType) -> f64 {
    match state {
        StateType::Full | StateType::F32 => 4.0,
        StateType::Bf16 => 2.0,
        StateType::Q8 => 1.0 + 1.0 / 64.0,
    }
}

/// Returns the bytes per parameter of one pass: x is read and written, g read, each slot read and written.
fn one_pass_bytes(spec: &OptimizerSpec, slots: usize) -> f64 {
    12.0 + 2.0 * slot_bytes(spec.options.state) * slots as f64
}

/// Returns the bytes per parameter of a step. Rules that need norms read x and g first. LAMB updates its slots in this
/// first pass and only reads them in the second.
fn bytes(spec: &OptimizerSpec, slots: usize) -> f64 {
    let first = match spec.method.name() {
        "lars" => 8.0,
        "lamb" => 4.0 + slot_bytes(spec.options.state) * slots as f64,
        _ => 0.0,
    };
    one_pass_bytes(spec, slots) + first
}

/// An optimizer with its tensors, aligned to cache lines as those of the other libraries.
struct Run {
    optimizer: Optimizer<f32>,
    names: Vec<String>,
    x: AlignedVec<f32>,
    g: AlignedVec<f32>,
}

impl Run {
    fn new(spec: &OptimizerSpec, n: usize, tensors: usize, isa: Isa) -> Result<Self> {
        let names: Vec<_> = (0..tensors).map(|i| format!("w{i}")).collect();
        let tensors = names.iter().map(|name| Tensor::new(name, n / names.len())).collect();
        let optimizer = Optimizer::new(spec.clone(), Layout { tensors, groups: Vec::new() })?.with_isa(isa);
        let aligned_vec = |of: fn(usize) -> f32, place| {
            let mut v = AlignedVec::new(0.0, n, place);
            v.iter_mut().enumerate().for_each(|(i, v)| *v = of(i));
            v
        };
        Ok(Self { optimizer, names, x: aligned_vec(x, 1), g: aligned_vec(g, 0) })
    }

    fn step(&mut self) -> Result<()> {
        if self.names.len() == 1 {
            return self.optimizer.step(&mut self.x, &self.g).map(drop);
        }
        let len = self.x.len() / self.names.len();
        let pairs = self.x.chunks_mut(len).zip(self.g.chunks(len));
        let mut parts: Vec<_> = self.names.iter().zip(pairs).map(|(name, (x, g))| ParamGrad::new(name, x, g)).collect();
        self.optimizer.step_tensors(&mut parts).map(drop)
    }
}

/// Returns `true` if x after some steps agrees with a run by one thread with scalar instructions, of one period where
/// all tensors consist of such: to the bit, except for methods that use norms, whose sums are rounded differently, and
/// on average for slots with stochastic rounding.
fn agrees(case: &Case) -> Result<bool> {
    let Case { spec, n, tensors, .. } = case;
    let full = thalweg::OptimizerOptions { state: StateType::Full, ..spec.options.clone() };
    let full = OptimizerSpec { options: full, ..spec.clone() };
    let (len, count) = if (n / tensors).is_multiple_of(PERIOD) { (PERIOD, 1) } else { (*n, *tensors) };
    let mut runs = [Run::new(spec, *n, *tensors, Isa::best())?, Run::new(&full, len, count, Isa::all()[0])?];
    for run in &mut runs {
        (0..CHECKED_STEPS).try_for_each(|_| run.step())?;
    }
    let [run, reference] = runs;
    let pairs = || run.x.iter().enumerate().map(|(i, &x)| (x, reference.x[i % len], self::x(i)));
    if spec.options.state == StateType::Full && spec.decay() != Decay::Own {
        return Ok(pairs().all(|(x, expected, _)| x.to_bits() == expected.to_bits()));
    }
    let difference: f64 = pairs().map(|(x, expected, _)| f64::from((x - expected).abs())).sum();
    let moved: f64 = pairs().map(|(_, expected, start)| f64::from((expected - start).abs())).sum();
    let tolerance = if spec.options.state == StateType::Full { 1e-3 } else { 0.1 };
    Ok(difference <= tolerance * moved)
}

fn time(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Returns the median seconds of samples of this many runs each; the first sample warms up.
fn median_sample(repeats: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let sample = |_| time(|| (0..repeats).try_for_each(|_| run()));
    let mut seconds = (0..=SAMPLES).map(sample).collect::<Result<Vec<_>>>()?.split_off(1);
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[SAMPLES / 2])
}
