//! `thalweg export`: models for other programs.

use crate::common::{TestDir, python_with, root};

#[test]
fn a_model_is_exported_with_the_names_of_its_columns() {
    let folder = TestDir::new();
    folder.json("fit data/diabetes.csv -t progression -o d.model");
    let ran = folder.run("export d.model d.onnx");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let bytes = folder.read("d.onnx");
    for word in ["thalweg", "bmi", "prediction", "MatMul", "IsNaN"] {
        assert!(bytes.windows(word.len()).any(|found| found == word.as_bytes()), "no {word}");
    }
    folder.run("export d.model again.ONNX");
    assert_eq!(folder.read("again.ONNX"), bytes);
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let folder = TestDir::new();
    let rows: String = (0..60).map(|i| format!("word{} and word{},{}\n", i % 7, i % 5, i % 11)).collect();
    folder.write("t.csv", &format!("title of book,y\n{rows}"));
    let fitted = folder.command("fit t.csv -t y -e 2 --quiet -o t.model --text").arg("title of book").output();
    assert!(fitted.expect("the program runs").status.success());
    for (line, code, said) in [
        ("export t.model t.txt", 2, "expected a file with the extension .onnx, found 't.txt'"),
        ("export t.model t", 2, "expected a file with the extension .onnx, found 't'"),
        ("export t.model no/t.onnx", 1, "the folder 'no' does not exist"),
        ("export t.csv t.onnx", 1, "t.csv"),
        ("export absent.model t.onnx", 1, "absent.model"),
        ("export t.model t.onnx", 1, "t.model: 'title of book' cannot be exported: its words are hashed"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said) && ran.out.is_empty(), "{line}: {ran:?}");
    }
    assert_eq!(folder.files(), ["t.csv", "t.model"]);
    std::fs::rename(folder.path("t.model"), folder.path("m.onnx")).expect("the file is renamed");
    let same = folder.run("export m.onnx m.onnx");
    assert!(same.code == 2 && same.err.contains("would be overwritten"), "{same:?}");
}

#[test]
fn onnxruntime_predicts_what_predict_does() {
    let Some(mut python) = python_with("numpy, onnx, onnxruntime") else {
        eprintln!("skipped: no Python with numpy, onnx and onnxruntime (THALWEG_PYTHON names one)");
        return;
    };
    let script = root().join("bench/peers/onnx_export.py");
    let ran = python.arg(script).arg(env!("CARGO_BIN_EXE_thalweg")).output().expect("Python runs");
    let [out, err] = [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(ran.status.success(), "{out}{err}");
    assert!(out.lines().count() >= 12, "{out}");
}

#[test]
fn a_model_opens_in_python_with_the_package_safetensors() {
    let Some(mut python) = python_with("numpy, safetensors") else {
        eprintln!("skipped: no Python with numpy and safetensors (THALWEG_PYTHON names one)");
        return;
    };
    let folder = TestDir::new();
    folder.json("fit data/diabetes.csv -t progression -o people.model");
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the file is in the repository");
    let example = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let print = "print(json.dumps({\"weights\": weights.tolist(), \"schema\": schema}))";
    let ran =
        python.args(["-c", &format!("{example}{print}")]).current_dir(folder.path(".")).output().expect("it runs");
    let text = String::from_utf8_lossy(&ran.stdout);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let inspected = folder.run("inspect people.model --format json");
    let model: serde_json::Value = serde_json::from_str(&inspected.out).expect("the output is JSON");
    assert_eq!(found["schema"], model["schema"]);
    let scale = model["schema"]["target"]["number"]["deviation"].as_f64().expect("a number");
    let numbers = |value: &serde_json::Value| value.as_f64().expect("a number");
    let expected: Vec<f64> =
        model["coefficients"].as_array().expect("a list").iter().map(|one| numbers(&one["weight"])).collect();
    let weights: Vec<f64> =
        found["weights"].as_array().expect("a list").iter().map(|one| numbers(one) * scale).collect();
    assert_eq!(weights, expected);
}
