//! `THALWEG_ISA`: the same files with every instruction set of the machine.

use crate::common::TestDir;
use thalweg::optimizer::Isa;

#[test]
fn every_instruction_set_gives_the_same_model() {
    let fits = [
        "fit data/breast_cancer.csv -t diagnosis -q",
        "fit data/breast_cancer.csv -t diagnosis --loss hinge -q",
        "fit data/diabetes.csv -t progression --method adam --val-fraction 0.3 -e 20 -q",
        "fit data/diabetes.csv -t progression --model fm:rank=4 -e 20 -q",
    ];
    for fit in fits {
        let folder = TestDir::new();
        assert_eq!(folder.run(&format!("{fit} -o detected.model")).code, 0);
        for isa in Isa::all() {
            let name = isa.name();
            let mut command = folder.command(&format!("{fit} -o {name}.model --threads 3"));
            let status = command.env("THALWEG_ISA", name).status().expect("the program runs");
            assert!(status.success(), "{fit} on {name}");
            assert!(folder.read(&format!("{name}.model")) == folder.read("detected.model"), "{fit} on {name}");
        }
    }
}

#[test]
fn an_unknown_instruction_set_is_refused() {
    let folder = TestDir::new();
    let output = folder.command("methods").env("THALWEG_ISA", "mmx").output().expect("the program runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    let expected = "THALWEG_ISA: the instruction set must be one of this machine: scalar";
    assert!(message.contains(expected) && message.contains("but is 'mmx'"), "{message}");
}
