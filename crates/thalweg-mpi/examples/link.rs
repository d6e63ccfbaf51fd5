//! Measures the link between two ranks, for the simulator of `bench/cluster`: the latency of a message, and the bytes
//! that both send to each other at the same time in a second. Prints one line of JSON.
//!
//! ```sh
//! cargo build --release -p thalweg-mpi --features mpi --example link
//! mpirun -n 2 target/release/examples/link
//! ```
//!
//! An argument is the number of bytes of a long message, by default half a mebibyte.

#![allow(clippy::print_stdout, reason = "a program")]

use std::process::ExitCode;
use std::time::Instant;

use mpi::collective::CommunicatorCollectives;
use mpi::topology::SimpleCommunicator;
use thalweg_learn::train::Team;
use thalweg_mpi::MpiJob;

/// Bytes of a long message without an argument: as many as the sum of a long gradient sends at a time.
const LONG: usize = 1 << 19;

/// Number of measurements, of which the median is printed.
const TURNS: usize = 21;

fn main() -> ExitCode {
    let Some(job) = MpiJob::start() else {
        eprintln!("MPI has been started before");
        return ExitCode::FAILURE;
    };
    let long = std::env::args().nth(1).map_or(Some(LONG), |bytes| bytes.parse().ok());
    let (team, Some(long)) = (job.team(), long) else {
        eprintln!("expected a number of bytes");
        MpiJob::abort(2);
    };
    if team.ranks() != 2 {
        eprintln!("expected 2 ranks, found {}", team.ranks());
        MpiJob::abort(2);
    }
    // A short message takes microseconds on one machine, a long one up to seconds on a slow link.
    let (latency, seconds) = (exchange(8, 100), exchange(long, 4));
    if team.is_root() {
        println!("{{\"latency\": {latency:.3e}, \"bytes_per_second\": {:.4e}}}", long as f64 / (seconds - latency));
    }
    ExitCode::SUCCESS
}

/// Returns the median time in seconds in which both ranks send each other a message of this length.
fn exchange(len: usize, repeats: usize) -> f64 {
    let world = SimpleCommunicator::world();
    let (sent, mut received) = (vec![1_u8; 2 * len], vec![0_u8; 2 * len]);
    let mut times: Vec<f64> = (0..TURNS)
        .map(|_| {
            let start = Instant::now();
            (0..repeats).for_each(|_| world.all_to_all_into(&sent[..], &mut received[..]));
            start.elapsed().as_secs_f64() / repeats as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[TURNS / 2]
}
