//! Times sums of vectors over ranks: the exact one of thalweg, and `MPI_Allreduce` of the same numbers, in turns.
//!
//! ```sh
//! cargo build --release -p thalweg-mpi --features mpi --example sums
//! mpirun -n 2 target/release/examples/sums 29 1001 100000 1000000
//! ```
//!
//! The arguments are numbers of parameters. Each rank adds one vector (two if their number is no power of two, as in
//! training). The time of a turn is that of its slowest rank; the table has medians of the turns.

#![allow(clippy::print_stdout, reason = "a program")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use mpi::collective::{CommunicatorCollectives, SystemOperation};
use mpi::topology::SimpleCommunicator;
use thalweg_learn::train::{Team, sum_over_ranks};
use thalweg_mpi::{MpiJob, MpiTeam};

/// Least time of a turn, in which sums are repeated, and the number of turns of each kind.
const TURN: Duration = Duration::from_millis(10);
const TURNS: usize = 31;

fn main() -> ExitCode {
    let Some(job) = MpiJob::start() else {
        eprintln!("MPI has been started before");
        return ExitCode::FAILURE;
    };
    let team = job.team();
    let sizes: Option<Vec<usize>> = std::env::args().skip(1).map(|arg| arg.parse().ok()).collect();
    let Some(sizes) = sizes else {
        eprintln!("expected numbers of parameters");
        return ExitCode::from(2);
    };
    if team.is_root() {
        println!("{} ranks, microseconds\n", team.ranks());
        println!("| parameters | exact sum | MPI_Allreduce | ratio |\n| ---: | ---: | ---: | ---: |");
    }
    for size in sizes {
        let (exact, reduced) = times(team, size);
        if team.is_root() {
            println!("| {size} | {exact:.1} | {reduced:.1} | {:.2} |", exact / reduced);
        }
    }
    ExitCode::SUCCESS
}

/// Returns the median time of an exact sum and of `MPI_Allreduce`, in microseconds.
fn times(team: MpiTeam, size: usize) -> (f64, f64) {
    let ranks = team.ranks();
    let count = if ranks.is_power_of_two() { ranks } else { 2 * ranks.next_power_of_two() } as u32;
    let own = vec![1.0; size];
    let add = |_: u32, sum: &mut [f64]| sum.iter_mut().zip(&own).for_each(|(sum, x)| *sum += x);
    let mut sum = vec![0.0_f64; size];
    let mut exact = || {
        sum.fill(0.0);
        sum_over_ranks(&team, count, &mut sum, add);
        assert!(sum.iter().all(|x: &f64| x.to_bits() == f64::from(count).to_bits()));
    };
    let (mut terms, mut reduced) = (vec![0.0_f64; size], vec![0.0_f64; size]);
    let mut all_reduce = || {
        // The same work on the numbers of this rank.
        terms.fill(0.0);
        (0..count / ranks as u32).for_each(|i| add(i, &mut terms));
        SimpleCommunicator::world().all_reduce_into(&terms[..], &mut reduced[..], SystemOperation::sum());
        assert!(reduced.iter().all(|x: &f64| x.to_bits() == reduced[0].to_bits()));
    };
    let repeats = (TURN.as_secs_f64() / time(team, 3, &mut exact)).ceil().clamp(1.0, 1000.0) as usize;
    let turns = (0..TURNS).map(|_| (time(team, repeats, &mut exact), time(team, repeats, &mut all_reduce)));
    let (mut exact, mut reduced): (Vec<f64>, Vec<f64>) = turns.unzip();
    (median(&mut exact), median(&mut reduced))
}

/// Returns the seconds that a repetition takes the slowest rank.
fn time(team: MpiTeam, repeats: usize, run: &mut impl FnMut()) -> f64 {
    SimpleCommunicator::world().barrier();
    let start = Instant::now();
    (0..repeats).for_each(|_| run());
    let time = start.elapsed().as_secs_f64() / repeats as f64;
    let mut times = vec![0; size_of::<f64>() * team.ranks()];
    team.all_gather(&time.to_ne_bytes(), &mut times, &vec![size_of::<f64>(); team.ranks()]);
    times.as_chunks().0.iter().map(|time| f64::from_ne_bytes(*time)).fold(0.0, f64::max)
}

/// Returns the median of times in seconds, in microseconds.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2] * 1e6
}
