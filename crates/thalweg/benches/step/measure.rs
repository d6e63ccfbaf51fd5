//! One row: a method timed in turn with its roof, and its result held to a reference.

use std::time::Instant;

use super::aligned::Aligned;
use serde::Serialize;
use thalweg::{Decay, Isa, Layout, Optimizer, OptimizerSpec, ParamGrad, Result, StateType, Tensor};

/// After so many coordinates everything repeats, so that a short run can be the reference of a long one.
const PERIOD: usize = 1024;
/// A sample takes at least so many seconds.
const SAMPLE: f64 = 0.02;
const SAMPLES: usize = 9;

/// What to measure.
pub(crate) struct Case {
    pub(crate) spec: OptimizerSpec,
    pub(crate) n: usize,
    pub(crate) tensors: usize,
    pub(crate) threads: usize,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) n: usize,
    pub(crate) tensors: usize,
    pub(crate) threads: usize,
    pub(crate) state: &'static str,
    /// Bytes that a step reads and writes for each parameter.
    pub(crate) bytes_per_param: f64,
    pub(crate) ns_per_param: f64,
    pub(crate) gb_per_s: f64,
    pub(crate) roof_ns_per_param: f64,
    /// The roof's time by the step's: 1 is as fast as memory.
    pub(crate) roof_ratio: f64,
    /// The step's result is the reference's.
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
    let mut timed = Run::new(spec, n, tensors, Isa::best())?;
    let slots = spec.method.fused::<f32>().slots().len();
    let mut roof = super::roof::Roof::new(n, slots, spec.options.state, threads);
    let bytes_per_param = bytes(spec, slots);
    // A rule that measures first goes over some of its bytes twice: so much longer is its roof.
    let twice = bytes_per_param / once(spec, slots);
    let first = time(|| timed.step())?;
    let repeats = ((SAMPLE / first) as usize).clamp(1, 1 << 16);
    let (mut steps, mut ratios, mut roofs) = (Vec::new(), Vec::new(), Vec::new());
    for sample in 0..=SAMPLES {
        // The other's turn has emptied the caches: the first pass of a turn is not timed, as the peers' is not.
        timed.step()?;
        let step = time(|| (0..repeats).try_for_each(|_| timed.step()))?;
        roof.pass();
        let plain = time(|| {
            (0..repeats).for_each(|_| roof.pass());
            Ok(())
        })? * twice;
        // The first sample warms up.
        if sample > 0 {
            steps.push(step);
            roofs.push(plain);
            ratios.push(plain / step);
        }
    }
    let per_param = 1e9 / (repeats * n) as f64;
    let ns_per_param = median(steps) * per_param;
    Ok(Row {
        method: spec.method.name(),
        n,
        tensors,
        threads,
        state: if spec.options.state == StateType::Full { "f32" } else { spec.options.state.name() },
        bytes_per_param,
        ns_per_param,
        gb_per_s: bytes_per_param / ns_per_param,
        roof_ns_per_param: median(roofs) * per_param,
        roof_ratio: median(ratios),
        checked: timed.agrees(spec)?,
    })
}

fn slot_bytes(state: StateType) -> f64 {
    match state {
        StateType::Full | StateType::F32 => 4.0,
        StateType::Bf16 => 2.0,
        StateType::Q8 => 1.0 + 1.0 / 64.0,
    }
}

/// x is read and written, g read, each slot read and written.
fn once(spec: &OptimizerSpec, slots: usize) -> f64 {
    12.0 + 2.0 * slot_bytes(spec.options.state) * slots as f64
}

/// A rule that measures norms reads x and g first; LAMB's folds its slots then, and only reads them when x moves.
fn bytes(spec: &OptimizerSpec, slots: usize) -> f64 {
    let first = match spec.method.name() {
        "lars" => 8.0,
        "lamb" => 4.0 + slot_bytes(spec.options.state) * slots as f64,
        _ => 0.0,
    };
    once(spec, slots) + first
}

/// An optimizer at work on tensors of its own, which begin with a cache line as those of the other libraries do.
struct Run {
    optimizer: Optimizer<f32>,
    names: Vec<String>,
    x: Aligned<f32>,
    g: Aligned<f32>,
    steps: usize,
}

impl Run {
    fn new(spec: &OptimizerSpec, n: usize, tensors: usize, isa: Isa) -> Result<Self> {
        let names: Vec<_> = (0..tensors).map(|i| format!("w{i}")).collect();
        let tensors = names.iter().map(|name| Tensor::new(name, n / names.len())).collect();
        let optimizer = Optimizer::new(spec.clone(), Layout { tensors, groups: Vec::new() })?.with_isa(isa);
        let aligned = |of: fn(usize) -> f32, place| {
            let mut v = Aligned::new(0.0, n, place);
            v.iter_mut().enumerate().for_each(|(i, v)| *v = of(i));
            v
        };
        Ok(Self { optimizer, names, x: aligned(x, 1), g: aligned(g, 0), steps: 0 })
    }

    fn step(&mut self) -> Result<()> {
        self.steps += 1;
        if self.names.len() == 1 {
            return self.optimizer.step(&mut self.x, &self.g).map(drop);
        }
        let len = self.x.len() / self.names.len();
        let pairs = self.x.chunks_mut(len).zip(self.g.chunks(len));
        let mut parts: Vec<_> = self.names.iter().zip(pairs).map(|(name, (x, g))| ParamGrad::new(name, x, g)).collect();
        self.optimizer.step_tensors(&mut parts).map(drop)
    }

    /// Whether x is what one period of it becomes alone, one thread, scalar instructions: to the bit, but for methods
    /// that take norms of n numbers (their sums are rounded otherwise), and on average for slots that are rounded at random.
    fn agrees(&self, spec: &OptimizerSpec) -> Result<bool> {
        let mut reference = Run::new(
            &OptimizerSpec {
                options: thalweg::OptimizerOptions { state: StateType::Full, ..spec.options.clone() },
                ..spec.clone()
            },
            PERIOD,
            1,
            Isa::all()[0],
        )?;
        (0..self.steps).try_for_each(|_| reference.step())?;
        let pairs = || self.x.iter().enumerate().map(|(i, &x)| (x, reference.x[i % PERIOD], self::x(i)));
        if spec.options.state == StateType::Full && spec.decay() != Decay::Own {
            return Ok(pairs().all(|(x, expected, _)| x.to_bits() == expected.to_bits()));
        }
        let off: f64 = pairs().map(|(x, expected, _)| f64::from((x - expected).abs())).sum();
        let moved: f64 = pairs().map(|(_, expected, start)| f64::from((expected - start).abs())).sum();
        let most = if spec.options.state == StateType::Full { 1e-3 } else { 0.1 };
        Ok(off <= most * moved)
    }
}

fn time(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64())
}

fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}
