//! The ranks of MPI as a [`Team`](https://docs.rs/thalweg-learn/latest/thalweg_learn/train/trait.Team.html) that trains
//! one model together.
//!
//! The crate is empty without its feature `mpi`, which needs an implementation of MPI (Open MPI, MPICH or one with the
//! same interface) and libclang to build: on Debian `libopenmpi-dev` or `libmpich-dev`, and `libclang-dev`.

#[cfg(feature = "mpi")]
mod job;

#[cfg(feature = "mpi")]
pub use job::{MpiJob, MpiTeam};
