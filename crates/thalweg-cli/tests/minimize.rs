//! `thalweg minimize`: the program on formulas.

mod common;

use common::{Folder, number};

const ROSENBROCK: &str = "(1-x)^2+100*(y-x^2)^2";

#[test]
fn the_nudged_saddle_is_left_after_the_published_steps() {
    let folder = Folder::new();
    for (method, steps) in [
        ("sgd:lr=0.01", 2546),
        ("adagrad:lr=0.01,eps=1e-7", 1264),
        ("rmsprop:lr=0.01,rho=0,eps=1e-6,eps_form=inside", 108),
        ("momentum:lr=0.01,momentum=0.9", 409),
        ("nag:lr=0.01,momentum=0.9,form=shifted", 394),
        ("adam:lr=0.01", 78),
        ("adam:lr=0.001", 626),
        ("adadelta:rho=0.95", 56),
    ] {
        let line = format!("minimize (x^2-y^2)/2 --start x=1,y=1e-11 --until abs(y)>1 --method {method}");
        let found = folder.json(&line);
        assert_eq!((found["steps"].as_u64(), found["stopped"].as_str()), (Some(steps), Some("condition")), "{method}");
    }
}

#[test]
fn a_minimum_is_reached_and_told() {
    let folder = Folder::new();
    let found = folder.json(&format!("minimize {ROSENBROCK} --start x=-1.2,y=1 --lr 0.02"));
    assert_eq!(found["stopped"], "gradient_small");
    assert_eq!(found["point"]["kind"], "minimum");
    // The eigenvalues of (802 −400; −400 200) at (1, 1).
    let root = (501.0_f64 * 501.0 - 400.0).sqrt();
    assert!((number(&found, "/point/eigenvalues/0") / (501.0 - root) - 1.0).abs() < 1e-4);
    assert!((number(&found, "/point/eigenvalues/1") / (501.0 + root) - 1.0).abs() < 1e-4);
    for path in ["/x/0", "/x/1", "/best/x/0"] {
        assert!((number(&found, path) - 1.0).abs() < 1e-6, "{path} of {found}");
    }
    for key in ["value", "gradient_norm", "steps", "evaluations", "variables", "method", "formula"] {
        assert!(!found[key].is_null(), "{key}");
    }
    let text = folder.run(&format!("minimize {ROSENBROCK} --start x=-1.2,y=1 --lr 0.02"));
    assert!(text.out.contains("strict minimum; eigenvalues 0.3994, 1002"), "{}", text.out);
}

#[test]
fn a_saddle_tells_its_ways_down_and_a_maximum_is_up() {
    let folder = Folder::new();
    let saddle = folder.json("minimize x^2-y^2+z^2 --start 1,0,1 --method sgd:lr=0.1");
    assert_eq!((&saddle["point"]["kind"], number(&saddle, "/point/escapes/0/1")), (&"saddle".into(), 1.0));
    let top = folder.json("minimize x*exp(-x) --maximize --start 3 --lr 0.05");
    assert_eq!(top["point"]["kind"], "maximum");
    assert!((number(&top, "/x/0") - 1.0).abs() < 1e-6 && (number(&top, "/value") - (-1.0_f64).exp()).abs() < 1e-9);
    let early = folder.json(&format!("minimize {ROSENBROCK} --start -1.2,1 --steps 10"));
    assert_eq!((&early["point"]["kind"], &early["stopped"]), (&"not_critical".into(), &"steps_spent".into()));
}

#[test]
fn options_are_heard() {
    let folder = Folder::new();
    let run =
        |options: &str| folder.json(&format!("minimize x^2+4*y^2 --start y=2,x=-1 --method sgd:lr=0.1 {options}"));
    let base = run("");
    assert_eq!(run("--steps 1")["x"][0], -0.8);
    assert_eq!(run("--steps 1 --lr 0.05")["x"][0], -0.9);
    assert_eq!(run("--variables y,x --steps 0")["x"], serde_json::json!([2.0, -1.0]));
    assert_eq!(run("--target 0.5")["stopped"], "target_reached");
    assert!(number(&run("--gradient-norm 0.1"), "/steps") < number(&base, "/steps"));
    assert_ne!(run("--schedule step:every=2,factor=0.5 --steps 5")["x"], run("--steps 5")["x"]);
    let single = run("--dtype f32 --steps 3");
    assert_ne!(single["x"], run("--steps 3")["x"]);
    assert!((number(&single, "/x/0") - number(&run("--steps 3"), "/x/0")).abs() < 1e-6);
    run("--steps 2 --trace t.csv");
    let trace = String::from_utf8(folder.read("t.csv")).expect("text");
    let lines: Vec<_> = trace.lines().collect();
    assert_eq!((lines[0], lines.len()), ("step,x,y,f,gradient_norm,rate", 4));
    for (step, line) in (0_i32..).zip(&lines[1..]) {
        // Each step takes x to 0.8·x and y to 0.2·y.
        let (x, y) = (-(0.8_f64.powi(step)), 2.0 * 0.2_f64.powi(step));
        let must = [f64::from(step), x, y, x * x + 4.0 * y * y, (4.0 * x * x + 64.0 * y * y).sqrt(), 0.1];
        let found: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        assert!(found.len() == 6 && found.iter().zip(must).all(|(a, b)| (a - b).abs() < 1e-14), "{line}");
    }
}

#[test]
fn mistakes_end_at_once_and_say_where() {
    let folder = Folder::new();
    let long = "x+".repeat(40_000) + "x";
    let deep = "(".repeat(50_000) + "x";
    for (line, code, said) in [
        ("minimize x+", 2, "x+\n    ^"),
        ("minimize foo(x)", 2, "'foo'; known: sqrt"),
        ("minimize x^2 --start 1,2", 2, "--start must have 1 numbers (of x), but has 2"),
        ("minimize x^2 --start y=1", 2, "'y', which is no variable; there is: x"),
        ("minimize log(x) --start -1", 2, "the start must be where f is finite, but f is NaN at x = -1"),
        ("minimize 1+1", 2, "no variable"),
        ("minimize x^2 --until x", 2, "a comparison"),
        ("minimize x^2 --variables x,x", 2, "x is there twice"),
        ("minimize x^2 --method adma", 2, "did you mean 'adam'"),
        ("minimize x^2 --lr -1", 2, "lr must be"),
        ("minimize x^2 --trace no/such/t.csv", 1, "there is no folder"),
        ("minimize log(x) --start 1 --method sgd:lr=2", 3, "not finite at x = -1, after 1 step"),
        ("minimize x^4 --start 10 --method sgd:lr=1", 3, "not finite at x = "),
        (&format!("minimize {long}"), 2, "at most 65536 bytes long"),
        (&format!("minimize {deep}"), 2, "this one is not closed"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line:.60}: {} {}", ran.code, ran.err);
    }
}
