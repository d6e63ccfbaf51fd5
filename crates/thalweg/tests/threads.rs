//! Threads of steps: those of the caller's pool and no others. A single test, as it looks at the whole process.

use thalweg::method::{Clip, adam};
use thalweg::optimizer::square_sum;
use thalweg::{Layout, Minimize, Optimizer, OptimizerSpec, Tensor};

/// Number of threads of this process, where the system tells it.
fn threads_of_process() -> Option<usize> {
    std::fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}

/// Steps of one long tensor, of many tensors, with norms and of some coordinates; sums; a whole run.
fn work() -> Vec<u64> {
    let n = 300_000;
    let many = (0..1000).map(|i| Tensor::new(format!("w{i}"), n / 1000)).collect();
    let many = Layout { tensors: many, groups: Vec::new() };
    let mut bits = Vec::new();
    for (text, layout) in [("adamw", Layout::from(n)), ("adamw", many), ("lamb", Layout::from(n))] {
        let mut spec: OptimizerSpec = text.parse().expect(text);
        spec.options.clip = Clip::Norm(1.0);
        let mut optimizer = Optimizer::<f64>::new(spec, layout).expect("a valid optimizer");
        let mut x: Vec<f64> = (0..n).map(|i| 0.1 + (i % 97) as f64).collect();
        let g: Vec<f64> = (0..n).map(|i| 0.2 - (i % 89) as f64).collect();
        optimizer.step(&mut x, &g).expect("a finite gradient");
        if optimizer.sparse_unsupported().is_none() {
            let coordinates: Vec<u32> = (0..n as u32).step_by(2).collect();
            optimizer.step_sparse(&mut x, &coordinates, &g[..n / 2]).expect("valid coordinates");
            optimizer.sync_all(&mut x).expect("as many parameters");
        }
        bits.push(square_sum(&x).to_bits());
        bits.extend(x.into_iter().map(f64::to_bits));
    }
    let mut optimizer = Optimizer::<f64>::new(adam(0.1), n).expect("a valid optimizer");
    let mut square = |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(x);
        0.5 * square_sum(x)
    };
    let outcome =
        Minimize::with_optimizer(&mut optimizer).gradient_tolerance(None).max_steps(2).run(&mut square, &vec![1.0; n]);
    bits.extend(outcome.expect("a valid run").x.into_iter().map(f64::to_bits));
    bits
}

#[test]
fn work_runs_in_the_callers_pool_and_otherwise_on_the_calling_thread() {
    let before = threads_of_process();
    let expected = work();
    assert_eq!(threads_of_process(), before, "no thread is started");
    for threads in [1, 2, 3, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        assert!(pool.install(work) == expected, "{threads} threads");
    }
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("nothing has started the global pool");
}
