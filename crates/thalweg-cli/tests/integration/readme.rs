//! Runs the shell commands of the README and compares their output with the README's.
//!
//! After a change of the output, `THALWEG_BLESS=1 cargo test -p thalweg-cli --test integration readme` updates it.

use std::fs;

use crate::common::{TestDir, root};

/// Masks the times, which differ from run to run.
fn comparable(text: &str) -> String {
    let line = |line: &str| if line.starts_with("time ") { "time …".to_owned() } else { line.trim_end().to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_commands_of_the_readme_print_what_it_shows() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).expect("the README is there");
    let folder = TestDir::new();
    let mut blessed = String::new();
    let (mut ran, mut wrong) = (0, Vec::new());
    for (i, part) in readme.split("```").enumerate() {
        blessed += if i == 0 { "" } else { "```" };
        let Some((command, expected)) = part.strip_prefix("console\n$ ").and_then(|block| block.split_once('\n'))
        else {
            blessed += part;
            continue;
        };
        if !command.starts_with("thalweg ") {
            blessed += part;
            continue;
        }
        let result = folder.shell(command);
        assert_eq!(result.code, 0, "{command}: {}", result.err);
        blessed += &format!("console\n$ {command}\n{}", result.out);
        ran += 1;
        if comparable(&result.out) != comparable(expected) {
            wrong.push(format!("$ {command}\nprints\n{}\nbut the README says\n{expected}", result.out));
        }
    }
    assert!(ran >= 3, "only {ran} lines were run");
    if std::env::var_os("THALWEG_BLESS").is_some() {
        fs::write(path, blessed).expect("the README is there");
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
