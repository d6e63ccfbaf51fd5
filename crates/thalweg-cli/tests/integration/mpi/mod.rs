//! `mpirun thalweg …`: the results of one process, and the end of all ranks with one of them. In builds with the
//! feature `mpi`; `THALWEG_MPIRUN` names another launcher than `mpirun`.
#![cfg(feature = "mpi")]

mod compare;

use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::common::{ProgramOutput, TestDir};

/// Longest time until a job has ended after the end of one of its ranks.
const TIME_TO_END: Duration = Duration::from_secs(5);

/// Fits of models, methods and storages of different kinds, with batches large enough for several ranks.
const FITS: [&str; 8] = [
    "fit data/diabetes.csv -t progression --l2 0.01",
    "fit data/breast_cancer.csv -t diagnosis --loss hinge --l2 0.1",
    "fit table.csv -t class --method adam:lr=0.01 --batch-size 800 -e 6 --l1 0.001 --certify",
    "fit table.csv -t label --model fm:rank=3 --method nadam --batch-size 700 -e 4 --categorical x,z --l2 0",
    "fit table.csv -t y --model mlp:12,dropout=0.1 --method adam:lr=0.01 --batch-size 1000 -e 4",
    "fit table.csv -t y --loss huber --method saga -e 5",
    "fit table.csv -t class --method adam:lr=0.01 --batch-size 400 -e 6 --sync-every 3 --workers 5",
    "fit table.csv -t class --model mlp:300,220 --method adam:lr=0.01,state=8bit --batch-size 800 -e 3",
];

/// One job at a time: the ranks wait for each other, and there are few cores.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static JOB: Mutex<()> = Mutex::new(());
    JOB.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a folder with a table that has three kinds of target.
fn folder() -> TestDir {
    let folder = TestDir::new();
    let line = |i: usize| {
        let (x, z) = (i * 7 % 11, i * 5 % 13);
        let y = (x * 3 + z + i * 31 % 7) as f64 / 4.0;
        let (label, class) = (["no", "yes"][usize::from(x + z > 11)], ["a", "b", "c"][x / 4]);
        format!("{x},{z},c{},{y},{label},{class}\n", i * 17 % 23)
    };
    folder.write("table.csv", &format!("x,z,colour,y,label,class\n{}", (0..4_000).map(line).collect::<String>()));
    folder
}

/// Returns the launcher of the MPI that the program was built for.
fn launcher() -> String {
    std::env::var("THALWEG_MPIRUN").unwrap_or_else(|_| "mpirun".into())
}

fn is_mpich() -> bool {
    launcher().contains("mpich")
}

/// Returns a command that starts ranks of the program; `lines` are numbers of ranks with their arguments.
fn job(folder: &TestDir, lines: &[(usize, &str)]) -> Command {
    let mut command = Command::new(launcher());
    // As root, with more ranks than cores.
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    if !is_mpich() {
        command.args(["--oversubscribe", "--bind-to", "none"]);
    }
    for (i, (ranks, line)) in lines.iter().enumerate() {
        if i > 0 {
            command.arg(":");
        }
        command.args(["-n", &ranks.to_string(), env!("CARGO_BIN_EXE_thalweg")]).args(line.split_whitespace());
    }
    command.current_dir(folder.path(".")).stdin(Stdio::null());
    command
}

fn run(folder: &TestDir, lines: &[(usize, &str)]) -> ProgramOutput {
    ProgramOutput::from(job(folder, lines).output().expect("the launcher runs"))
}

#[test]
fn the_model_is_that_of_one_process() {
    let _one = one_at_a_time();
    let folder = folder();
    for (fit, ranks) in FITS.into_iter().zip([[1, 2], [4, 2], [2, 3], [3, 2], [2, 4], [7, 2], [3, 7], [4, 3]]) {
        let alone = folder.run(&format!("{fit} -o alone.model --format json"));
        assert_eq!(alone.code, 0, "{}", alone.err);
        for ranks in ranks {
            let ran = run(&folder, &[(ranks, &format!("{fit} -o ranks.model --threads 1"))]);
            assert_eq!(ran.code, 0, "{fit} on {ranks} ranks: {}", ran.err);
            assert!(folder.read("alone.model") == folder.read("ranks.model"), "{fit} on {ranks} ranks");
            // One rank alone speaks.
            assert_eq!(ran.out.matches("\npredict ").count(), 1, "{}", ran.out);
            if ranks > 1 {
                assert_eq!(ran.err.matches(&format!("{ranks} ranks × 1 thread\n")).count(), 1, "{}", ran.err);
            }
            std::fs::remove_file(folder.path("ranks.model")).expect("the model was written");
        }
        // A model of another fit would not be replaced by a worse one.
        std::fs::remove_file(folder.path("alone.model")).expect("the model was written");
    }
}

