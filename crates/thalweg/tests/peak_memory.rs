//! Memory of a step: none besides parameters, gradients and states, except a list of the tensors.

use peak_alloc::PeakAlloc;
use thalweg::method::StateType;
use thalweg::{Layout, Method, Optimizer, OptimizerSpec, Tensor};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn a_step_allocates_no_memory_in_proportion_to_the_parameters() {
    let n = 1 << 20;
    // Starts the thread pool, which stays allocated.
    rayon::join(|| (), || ());
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
                assert!(MEMORY.current_usage() <= before + 4096, "{method} does not release memory");
            }
        }
    }
}
