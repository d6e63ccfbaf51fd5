//! Memory of a step: none besides parameters, gradients and states, except a list of the tensors.

use peak_alloc::PeakAlloc;
use thalweg::method::{StateType, adam};
use thalweg::{Layout, Method, Optimizer, OptimizerSpec, Tensor};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn a_step_allocates_no_memory_in_proportion_to_the_parameters() {
    let n = 1 << 20;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
    // The queues of its threads stay allocated, and grow with the first tasks.
    pool.install(|| (0..50).for_each(|_| step_once(n)));
    pool.install(|| check_all_methods(n));
}

fn step_once(n: usize) {
    let mut optimizer = Optimizer::<f32>::new(adam(0.1), n).expect("a valid layout");
    optimizer.step(&mut vec![1.0; n], &vec![0.5; n]).expect("a finite gradient");
}

fn check_all_methods(n: usize) {
    for method in Method::all() {
        for (_, state) in StateType::ALL {
            for (tensors, limit) in [(1, 1 << 16), (256, 1 << 19)] {
                let mut spec = OptimizerSpec::from(method);
                spec.options.state = *state;
                let layout = (0..tensors).map(|i| Tensor::new(format!("w{i}"), n / tensors)).collect();
                let layout = Layout { tensors: layout, groups: Vec::new() };
                let mut optimizer = Optimizer::<f32>::new(spec, layout).expect("a valid layout");
                let (mut x, g) = (vec![1.0; n], vec![0.5; n]);
                let before = MEMORY.current_usage();
                MEMORY.reset_peak_usage();
                (0..2).for_each(|_| {
                    optimizer.step(&mut x, &g).expect("a finite gradient");
                });
                let allocated = MEMORY.peak_usage() - before;
                assert!(allocated <= limit, "{method}, {} tensors, state {}: {allocated} bytes", tensors, state.name());
                let kept = MEMORY.current_usage().saturating_sub(before);
                assert!(kept <= 4096, "{method} does not release {kept} bytes");
            }
        }
    }
}
