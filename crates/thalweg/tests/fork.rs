//! Steps in a forked process, whose parent has threads that do not exist in it.

#![cfg(unix)]

use std::time::{Duration, Instant};

use fork::{Fork, fork, waitpid_nohang};
use rayon::{ThreadPool, ThreadPoolBuilder};
use thalweg::{Method, Optimizer, OptimizerSpec};

/// Parameters after some steps of every method with clipped norms, long enough for several threads.
fn run() -> Vec<u32> {
    let n = 100_001;
    let parameters = |method: Method| {
        let mut spec = OptimizerSpec::from(method);
        spec.options.clip = thalweg::method::Clip::Norm(1.0);
        let mut optimizer = Optimizer::<f32>::new(spec, n).expect("a valid optimizer");
        let mut x: Vec<f32> = (0..n).map(|i| 0.1 + (i % 97) as f32).collect();
        for _ in 0..2 {
            let g: Vec<f32> = x.iter().map(|x| 0.5 * x).collect();
            optimizer.step(&mut x, &g).expect("a finite gradient");
        }
        x.into_iter().map(f32::to_bits)
    };
    Method::all().into_iter().flat_map(parameters).collect()
}

fn pool() -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(3).build().expect("a pool")
}

#[test]
fn a_forked_process_steps_outside_of_pools_and_in_a_pool_of_its_own() {
    let expected = run();
    let pool_of_parent = pool();
    assert!(pool_of_parent.install(run) == expected);
    match fork().expect("a process") {
        Fork::Child => {
            let equal = run() == expected && pool().install(run) == expected;
            // The test harness stays in the parent.
            #[allow(clippy::exit)]
            std::process::exit(i32::from(!equal));
        }
        Fork::Parent(child) => {
            let start = Instant::now();
            let status = loop {
                if let Some(status) = waitpid_nohang(child).expect("a child") {
                    break status;
                }
                if start.elapsed() > Duration::from_mins(2) {
                    let killed = std::process::Command::new("kill").args(["-9", &child.to_string()]).status();
                    panic!("the forked process makes no progress (kill: {killed:?})");
                }
                std::thread::sleep(Duration::from_millis(5));
            };
            assert_eq!(status, 0, "the forked process found other parameters, or ended by itself");
            assert!(pool_of_parent.install(run) == expected);
        }
    }
}
