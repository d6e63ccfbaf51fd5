//! Measures the optimizer steps of candle and burn on the CPU, in float32, with a constant gradient.
//!
//! Usage: cargo run --release -- [--methods adamw,sgd] [--sizes 4Ki,1Mi] [--threads 1] [--tensors 1] [--format json]
//!
//! RUSTFLAGS="-C target-cpu=native" compiles their plain loops for this machine.

mod with_burn;
mod with_candle;
mod with_candle_optimisers;

use std::error::Error;
use std::time::Instant;

const METHODS: &str = "sgd,momentum,nag,adagrad,rmsprop,adadelta,adam,adamw,nadam,adamax,amsgrad,radam,lion,\
                       adabelief,yogi,adan,lamb,lars,signsgd";
const RATE: f64 = 1e-3;
const DECAY: f64 = 0.01;
const MOMENTUM: f64 = 0.9;
const SAMPLES: usize = 5;
const SAMPLE_SECONDS: f64 = 0.02;

/// Takes one step over all tensors.
type Step = Box<dyn FnMut()>;

struct Peer {
    library: &'static str,
    version: &'static str,
    /// Returns the step of a method over `tensors` tensors of `length` parameters; `None` if the library has no such
    /// method.
    make: fn(method: &str, tensors: usize, length: usize) -> Option<Step>,
}

const PEERS: [Peer; 3] = [with_candle::PEER, with_candle_optimisers::PEER, with_burn::PEER];

/// Fixed patterns of parameters and gradients, without zeros, lest state become subnormal.
fn buffers(length: usize) -> (Vec<f32>, Vec<f32>) {
    let x = (0..length).map(|i| (i % 1009) as f32 / 1009.0 - 0.5).collect();
    let g = (0..length).map(|i| (i % 997) as f32 / 997.0 - 0.4999).collect();
    (x, g)
}

fn seconds(step: &mut Step, steps: usize) -> f64 {
    let start = Instant::now();
    (0..steps).for_each(|_| step());
    start.elapsed().as_secs_f64()
}

/// Median seconds of a step, after one for warming up, over samples of many steps.
fn measure(mut step: Step) -> f64 {
    step();
    let mut steps = 1;
    while seconds(&mut step, steps) < SAMPLE_SECONDS {
        steps *= 2;
    }
    let mut samples = [(); SAMPLES].map(|()| seconds(&mut step, steps) / steps as f64);
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}

fn number(text: &str) -> Result<usize, String> {
    let (digits, unit) = match (text.strip_suffix("Ki"), text.strip_suffix("Mi")) {
        (Some(digits), _) => (digits, 1 << 10),
        (_, Some(digits)) => (digits, 1 << 20),
        _ => (text, 1),
    };
    match digits.parse::<usize>() {
        Ok(value) if value > 0 => Ok(value * unit),
        _ => Err(format!("'{text}' is no positive number")),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut methods, mut sizes) = (METHODS.to_string(), "4Ki,64Ki,1Mi,16Mi,64Mi".to_string());
    let (mut threads, mut tensors, mut json) = (1, 1, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match name.as_str() {
            "--methods" => methods = value,
            "--sizes" => sizes = value,
            "--threads" => threads = number(&value)?,
            "--tensors" => tensors = number(&value)?,
            "--format" => json = value == "json",
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    // candle 0.11 splits its work on a pool of its own, sized by this variable, the others on rayon's global pool.
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", threads.to_string()) };
    // This thread is made a part of the pool, that it need not hand its work over and wait.
    rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global()?;

    let mut rows = Vec::new();
    for Peer { library, version, make } in PEERS {
        for method in methods.split(',') {
            for size in sizes.split(',') {
                let length = number(size)? / tensors;
                if length == 0 {
                    return Err(format!("{size} parameters are too few for {tensors} tensors").into());
                }
                let n = length * tensors;
                let Some(step) = make(method, tensors, length) else {
                    eprintln!("{library} has no {method}");
                    break;
                };
                let ns = measure(step) * 1e9 / n as f64;
                if json {
                    let row =
                        format!(r#""library": "{library}", "version": "{version}", "method": "{method}", "n": {n}"#);
                    rows.push(format!(
                        r#"{{{row}, "threads": {threads}, "tensors": {tensors}, "ns_per_param": {ns:.4}}}"#
                    ));
                } else {
                    println!(
                        "{library:<17} {method:<10} n {n:<9} threads {threads}  tensors {tensors:<5} {ns:9.4} ns/param"
                    );
                }
            }
        }
    }
    if json {
        println!("{{\"rows\": [\n{}\n]}}", rows.join(",\n"));
    }
    Ok(())
}
