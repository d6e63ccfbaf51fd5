//! The computations of the page against the library and against closed forms.

use thalweg_web::error::Part;
use thalweg_web::map::{contours, critical_points};
use thalweg_web::path::{COLUMNS, run};
use thalweg_web::scene::Scene;
use thalweg_web::{catalog, picture, reproduce, step, table, tuning};

fn scene(json: &str) -> Scene {
    Scene::parse(json).expect("a scene")
}

const RAVINE: &str = r#"{"function":{"problem":"ravine"},"start":null,"steps":40,"gradient_norm":0}"#;

#[test]
fn gradient_descent_on_the_bowl_has_its_closed_form() {
    let scene = scene(r#"{"function":{"problem":"bowl"},"start":[2.0,-1.0],"steps":30,"gradient_norm":0}"#);
    let path = run(&scene, "sgd:lr=0.25").expect("a run");
    assert_eq!((path.rows.len() / COLUMNS, path.end.steps), (31, 30));
    for (t, row) in (0..).zip(path.rows.chunks_exact(COLUMNS)) {
        let factor = 0.75_f64.powi(t);
        assert!((row[2] - 2.0 * factor).abs() < 1e-15 && (row[3] + factor).abs() < 1e-15, "step {t}: {row:?}");
        // Length and effective rates of the coming step, which the last point does not have.
        if t < 30 {
            assert!((row[9] - 0.25 * row[5]).abs() < 1e-15 && (row[10] - 0.25).abs() < 1e-12, "step {t}: {row:?}");
        } else {
            assert!(row[9..].iter().all(|v| v.is_nan()));
        }
    }
}

#[test]
fn a_rate_beyond_the_limit_is_said_to_be() {
    let path = run(&scene(RAVINE), "sgd:lr=1.2").expect("a run");
    // The curvatures of x²/20 + y² are 0.1 and 2: the limit is 1.
    assert_eq!(path.end.stability, Some(1.2));
}

#[test]
fn the_equations_give_the_step_that_the_optimizer_makes() {
    let methods = [
        "sgd:lr=0.3",
        "momentum:lr=0.02",
        "nag:lr=0.02",
        "nag:lr=0.02,nesterov=lookahead",
        "adagrad:lr=0.5",
        "rmsprop:lr=0.1",
        "adadelta:lr=1",
        "adam:lr=0.1",
    ];
    for method in methods {
        for number in [1, 2, 17] {
            let detail = step::inspect(&scene(RAVINE), method, number).expect(method);
            assert_eq!(detail.step, number);
            for axis in 0..2 {
                let last = detail.equations[axis].last().unwrap_or_else(|| panic!("{method} has equations"));
                let error = (last.value - detail.next[axis]).abs();
                assert!(error <= 1e-12 * detail.next[axis].abs().max(1.0), "{method}, step {number}: {last:?}");
                assert!(last.numbers.contains('='), "{last:?}");
            }
        }
    }
    // The averages of the seventeenth step: β₁ = 0.9 remembers ten gradients, and all weights together are 1.
    let memories = step::inspect(&scene(RAVINE), "adam:lr=0.1", 17).expect("a step").memories;
    assert_eq!(memories.iter().map(|memory| memory.parameter).collect::<Vec<_>>(), ["beta1", "beta2"]);
    assert!((memories[0].length - 10.0).abs() < 1e-12 && memories[0].weights.len() == 17);
    assert!((memories[0].weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((memories[0].weights[0] - 0.1 / (1.0 - 0.9_f64.powi(17))).abs() < 1e-12);
    // Clipping changes the gradient before the rule: no equation is shown rather than a wrong one.
    let clipped = step::inspect(&scene(RAVINE), "adam:lr=0.1,clip_norm=0.1", 3).expect("a step");
    assert!(clipped.equations.iter().all(Vec::is_empty) && clipped.slots.len() == 2);
    assert_eq!(step::inspect(&scene(RAVINE), "adam", 41).expect_err("40 steps").part, Part::Page);
}

#[test]
fn critical_points_have_their_kinds_and_the_saddle_its_ways_out() {
    let instance = scene(r#"{"function":{"problem":"himmelblau"},"steps":1}"#).instance().expect("a problem");
    let points = critical_points(&instance, [[-6.0, 6.0], [-6.0, 6.0]]).expect("a window");
    let count = |kind: &str| points.iter().filter(|point| format!("{:?}", point.kind) == kind).count();
    assert_eq!(["Minimum", "Saddle", "Maximum"].map(count), [4, 4, 1]);
    let saddles = points.iter().filter(|point| format!("{:?}", point.kind) == "Saddle");
    assert!(saddles.clone().all(|saddle| saddle.escapes.len() == 1 && saddle.eigenvalues[0] < 0.0));
    let flat = contours(&instance, [[-6.0, 6.0], [-6.0, 6.0]], 61).expect("a window");
    let curves: f64 = flat.bands.chunks_exact(4).map(|band| band[2] + band[3]).sum();
    assert_eq!(curves as usize, flat.lengths.len());
    assert_eq!(flat.points.len(), 2 * flat.lengths.iter().sum::<u32>() as usize);
    assert!(contours(&instance, [[1.0, 1.0], [0.0, 1.0]], 61).is_err());
}

#[test]
fn the_search_finds_the_rate_that_the_program_would() {
    let progress = |done: u64, total: u64| assert!(done >= 1 && total >= 22);
    let methods = ["sgd".to_owned(), "adam:beta1=0.5".to_owned()];
    let tuned = tuning::tune(&scene(RAVINE), &methods, &progress).expect("a search");
    // The curvatures of the ravine are 0.1 and 2: the best rate of the grid is the largest at which 1 − 2·lr shrinks y.
    assert_eq!(tuned[0].spec, "sgd:lr=0.464");
    assert!(tuned[1].spec.starts_with("adam:lr=") && tuned[1].spec.ends_with(",beta1=0.5"), "{:?}", tuned[1]);
}

#[test]
fn code_repeats_the_scene() {
    let scene = scene(
        r#"{"function":{"formula":"-exp(-x^2) + 'a"},"start":[0.5,1e-7],"steps":9,"gradient_norm":1e-8,"schedule":"cosine"}"#,
    );
    assert_eq!(reproduce::code(&scene, "adam").expect_err("a quote").part, Part::Function);
    let scene = Scene { function: serde_json::from_str(r#"{"formula":"-exp(-x^2)"}"#).expect("a function"), ..scene };
    let code = reproduce::code(&scene, "adam:lr=0.1").expect("code");
    assert_eq!(
        code.shell,
        "thalweg minimize --variables x,y --start=0.5,1e-7 --method adam:lr=0.1 --schedule cosine --steps 9 \
         --gradient-norm 1e-8 --trace path.csv -- '-exp(-x^2)'"
    );
    assert!(code.rust.contains("Formula::with_variables(\"-exp(-x^2)\", &[\"x\", \"y\"])?"), "{}", code.rust);
    assert!(code.python.contains("thalweg.Formula(\"-exp(-x^2)\", variables=[\"x\", \"y\"])"), "{}", code.python);
}

#[test]
fn pictures_and_tables_show_the_runs() {
    let request: picture::PictureRequest = serde_json::from_str(&format!(
        r#"{{"scene":{RAVINE},"methods":[{{"spec":"adam:lr=0.5","style":3}}],"window":[[-8,8],[-3,3]],"view":"map"}}"#
    ))
    .expect("a request");
    let svg = picture::svg(&request).expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains("adam:lr=0.5"));
    assert_eq!(&picture::png(&request).expect("a picture")[1..4], b"PNG");
    assert_eq!(&picture::gif(&request).expect("a picture")[..6], b"GIF89a");
    let csv = table::csv(&request.scene, &["adam:lr=0.5".into()]).expect("a table");
    assert_eq!(csv.lines().count(), 42);
    assert_eq!(csv.lines().nth(1), Some("\"adam:lr=0.5\",0,-7.0,2.0,6.45,4.060788100849391,0.5"));
    assert!(!catalog::Catalog::new().css.is_empty());
}
