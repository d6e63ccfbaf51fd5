//! `thalweg minimize`: the program on formulas.

use crate::common::{self, TestDir, number};

const ROSENBROCK: &str = "(1-x)^2+100*(y-x^2)^2";

#[test]
fn the_saddle_is_left_after_the_published_steps() {
    let folder = TestDir::new();
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
fn a_minimum_is_reached_and_classified() {
    let folder = TestDir::new();
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
fn a_saddle_has_directions_of_descent_and_a_maximum_is_found_by_ascent() {
    let folder = TestDir::new();
    let saddle = folder.json("minimize x^2-y^2+z^2 --start 1,0,1 --method sgd:lr=0.1");
    assert_eq!((&saddle["point"]["kind"], number(&saddle, "/point/escapes/0/1")), (&"saddle".into(), 1.0));
    let top = folder.json("minimize x*exp(-x) --maximize --start 3 --lr 0.05");
    assert_eq!(top["point"]["kind"], "maximum");
    assert!((number(&top, "/x/0") - 1.0).abs() < 1e-6 && (number(&top, "/value") - (-1.0_f64).exp()).abs() < 1e-9);
    let early = folder.json(&format!("minimize {ROSENBROCK} --start -1.2,1 --steps 10"));
    assert_eq!((&early["point"]["kind"], &early["stopped"]), (&"not_critical".into(), &"steps_spent".into()));
}

#[test]
fn options_have_their_effect() {
    let folder = TestDir::new();
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
    let trace = String::from_utf8(folder.read("t.csv")).expect("the file is UTF-8 text");
    let lines: Vec<_> = trace.lines().collect();
    assert_eq!((lines[0], lines.len()), ("step,x,y,f,gradient_norm,rate", 4));
    for (step, line) in (0_i32..).zip(&lines[1..]) {
        // Each step takes x to 0.8·x and y to 0.2·y.
        let (x, y) = (-(0.8_f64.powi(step)), 2.0 * 0.2_f64.powi(step));
        let expected = [f64::from(step), x, y, x * x + 4.0 * y * y, (4.0 * x * x + 64.0 * y * y).sqrt(), 0.1];
        let found: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("the value is a number")).collect();
        assert!(found.len() == 6 && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{line}");
    }
}

#[test]
fn mistakes_end_at_once_and_say_where() {
    let folder = TestDir::new();
    let long = "x+".repeat(40_000) + "x";
    let deep = "(".repeat(50_000) + "x";
    for (line, code, said) in [
        ("minimize x+", 2, "x+\n    ^"),
        ("minimize foo(x)", 2, "'foo'; known: sqrt"),
        ("minimize x^2 --start 1,2", 2, "--start: expected 1 number (for x), found 2"),
        ("minimize x^2 --start y=1", 2, "unknown variable 'y'; known variables: x"),
        ("minimize log(x) --start -1", 2, "expected a start where f is finite, found f = NaN at x = -1"),
        ("minimize 1+1", 2, "the formula must be a formula of at least one variable, but is '1+1'"),
        ("minimize rosenbrok", 2, "did you mean 'rosenbrock'"),
        ("minimize beale --start 1,9", 2, "y of the start must be from -4.5 to 4.5, but is '9.0'"),
        ("minimize beale --dim 3", 2, "the dimension of beale must be 2, but is '3'"),
        ("minimize quadratic:cond=3", 2, ": condition"),
        ("minimize x^2 --dim 3", 2, "--dim applies to test problems only"),
        ("minimize bowl --variables a,b", 2, "--variables applies to formulas only"),
        ("minimize x^2 --starts 0", 2, "0 is not in 1..=1000000"),
        ("minimize x^2 --starts 3 --within 1", 2, "expected two finite numbers"),
        ("minimize log(x) --start 1 --starts 3 --within -2,-1", 2, "an interval in which f is finite"),
        ("minimize x^2 --perturb=-1", 2, "expected a positive number"),
        ("minimize x^2 --until x", 2, "a comparison"),
        ("minimize x^2 --variables x,x", 2, "duplicate name 'x'"),
        ("minimize x^2 --method adma", 2, "did you mean 'adam'"),
        ("minimize x^2 --lr -1", 2, "lr must be"),
        ("minimize x^2 --trace no/such/t.csv", 1, "does not exist"),
        ("minimize log(x) --start 1 --method sgd:lr=2", 3, "not finite at x = -1, after 1 step"),
        ("minimize x^4 --start 10 --method sgd:lr=1", 3, "not finite at x = "),
        (&format!("minimize {long}"), 2, "at most 65536 bytes long"),
        (&format!("minimize {deep}"), 2, "a ( that is not closed"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line:.60}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn problems_are_minimized_by_name() {
    let folder = TestDir::new();
    let found = folder.json("minimize rosenbrock --dim 4 --lr 0.02 --steps 50000");
    assert_eq!(found["point"]["kind"], "minimum");
    assert!((0..4).all(|i| (number(&found, &format!("/x/{i}")) - 1.0).abs() < 1e-6), "{found}");
    let steep = folder.json("minimize quadratic:condition=1e4 --method sgd:lr=1 --steps 1");
    // One step of gradient descent at rate 1: x of the steep direction is 0, of the other 1 − 1e-4.
    assert_eq!(steep["x"], serde_json::json!([0.0, 0.9999]));
    let noisy = |seed: u64| folder.json(&format!("minimize noisy --steps 20 --seed {seed}"))["x"].clone();
    assert!(noisy(1) == noisy(1) && noisy(1) != noisy(2));
}

#[test]
fn a_perturbation_leaves_a_strict_saddle_and_only_that() {
    let folder = TestDir::new();
    let line = "minimize (x^2-y^2)/2+y^4/4 --start 1,0 --method sgd:lr=0.05";
    let stuck = folder.json(line);
    assert_eq!((&stuck["point"]["kind"], &stuck["pushes"]), (&"saddle".into(), &serde_json::Value::Null));
    let left = folder.json(&format!("{line} --perturb"));
    // The minima are (0, ±1), with f = −1/4; the second push is at the minimum, and changes nothing.
    assert_eq!((&left["point"]["kind"], &left["pushes"]), (&"minimum".into(), &2.into()));
    assert!((number(&left, "/value") + 0.25).abs() < 1e-9 && number(&left, "/x/1").abs() - 1.0 < 1e-6, "{left}");
    let text = folder.run(&format!("{line} --perturb=0.1 --quiet")).out;
    assert!(text.contains("perturbed") && text.contains("2 times"), "{text}");
    let bowl = folder.json("minimize bowl --method sgd:lr=0.1 --perturb");
    assert_eq!((&bowl["pushes"], &bowl["stopped"]), (&1.into(), &"gradient_small".into()));
}

#[test]
fn many_starts_find_all_minima() {
    let folder = TestDir::new();
    let found = folder.json("minimize himmelblau --starts 40 --lr 0.05");
    let minima = found["minima"].as_array().expect("the value is a list");
    assert_eq!(minima.len(), 4, "{found}");
    assert_eq!(minima.iter().map(|m| m["runs"].as_u64().expect("the value is a number")).sum::<u64>(), 40);
    let all = [[3.0, 2.0], [-2.805_118, 3.131_313], [-3.779_310, -3.283_186], [3.584_428, -1.848_127]];
    for minimum in all {
        let is = |m: &serde_json::Value| (0..2).all(|i| (number(m, &format!("/x/{i}")) - minimum[i]).abs() < 1e-3);
        assert!(minima.iter().any(is), "{minimum:?} in {found}");
    }
    // The same again, and the same on one thread: seeds decide, not threads.
    assert_eq!(folder.json("minimize himmelblau --starts 40 --lr 0.05"), found);
    let tops = folder.run("minimize sin(x) --maximize --starts 20 --within -9,9 --lr 0.1 --trace t.csv");
    assert!(tops.out.contains("4 maxima from 20 starts") && tops.out.contains("(-4.712)"), "{}", tops.out);
    assert!(folder.read("t.csv").len() > 100);
}

#[test]
fn problems_are_listed() {
    let folder = TestDir::new();
    let list = folder.run("problems").out;
    let object: serde_json::Value =
        serde_json::from_str(&folder.run("problems --format json").out).expect("the output is JSON");
    let all = object["problems"].as_array().expect("the value is a list");
    assert!(all.len() > 30 && all.iter().all(|p| list.contains(p["name"].as_str().expect("a name is text"))));
    let one = folder.run("problems quadratic:condition=10 --dim 3").out;
    assert!(one.contains("x1, x2, x3 (n≥2)") && one.contains("minimum    (0, 0, 0), f = 0"), "{one}");
    assert_eq!(folder.run("problems bool").code, 2);
}

#[test]
fn what_is_no_minimum_is_not_called_one() {
    let folder = TestDir::new();
    let kind = |line: &str| {
        let ran = folder.run(&format!("minimize {line} --format json --quiet"));
        let found: serde_json::Value = serde_json::from_str(&ran.out).expect("the output is JSON");
        (found["point"]["kind"].as_str().expect("the kind is text").to_owned(), found)
    };
    assert_eq!(kind("x^2 --method sgd:lr=1e300").0, "undefined");
    assert_eq!(kind("log(x) --method sgd:lr=3").0, "undefined");
    assert_eq!(kind("x^3 --steps 100000 --lr 0.001").0, "not_critical");
    let (_, starts) = kind("x^2 --starts 100 --method sgd:lr=1e160 --steps 3");
    assert_eq!((&starts["minima"], &starts["starts"]["diverged"]), (&serde_json::json!([]), &100.into()));
    assert_eq!(starts["starts"]["unfinished"], 0);
    assert!(number(&kind("1e300*x^2 --steps 0 --start 1").1, "/gradient_norm") > 1e300);
    let power = folder.run("minimize x²+y²");
    assert!(power.code == 2 && power.err.contains("a power written as ^2") && power.err.contains("'²'"), "{power:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_search_says_so() {
    let folder = TestDir::new();
    let line = "minimize rosenbrock --dim 60 --starts 400 --steps 200000 --lr 0.0001 --format json --within -2,2";
    let mut command = folder.command(line);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    common::wait_for_cpu_time(&mut child, 30);
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is installed");
    let output = child.wait_with_output().expect("the program ends");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    assert_eq!(output.status.code(), Some(130), "{found}");
    assert!(number(&found, "/starts/interrupted") > 1.0, "{}", found["starts"]);
}
