//! Several processes of a program without MPI: each would write the same files.
#![cfg(not(feature = "mpi"))]

use crate::common::{ProgramOutput, TestDir};

#[test]
fn a_launcher_of_several_processes_is_refused() {
    let folder = TestDir::new();
    let fit = "fit data/diabetes.csv -t progression -o a.model";
    let run = |line: &str, name: &str, processes: &str| {
        ProgramOutput::from(folder.command(line).env(name, processes).output().expect("the program runs"))
    };
    for (name, launcher) in
        [("OMPI_COMM_WORLD_SIZE", "mpirun of Open MPI"), ("PMI_SIZE", "mpiexec"), ("SLURM_STEP_NUM_TASKS", "srun")]
    {
        let ran = run(fit, name, "4");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        let expected = format!("error: {launcher} has started 4 processes, but this build of thalweg has no MPI. ");
        assert!(ran.err.starts_with(&expected) && ran.err.contains("--features mpi"), "{}", ran.err);
        assert!(folder.files().is_empty(), "{:?}", folder.files());
        assert_eq!(run("methods", name, "4").code, 2);
        // One process is no reason to refuse, and neither are several that are meant.
        assert_eq!(run("methods", name, "1").code, 0);
        assert_eq!(run("methods --ranks 1", name, "4").code, 0);
    }
    let ran = folder.run(&format!("{fit} --ranks 2"));
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: --ranks: expected 2 processes, and no launcher has started this one; "));
}
