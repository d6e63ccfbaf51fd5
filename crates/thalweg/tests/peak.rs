//! A step takes no memory beside parameters, gradients and states, but a list of the tensors.

use peak_alloc::PeakAlloc;
use thalweg::{Layout, Method, Optimizer, OptimizerSpec, StateType, Tensor};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn a_step_takes_no_memory_in_proportion_to_the_parameters() {
    let n = 1 << 20;
    // The pool of threads is made once and kept.
    rayon::join(|| (), || ());
    for method in Method::all() {
        for (_, state) in StateType::ALL {
            for (tensors, most) in [(1, 1 << 16), (256, 1 << 19)] {
                let mut spec = OptimizerSpec::from(method);
                spec.options.state = state;
                let layout = (0..tensors).map(|i| Tensor::new(format!("w{i}"), n / tensors)).collect();
                let layout = Layout { tensors: layout, groups: Vec::new() };
                let mut optimizer = Optimizer::<f32>::new(spec, layout).expect("good");
                let (mut x, g) = (vec![1.0; n], vec![0.5; n]);
                let before = MEMORY.current_usage();
                MEMORY.reset_peak_usage();
                (0..2).for_each(|_| {
                    optimizer.step(&mut x, &g).expect("a good gradient");
                });
                let took = MEMORY.peak_usage() - before;
                assert!(took <= most, "{method}, {} tensors, state {}: {took} bytes", tensors, state.name());
                assert!(MEMORY.current_usage() <= before + 4096, "{method} keeps memory");
            }
        }
    }
}