#[test]
fn rows_that_exceed_the_memory_are_divided() {
    let _one = one_at_a_time();
    let folder = TestDir::new();
    let numbers = |i: usize| (0..24).map(|k| format!("{},", i * (7 + k) % (11 + k))).collect::<String>();
    let line = |i: usize| format!("{}\"c\n{}\",{}\n", numbers(i), i % 23, i * 7 % 11 + i % 24);
    let header = (0..24).map(|k| format!("x{k},")).collect::<String>() + "colour,y\n";
    folder.write("table.csv", &(header + &(0..90_000).map(line).collect::<String>()));
    let entries = |i: usize| (1..24).map(|k| format!(" {k}:{}", i * (7 + k) % (11 + k) + 1)).collect::<String>();
    let line = |i: usize| format!("{}{} {}:1\n", i * 7 % 11 + i % 24, entries(i), 24 + i * 17 % 500);
    folder.write("table.svm", &(0..90_000).map(line).collect::<String>());
    let options = "--method adam:lr=0.01 --batch-size 4000 -e 2 --max-memory 128M --sample-rows 500 -q";
    for (table, runs) in
        [("table.csv -t y", &[(2, ""), (3, ""), (2, "--cache")][..]), ("table.svm -t label", &[(3, "")])]
    {
        let fit = format!("fit {table} {options}");
        assert_eq!(folder.run(&format!("{fit} -o alone.model")).code, 0);
        for (ranks, more) in runs {
            let ran = run(&folder, &[(*ranks, &format!("{fit} {more} -o ranks.model --format json --threads 1"))]);
            assert_eq!(ran.code, 0, "{ranks} ranks: {}", ran.err);
            assert!(ran.out.contains("\"by\": \"blocks\""), "{}", ran.out);
            assert!(folder.read("alone.model") == folder.read("ranks.model"), "{table} on {ranks} ranks {more}");
            std::fs::remove_file(folder.path("ranks.model")).expect("the model was written");
        }
        // A model of another fit would not be replaced by a worse one.
        std::fs::remove_file(folder.path("alone.model")).expect("the model was written");
    }
}

#[test]
fn the_program_under_a_launcher_of_one_process_starts_no_mpi() {
    let _one = one_at_a_time();
    let ran = run(&folder(), &[(1, "methods adam")]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("adam"));
}

#[test]
fn a_killed_rank_ends_the_job_which_continues_on_other_ranks() {
    let _one = one_at_a_time();
    kill_and_continue(
        "fit table.csv -t label --method adam:lr=0.001 --batch-size 900 -e 400 --patience 0 -q --threads 1",
    );
}

#[test]
fn ranks_with_shards_of_the_states_continue_on_other_ranks() {
    let _one = one_at_a_time();
    let model = "--model mlp:300,220 --method adam:lr=0.0001 --batch-size 900 -e 100 --patience 0";
    kill_and_continue(&format!("fit table.csv -t class {model} -q --threads 1"));
}

