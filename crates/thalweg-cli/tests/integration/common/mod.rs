//! Runs the program in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns a Python that has these modules: that of `THALWEG_PYTHON`, or `python3`; `None` if there is none.
pub(crate) fn python_with(modules: &str) -> Option<Command> {
    let python = std::env::var_os("THALWEG_PYTHON").unwrap_or_else(|| "python3".into());
    let found = Command::new(&python).args(["-c", &format!("import {modules}")]).output().ok()?;
    found.status.success().then(|| Command::new(python))
}

/// A temporary folder that contains a copy of the repository's `data/`.
pub(crate) struct TestDir(TempDir);

impl TestDir {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder is created"));
        fs::create_dir(folder.path("data")).expect("a folder is created");
        for name in ["diabetes.csv", "breast_cancer.csv"] {
            fs::copy(root().join("data").join(name), folder.path("data").join(name))
                .expect("the data set is in the repository");
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Names of the checkpoints in the folder `ck`.
    pub(crate) fn checkpoints(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("ck")) else { return Vec::new() };
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("checkpoint-")).collect();
        names.sort();
        names
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the file is written");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    /// Returns the names of the files, without `data`.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path())
            .expect("a folder is created")
            .map(|entry| entry.expect("the folder can be read"));
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name != "data");
        names.sort();
        names
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thalweg"));
        command.args(line.split_whitespace()).current_dir(self.0.path());
        command
    }

    /// Runs `thalweg` with these arguments.
    pub(crate) fn run(&self, line: &str) -> ProgramOutput {
        ProgramOutput::from(self.command(line).output().expect("the program runs"))
    }

    /// Runs a shell command in which `thalweg` is the program under test.
    pub(crate) fn shell(&self, line: &str) -> ProgramOutput {
        let folder =
            Path::new(env!("CARGO_BIN_EXE_thalweg")).parent().expect("a folder is created").display().to_string();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh").args(["-c", line]).current_dir(self.0.path()).env("PATH", path).output();
        ProgramOutput::from(output.expect("a shell is installed"))
    }

    /// Runs `thalweg LINE --format json --quiet`, which must succeed.
    pub(crate) fn json(&self, line: &str) -> Value {
        let ran = self.run(&format!("{line} --format json --quiet"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "thalweg {line}");
        serde_json::from_str(&ran.out).expect("the output is one JSON object")
    }
}

/// Exit code and output of a run.
#[derive(Debug)]
pub(crate) struct ProgramOutput {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for ProgramOutput {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Waits until a process has used this many hundredths of a second of processor time: a measure of progress that does
/// not depend on the load of the machine.
#[cfg(target_os = "linux")]
pub(crate) fn wait_for_cpu_time(child: &mut Child, hundredths: u64) {
    let used = |id: u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The name in parentheses may contain blanks. User and system time are the fields 14 and 15 of `proc(5)`.
        let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        ticks(11) + ticks(12)
    };
    while used(child.id()) < hundredths {
        assert!(child.try_wait().expect("the process can be asked").is_none(), "the process ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Returns a generator of reproducible pseudo-random numbers in [−½, ½): a linear congruential one (Knuth's MMIX).
pub(crate) fn noise() -> impl FnMut() -> f64 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
    }
}

/// Returns the number at a JSON pointer of a report.
pub(crate) fn number(report: &Value, path: &str) -> f64 {
    report.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} in {report}"))
}
