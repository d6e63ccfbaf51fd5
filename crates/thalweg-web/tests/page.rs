//! The computations of the page against the library and against closed forms.

use thalweg_web::error::Part;
use thalweg_web::map::{contours, critical_points, heights};
use thalweg_web::path::{COLUMNS, run, runs};
use thalweg_web::regression::Regression;
use thalweg_web::scene::Scene;
use thalweg_web::table_file::DroppedTable;
use thalweg_web::{catalog, picture, reproduce, step, table, tuning};

fn scene(json: &str) -> Scene {
    Scene::parse(json).expect("a scene")
}

const RAVINE: &str = r#"{"function":{"problem":"ravine"},"start":null,"steps":40,"gradient_norm":0}"#;

#[test]
fn gradient_descent_on_the_bowl_has_its_closed_form() {
    let scene = scene(r#"{"function":{"problem":"bowl"},"start":[2.0,-1.0],"steps":30,"gradient_norm":0}"#);
    let path = run(&scene, "sgd:lr=0.25", None).expect("a run");
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
    let path = run(&scene(RAVINE), "sgd:lr=1.2", None).expect("a run");
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
        "adam:lr=0.1,weight_decay=0.3",
        "adam:lr=0.1,weight_decay=0.3,decay=decoupled",
        "adamw:lr=0.1,weight_decay=0.3",
        "amsgrad:lr=0.1",
        "adabelief:lr=0.1",
        "adamax:lr=0.1",
        "lion:lr=0.1,weight_decay=0.3",
        "signsgd:lr=0.1,weight_decay=0.3",
        "momentum:lr=0.02,form=lr_inside",
        "momentum:lr=0.1,form=ema",
        "nag:lr=0.02,form=lr_inside",
        "nag:lr=0.02,form=ema",
        "nag:lr=0.02,nesterov=lookahead,form=lr_inside",
        "ftrl:lr=0.5",
        "ftrl:lr=0.5,l1=0.4,l2=0.3,weight_decay=0.3",
        "ftrl:preset=keras,lr=0.1,l1=30,weight_decay=0.3",
        "adagrad:lr=0.5,eps_form=inside,eps=0.1",
        "rmsprop:lr=0.1,eps_form=inside,eps=0.1",
        "rmsprop:lr=0.1,variance=centered",
        "rmsprop:lr=0.02,variance=centered,momentum=0.8",
        "adam:lr=0.1,eps_form=inside,eps=0.1",
        "adam:lr=0.1,eps_form=hat,eps=0.1",
        "nadam:lr=0.1",
        "nadam:lr=0.1,mu=constant,eps_form=hat,eps=0.1",
        "radam:lr=0.02",
        "radam:lr=0.02,eps_form=outside,weight_decay=0.3",
        "yogi:lr=0.1",
        "adan:lr=0.1",
        "adan:lr=0.1,weight_decay=0.3",
        "adan:lr=0.1,correction=off",
        "yogi:lr=0.1,correction=on",
        "adagrad:lr=0.5,lr_decay=0.1",
        "signsgd:lr=0.1,momentum=0.8",
        "amsgrad:lr=0.1,maximum=corrected",
        "amsgrad:lr=0.1,eps_form=hat,eps=0.1",
        "amsgrad:lr=0.1,correction=off",
        "adabelief:lr=0.1,weight_decay=0.3",
        "adamax:lr=0.1,eps_form=outside,eps=0.1",
        "lamb:lr=0.02",
        "lamb:lr=0.02,weight_decay=0.3",
        "lars:lr=5",
        "lars:lr=5,weight_decay=0.3,eps=0.1",
    ];
    for method in methods {
        for number in [1, 2, 17] {
            let detail = step::inspect(&scene(RAVINE), method, number, None).expect(method);
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
    let memories = step::inspect(&scene(RAVINE), "adam:lr=0.1", 17, None).expect("a step").memories;
    assert_eq!(memories.iter().map(|memory| memory.parameter).collect::<Vec<_>>(), ["beta1", "beta2"]);
    assert!((memories[0].length - 10.0).abs() < 1e-12 && memories[0].weights.len() == 17);
    assert!((memories[0].weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((memories[0].weights[0] - 0.1 / (1.0 - 0.9_f64.powi(17))).abs() < 1e-12);
    // Clipping changes the gradient before the rule: no equation is shown rather than a wrong one.
    let clipped = step::inspect(&scene(RAVINE), "adam:lr=0.1,clip_norm=0.1", 3, None).expect("a step");
    assert!(clipped.equations.iter().all(Vec::is_empty) && clipped.slots.len() == 2);
    assert_eq!(step::inspect(&scene(RAVINE), "adam", 41, None).expect_err("40 steps").part, Part::Page);
}

#[test]
fn critical_points_have_their_kinds_and_the_saddle_its_ways_out() {
    let function = scene(r#"{"function":{"problem":"himmelblau"},"steps":1}"#).function().expect("a problem");
    let points = critical_points(&function, [[-6.0, 6.0], [-6.0, 6.0]]).expect("a window");
    let count = |kind: &str| points.iter().filter(|point| format!("{:?}", point.kind) == kind).count();
    assert_eq!(["Minimum", "Saddle", "Maximum"].map(count), [4, 4, 1]);
    let saddles = points.iter().filter(|point| format!("{:?}", point.kind) == "Saddle");
    assert!(saddles.clone().all(|saddle| saddle.escapes.len() == 1 && saddle.eigenvalues[0] < 0.0));
    let flat = contours(&function, None, [[-6.0, 6.0], [-6.0, 6.0]], 61).expect("a window");
    let curves: f64 = flat.bands.chunks_exact(4).map(|band| band[2] + band[3]).sum();
    assert_eq!(curves as usize, flat.lengths.len());
    assert_eq!(flat.points.len(), 2 * flat.lengths.iter().sum::<u32>() as usize);
    assert!(contours(&function, None, [[1.0, 1.0], [0.0, 1.0]], 61).is_err());
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

/// A function of four variables and a logistic model, both with their paths in a plane.
fn scenes_of_many() -> [Scene; 2] {
    let formula = scene(r#"{"function":{"formula":"(a-1)^2 + 3*(b+2)^2 + (c*d-1)^2 + d^2/9"},"steps":60}"#);
    let text = "u,v,w,note,t\n1,2,5,p,no\n2,1,3,q,yes\n3,5,1,r,yes\n4,3,9,s,no\n5,5,2,t,yes\n6,1,1,u,no\n2,1,3,v,no\n6,1,1,w,yes\n";
    let model = Regression::new("a.csv", &DroppedTable::parse(text).expect("a table"), "t").expect("a model");
    let table = scene(r#"{"function":{"table":{"file":"a.csv","target":"t"}},"steps":60}"#);
    [formula, Scene { table: Some(model.into()), ..table }]
}

#[test]
fn functions_of_more_variables_are_shown_in_the_plane_of_their_paths() {
    let methods = ["sgd:lr=0.1".to_owned(), "adam:lr=0.1".into(), "adam:beta1=2".into()];
    for scene in scenes_of_many() {
        let runs = runs(&scene, &methods, 1, [0.0; 2], None).expect("runs");
        let [Ok(descent), Ok(adam), Err(wrong)] = runs.paths.as_slice() else { panic!("{:?}", runs.paths) };
        assert_eq!(wrong.part, Part::Method);
        let plane = &runs.plane;
        let mut function = scene.function().expect("a function");
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!(dot(&plane.axes[0], &plane.axes[1]).abs() < 1e-12 && plane.explained > 0.9, "{plane:?}");
        // The plane goes through the best end, where the map has the value of the run.
        let best = if descent.end.value < adam.end.value { descent } else { adam };
        assert_eq!(plane.origin, best.end.x);
        let center = heights(&function, Some(plane), [[-1.0, 1.0], [-1.0, 1.0]], 11).expect("heights")[60];
        assert!((center - best.end.value).abs() < 1e-12, "{center} {:?}", best.end);
        for path in [descent, adam] {
            let last = path.rows.len() / COLUMNS - 1;
            for row in [0, 7, last] {
                let (point, row) = (path.point(row).to_vec(), &path.rows[row * COLUMNS..][..COLUMNS]);
                assert!((function.value(&point) - row[4]).abs() < 1e-15);
                assert_eq!(plane.project(&point).map(f64::to_bits), [row[2], row[3]].map(f64::to_bits));
            }
            assert_eq!(path.point(last), path.end.x);
        }
        // The length of a step of gradient descent, in all variables.
        assert!((descent.rows[9] - 0.1 * descent.rows[5]).abs() < 1e-12);
        let detail = step::inspect(&scene, "adam:lr=0.1", 3, Some(plane)).expect("a step");
        assert_eq!((detail.equations.len(), detail.x.len()), (4, 4));
        let place = [adam.rows[2 * COLUMNS + 2], adam.rows[2 * COLUMNS + 3]];
        assert_eq!(detail.shown[0].map(f64::to_bits), place.map(f64::to_bits));
        let csv = table::csv(&scene, &methods[..1]).expect("a table");
        assert_eq!(csv.lines().next().map(|line| line.split(',').count()), Some(9));
        let many = Scene { steps: 100_000, ..scene.clone() };
        let methods: Vec<String> = (0..30).map(|_| "sgd".into()).collect();
        let error = thalweg_web::path::runs(&many, &methods, 1, [0.0; 2], None).expect_err("too many steps");
        assert!(error.message.contains("expected at most"), "{error:?}");
    }
}

#[test]
fn the_search_of_a_table_finds_the_lowest_loss_of_its_grid() {
    for scene in scenes_of_many() {
        let chosen = &tuning::tune(&scene, &["sgd".to_owned()], &|_, _| ()).expect("a search")[0];
        let value = |spec: &str| run(&scene, spec, None).expect("a run").end.value;
        // The next rates of the grid, three to a decade, are not better.
        let lr: f64 = chosen.spec.split('=').nth(1).expect("a rate").parse().expect("a number");
        let [best, below, above] = [1.0, 1.0 / 2.154, 2.154].map(|factor| value(&format!("sgd:lr={}", lr * factor)));
        assert!(best <= below && (above.is_nan() || best <= above), "{chosen:?}: {best} {below} {above}");
    }
}

#[test]
fn the_code_of_a_table_names_its_columns() {
    let [_, scene] = scenes_of_many();
    let code =
        reproduce::code(&Scene { schedule: Some("cosine".into()), ..scene.clone() }, "adam:lr=0.1").expect("code");
    assert!(code.shell.contains("thalweg fit a.csv --target t --loss logistic --method adam:lr=0.1 --schedule cosine"));
    assert!(code.shell.contains("--ignore note"), "{}", code.shell);
    assert!(code.rust.contains(r#"["u", "v", "w"].map(index)"#) && code.rust.contains("libm::log1p"), "{}", code.rust);
    assert!(code.python.contains(r#"features, target = ["u", "v", "w"], "t""#), "{}", code.python);
    let noisy = Scene { noise: Some(0.1), ..scene };
    assert!(noisy.function().expect_err("noise").message.contains("expected no noise"));
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