/// Kills ranks of a fit, which continues each time on another number of ranks, to the model of one process.
fn kill_and_continue(fit: &str) {
    let folder = folder();
    assert_eq!(folder.run(&format!("{fit} -o alone.model")).code, 0);
    let mut option = "--checkpoint";
    for (ranks, killed) in [(3, 1), (2, 0), (4, 3)] {
        let line = format!("{fit} -o ranks.model {option} ck --checkpoint-every 50steps");
        let before = folder.checkpoints();
        let mut command = job(&folder, &[(ranks, &line)]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the launcher starts");
        while folder.checkpoints() == before {
            assert!(child.try_wait().expect("it can be waited for").is_none(), "{ranks} ranks ended early");
            std::thread::sleep(Duration::from_millis(1));
        }
        let pids = ranks_of(child.id());
        assert_eq!(pids.len(), ranks);
        assert!(Command::new("kill").args(["-KILL", &pids[killed]]).status().expect("kill is installed").success());
        let start = Instant::now();
        let status = child.wait().expect("it can be waited for");
        assert!(start.elapsed() < TIME_TO_END, "{:?}", start.elapsed());
        assert!(status.code() != Some(0), "{status}");
        option = "--resume";
    }
    let ran = run(&folder, &[(2, &format!("{fit} -o ranks.model --resume ck"))]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(folder.read("alone.model") == folder.read("ranks.model"));
}

/// Returns the processes of the program below a process, as the launcher has started them.
fn ranks_of(process: u32) -> Vec<String> {
    let path = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(path).unwrap_or_default();
    let of_child = |child: &str| {
        let name = std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
        if name.trim() == "thalweg" { vec![child.to_string()] } else { ranks_of(child.parse().unwrap_or(0)) }
    };
    children.split_whitespace().flat_map(of_child).collect()
}

#[test]
fn an_error_ends_all_ranks_with_its_code_and_is_printed_once() {
    let _one = one_at_a_time();
    let folder = folder();
    folder.write("bad.csv", "x,y\n1,2\n2,3\n3,oops\n4,5\n5,6\n6,7\n7,8\n8,9\n9,9\n10,9\n11,9\n12,9\n13,9\n14,9\n15,9\n16,9\n17,9\n18,9\n19,9\n20,9\n21,9\n22,9\n");
    let cases = [
        // All ranks have the error.
        (vec![(3, "fit bad.csv -t y --model linear -o a.model")], 4, "bad.csv:4:3"),
        (vec![(2, "fit table.csv -t nothing -o a.model")], 2, "nothing"),
        (vec![(3, "fit table.csv --unknown")], 2, "--unknown"),
        (vec![(2, "fit table.csv -t y --method adam:lr=-1")], 2, "lr"),
        // Rank 1 alone has it.
        (vec![(1, "fit table.csv -t y -o a.model"), (1, "fit absent.csv -t y -o a.model")], 1, "absent.csv"),
        // The ranks have different data.
        (
            vec![
                (1, "fit table.csv -t y -o a.model --ignore label,class"),
                (1, "fit data/diabetes.csv -t progression -o a.model"),
            ],
            1,
            "rank 1 has other data",
        ),
        // Of one process alone.
        (vec![(2, "fit - -t y -o a.model")], 2, "standard input"),
        (vec![(2, "predict a.model table.csv")], 2, "expected one process, found 2"),
    ];
    for (lines, code, text) in cases {
        let start = Instant::now();
        let ran = run(&folder, &lines);
        assert_eq!(ran.code, code, "{lines:?}: {}", ran.err);
        let said = ran.err.lines().filter(|line| line.starts_with("error:")).collect::<Vec<_>>();
        assert!(said.len() == 1 && said[0].contains(text), "{lines:?}: {}", ran.err);
        assert!(start.elapsed() < TIME_TO_END + Duration::from_secs(2), "{lines:?}: {:?}", start.elapsed());
        assert!(!folder.path("a.model").exists(), "{lines:?}");
    }
    let ran = run(&folder, &[(1, "fit table.csv -t y -o a.model"), (1, "fit absent.csv -t y -o a.model")]);
    assert!(ran.err.contains("on rank 1 of 2, host "), "{}", ran.err);
}

#[test]
fn a_launcher_of_another_mpi_is_refused() {
    let _one = one_at_a_time();
    let folder = folder();
    let mut command = folder.command("fit table.csv -t y -o a.model");
    let ran = ProgramOutput::from(command.env("PMI_SIZE", "4").output().expect("the program runs"));
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("mpiexec has started 4 processes, but MPI sees 1"), "{}", ran.err);
    assert!(!folder.path("a.model").exists());
    let alone = folder.command("fit table.csv -t y -o a.model --ranks 1").env("PMI_SIZE", "4").output();
    assert_eq!(ProgramOutput::from(alone.expect("the program runs")).code, 0);
}

#[test]
fn a_rank_that_does_not_answer_ends_the_job_at_the_deadline() {
    let _one = one_at_a_time();
    let folder = folder();
    let line = "fit table.csv -t label --method sgd:lr=0.001 --batch-size 900 -e 1000000 --patience 0 -q --threads 1 \
                -o a.model --checkpoint ck --checkpoint-every 50steps --deadline 2s";
    let mut command = job(&folder, &[(3, line)]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the launcher starts");
    while folder.checkpoints().is_empty() {
        assert!(child.try_wait().expect("it can be waited for").is_none(), "the ranks ended early");
        std::thread::sleep(Duration::from_millis(1));
    }
    let pids = ranks_of(child.id());
    assert!(Command::new("kill").args(["-STOP", &pids[1]]).status().expect("kill is installed").success());
    let start = Instant::now();
    let ran = ProgramOutput::from(child.wait_with_output().expect("it can be waited for"));
    assert!(start.elapsed() < Duration::from_secs(2) + TIME_TO_END, "{:?}", start.elapsed());
    // The launcher of MPICH combines the code with that of the ranks that it kills, 9.
    assert_eq!(ran.code, if is_mpich() { 1 | 9 } else { 1 }, "{}", ran.err);
    assert!(ran.err.contains("error: another rank has not answered for 2"), "{}", ran.err);
}
