//! What the launcher of this process says about the others.

use std::env;

/// Launchers by the variables of the environment in which they say how many processes they have started.
const LAUNCHERS: [(&str, &str); 4] = [
    ("OMPI_COMM_WORLD_SIZE", "mpirun of Open MPI"),
    ("PMI_SIZE", "mpiexec"),
    ("MV2_COMM_WORLD_SIZE", "mpirun of MVAPICH"),
    // Set in the steps of a job alone, not in its batch script.
    ("SLURM_STEP_NUM_TASKS", "srun"),
];

/// Start of several processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Launch {
    launcher: &'static str,
    /// Number of processes, at least 1.
    pub(super) processes: usize,
}

impl Launch {
    /// Returns what the environment says; `None` without a launcher.
    pub(super) fn from_environment() -> Option<Self> {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let launch = |(name, launcher): (&str, &'static str)| {
            let processes = variable(name)?.trim().parse().ok().filter(|&processes| processes > 0)?;
            Some(Self { launcher, processes })
        };
        LAUNCHERS.into_iter().find_map(launch)
    }
}

/// Returns why the processes cannot work together, and what to do.
pub(super) fn refusal(launch: Option<&Launch>, expected: Option<usize>, cause: &str) -> String {
    let (started, several) = match (launch, expected) {
        (Some(Launch { launcher, processes }), None) => {
            (format!("{launcher} has started {processes} processes, but "), *processes > 1)
        }
        (Some(Launch { launcher, processes }), Some(expected)) => {
            (format!("--ranks: expected {expected} processes, {launcher} has started {processes}; "), *processes > 1)
        }
        (None, expected) => {
            let expected = expected.unwrap_or(1);
            (format!("--ranks: expected {expected} processes, and no launcher has started this one; "), false)
        }
    };
    let alone = if several { "; --ranks 1 runs each process by itself" } else { "" };
    format!(
        "{started}{cause}. With the MPI of the launcher installed, `cargo install thalweg-cli --features mpi` builds a \
         thalweg for it{alone}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<(&'static str, usize)> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string());
        Launch::of(find).map(|launch| (launch.launcher, launch.processes))
    }

    #[test]
    fn launchers_say_how_many_processes_they_have_started() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("OMPI_COMM_WORLD_SIZE", "4"), ("PMIX_RANK", "1")]), Some(("mpirun of Open MPI", 4)));
        assert_eq!(of(&[("PMI_SIZE", "2")]), Some(("mpiexec", 2)));
        assert_eq!(of(&[("SLURM_STEP_NUM_TASKS", "16"), ("SLURM_PROCID", "3")]), Some(("srun", 16)));
        // A batch script is one process, however many tasks its job has.
        assert_eq!(of(&[("SLURM_NTASKS", "16"), ("SLURM_PROCID", "0")]), None);
        for nonsense in ["", "0", "-1", "many"] {
            assert_eq!(of(&[("PMI_SIZE", nonsense)]), None);
        }
    }

    #[test]
    fn refusals_say_what_was_started_and_what_to_build() {
        let launch = Launch { launcher: "srun", processes: 4 };
        let text = refusal(Some(&launch), None, "this build has no MPI");
        assert!(text.starts_with("srun has started 4 processes, but this build has no MPI. "), "{text}");
        assert!(text.contains("--features mpi") && text.contains("--ranks 1"), "{text}");
        let text = refusal(None, Some(2), "MPI sees 1");
        assert!(text.starts_with("--ranks: expected 2 processes, and no launcher has started this one; MPI sees 1"));
        assert!(!text.contains("--ranks 1"), "{text}");
    }
}
