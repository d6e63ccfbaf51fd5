//! `thalweg minimize` where a function has kinks, no minimum, no finite value, or no slope.

use crate::common::{TestDir, number};
use serde_json::Value;

/// Runs `thalweg minimize LINE`, which ends with a point.
fn minimize(folder: &TestDir, line: &str) -> Value {
    folder.json(&format!("minimize {line}"))
}

#[test]
fn a_start_without_a_finite_value_is_an_error_that_says_so() {
    let folder = TestDir::new();
    for (line, found) in [
        ("1/x --start 0", "f = inf at x = 0"),
        ("exp(x) --start 800", "f = inf at x = 800"),
        ("log(x) --start -1", "f = NaN at x = -1"),
        ("x^(1/3) --start -8", "f = NaN at x = -8"),
        ("sqrt(x)-y --start -1,0", "f = NaN at x = -1, y = 0"),
    ] {
        let ran = folder.run(&format!("minimize {line}"));
        let said = format!("expected a start where f is finite, found {found}");
        assert!(ran.code == 2 && ran.err.contains(&said), "{line}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn a_point_beside_a_kink_is_not_critical_and_the_best_point_is_given() {
    let folder = TestDir::new();
    for (line, minimum) in [
        ("max(x,-x) --start 1", [0.0, 0.0]),
        ("0-min(x,-x) --start 1", [0.0, 0.0]),
        ("abs(x-1)+abs(y) --start 0.5,0.5", [1.0, 0.0]),
    ] {
        let found = minimize(&folder, line);
        assert_eq!((&found["point"]["kind"], &found["stopped"]), (&"not_critical".into(), &"steps_spent".into()));
        assert!(number(&found, "/best/value") < 0.01, "{found}");
        for (i, x) in found["best"]["x"].as_array().expect("a point is a list").iter().enumerate() {
            assert!((x.as_f64().expect("a number") - minimum[i]).abs() < 0.01, "{line}: {found}");
        }
        let text = folder.run(&format!("minimize {line}"));
        assert!(text.code == 0 && text.out.contains("not a critical point yet"), "{}", text.out);
        assert!(text.out.contains("\nbest        "), "{}", text.out);
    }
}

#[test]
fn a_minimum_without_a_gradient_that_is_reached_is_no_failure() {
    let folder = TestDir::new();
    let ran = folder.run("minimize sqrt(x^2) --method sgd:lr=1 --start 1 --format json");
    let found: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        (ran.code, number(&found, "/best/x/0"), number(&found, "/best/value")),
        (0, 0.0, 0.0),
        "{} {}",
        ran.out,
        ran.err
    );
    assert!(ran.err.contains("f has no gradient at x = 0; of all points tried, it is the best"), "{}", ran.err);
    // Beyond the point, f is not even defined; or the point is the start.
    for line in ["x^1.5-2*x --method sgd:lr=9 --start 1", "sqrt(x^2+y^2) --start 0,0"] {
        let ran = folder.run(&format!("minimize {line}"));
        assert!(ran.code == 3 && ran.err.contains("is not finite at x = "), "{line}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn the_minimum_of_a_power_of_itself_is_at_1_over_e() {
    let folder = TestDir::new();
    let found = minimize(&folder, "x^x --start 1");
    let (x, value) = ((-1.0_f64).exp(), (-(-1.0_f64).exp()).exp());
    assert_eq!(found["point"]["kind"], "minimum");
    assert!((number(&found, "/x/0") - x).abs() < 1e-7 && (number(&found, "/value") - value).abs() < 1e-14, "{found}");
    // The second derivative is xˣ·(1/x + (1 + log x)²), and 1 + log x = 0 at 1/e.
    assert!((number(&found, "/point/eigenvalues/0") - value / x).abs() < 1e-6, "{found}");
}

#[test]
fn points_without_curvature_are_not_called_minima() {
    let folder = TestDir::new();
    for (line, kinds) in [
        ("x^3 --start 1", &["undetermined", "not_critical", "degenerate"][..]),
        ("0*x --start 1", &["degenerate"]),
        ("x^4+y^2 --start 1,1", &["undetermined", "not_critical", "degenerate"]),
        ("1e-10*(x-3)^2 --start 0", &["undetermined", "not_critical"]),
    ] {
        for method in ["adam", "sgd:lr=0.1", "lbfgs"] {
            let found = minimize(&folder, &format!("{line} --method {method}"));
            let kind = found["point"]["kind"].as_str().expect("the kind is text").to_string();
            assert!(kinds.contains(&kind.as_str()), "{line} {method}: {found}");
            let text = folder.run(&format!("minimize {line} --method {method}")).out;
            assert!(!text.contains("minimum;"), "{text}");
        }
    }
}

#[test]
fn coordinates_without_a_slope_stay_where_they_are_without_epsilon() {
    let folder = TestDir::new();
    let list = folder.run("methods --format json").out;
    let list: Value = serde_json::from_str(&list).expect("the output is JSON");
    let mut tried = 0;
    for method in list["methods"].as_array().expect("the methods are a list") {
        let name = method["name"].as_str().expect("a name is text");
        let ran = folder
            .run(&format!("minimize (x-1)^2+0*y --start 3,0.5 --method {name}:eps=0 --steps 50 --format json -q"));
        if ran.code == 2 {
            assert!(ran.err.contains("eps"), "{name}: {}", ran.err);
            continue;
        }
        tried += 1;
        let found: Value = serde_json::from_str(&ran.out).expect("the output is JSON");
        assert!(number(&found, "/x/0").is_finite() && number(&found, "/value").is_finite(), "{name}: {found}");
        assert!((number(&found, "/x/1") - 0.5).abs() < 0.5, "{name}: {found}");
    }
    assert!(tried >= 13, "{tried} methods have an epsilon");
}

#[test]
fn rates_and_bounds_at_the_ends_of_their_ranges_are_taken_or_refused() {
    let folder = TestDir::new();
    let still = minimize(&folder, "x^2 --method sgd:lr=0 --steps 20");
    assert_eq!((number(&still, "/x/0"), still["steps"].as_u64()), (1.0, Some(20)));
    for (method, said) in [
        ("sgd:lr=-1", "lr must be at least 0 and finite, but is -1"),
        ("sgd:lr=NaN", "lr must be at least 0 and finite, but is NaN"),
        ("adam:lr=inf", "lr must be at least 0 and finite, but is inf"),
        ("sgd:lr=0.1,clip_norm=0", "clip_norm must be positive and finite, but is 0"),
        ("sgd:lr=0.1,clip_value=0", "clip_value must be positive and finite, but is 0"),
        ("adam:beta1=1", "beta1 must be in [0, 1), but is 1"),
        ("adam:beta2=1", "beta2 must be in [0, 1), but is 1"),
        ("momentum:lr=0.1,momentum=1", "momentum must be in [0, 1), but is 1"),
    ] {
        let ran = folder.run(&format!("minimize x^2 --method {method}"));
        assert!(ran.code == 2 && ran.err.contains(said), "{method}: {} {}", ran.code, ran.err);
    }
}
