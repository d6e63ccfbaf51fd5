//! Text forms of specifications, and refusal of invalid specifications, layouts and states.

#![allow(clippy::float_cmp)] // what is refused changes nothing

use thalweg::method::{Adam, Average, Preset, Sgd};
use thalweg::{Layout, Method, Optimizer, OptimizerSpec, State, Tensor};

fn spec(text: &str) -> OptimizerSpec {
    text.parse().expect(text)
}

#[test]
fn texts_round_trip() {
    let changed = [
        "rmsprop:momentum=0.5,variance=centered,ema=0.9",
        "momentum:dampening=0.3,form=lr_inside,clip_norm=50",
        "nag:nesterov=lookahead,weight_decay=0.01",
        "adabelief:rectify=on,accumulate=3",
        "amsgrad:maximum=corrected,state=8bit,seed=7",
        "lars:norm=joint,goal=maximize,nonfinite=skip",
    ];
    for spec in Method::all().into_iter().map(OptimizerSpec::from).chain(changed.map(spec)) {
        assert_eq!(spec.to_string().parse::<OptimizerSpec>().expect("its own text"), spec);
    }
    for method in Method::all() {
        for (_, preset) in Preset::ALL {
            let Ok(method) = method.with_preset(*preset) else { continue };
            let text = format!("{}:preset={}", method.name(), preset.name());
            assert_eq!(text.parse::<OptimizerSpec>().expect(&text).method, method);
        }
    }
}

#[test]
fn invalid_hyperparameters_are_refused_with_their_range() {
    let error = |text: &str| text.parse::<OptimizerSpec>().expect_err(text).to_string();
    assert_eq!(error("adam:beta1=1"), "beta1 must be in [0, 1), but is 1");
    assert_eq!(error("sgd:lr=-0.1"), "lr must be at least 0 and finite, but is -0.1");
    assert_eq!(error("sgd:lr=nan"), "lr must be at least 0 and finite, but is NaN");
    assert_eq!(error("sgd:lr=fast"), "lr must be a number, but is 'fast'");
    assert_eq!(error("sgd:lr"), "a parameter of sgd must be key=value, but is 'lr'");
    assert_eq!(error("sgd:lr=1,lr=2"), "duplicate name 'lr' in the parameters of sgd");
    assert_eq!(error("adam:clip_norm=0"), "clip_norm must be positive and finite, but is 0");
    assert!(error("adma").starts_with("unknown method 'adma'; known methods: sgd, momentum,"));
    assert!(
        error("adam:bta1=0.5").starts_with("unknown parameter of adam 'bta1'; known parameters of adam: lr, beta1,")
    );
    assert_eq!(error("adam:eps_form=insid"), "unknown eps_form 'insid'; known eps_forms: outside, inside, hat");
    assert_eq!(error("adan:preset=keras"), "adan has no preset 'keras'; known presets: paper");
    let in_rust = Optimizer::<f64>::new(Adam { beta2: 1.0, ..Adam::default() }, 1).expect_err("beta2 = 1");
    assert_eq!(in_rust.to_string(), "beta2 must be in [0, 1), but is 1");
    let in_rust = Optimizer::<f64>::new(Sgd { lr: f64::NAN, ..Sgd::default() }, 1).expect_err("lr = NaN");
    assert_eq!(in_rust.to_string(), "lr must be at least 0 and finite, but is NaN");
}

#[test]
fn a_state_fits_only_its_own_method_and_tensors() {
    let mut adam = Optimizer::<f64>::new(Adam::default(), 3).expect("a valid optimizer");
    let mut load = |state: State<f64>| adam.load_state(&state).expect_err("another's state").to_string();
    let of = |spec: &str, n: usize| {
        Optimizer::<f64>::new(spec.parse::<OptimizerSpec>().expect(spec), n)
            .expect("a valid optimizer")
            .state()
            .expect("in sync")
    };
    assert_eq!(
        load(of("lion", 3)),
        "the state does not match this optimizer: expected a state of adam, found one of lion"
    );
    assert_eq!(
        load(of("adam", 4)),
        "the state does not match this optimizer: slot 'x.m' must have 3 numbers, but has 4"
    );
    let mut state = of("adam", 3);
    state.slots.remove("x.v");
    assert_eq!(load(state), "the state does not match this optimizer: slot 'x.v' is missing");
}

#[test]
fn invalid_specifications_and_layouts_are_refused() {
    let error = |text: &str| text.parse::<OptimizerSpec>().expect_err(text).to_string();
    assert!(error("adam:decay=own").starts_with("decay must be coupled, decoupled or proximal"));
    assert_eq!(error("adam:clip_norm=1,clip_value=1"), "duplicate name 'clipping' in the options of the method");
    assert!(error("adam:ema=0.9,average=polyak").contains("duplicate name 'average'"));
    assert_eq!(error("adam:accumulate=0"), "accumulate must be at least 1, but is 0");
    assert_eq!(error("adam:ema=1"), "ema must be in [0, 1), but is 1");
    assert!(error("adam:weight_deca=1").contains("weight_decay"));
    assert!(error("adam:deca=coupled").contains(", decay, "));
    assert_eq!(error("sgd:lr=inf"), "lr must be at least 0 and finite, but is inf");
    // Finite gradients whose sum is not.
    let mut sum = Optimizer::<f32>::new(spec("sgd:accumulate=2"), 1).expect("a valid optimizer");
    let mut x = [1.0];
    sum.step(&mut x, &[3e38]).expect("accumulated");
    assert!(sum.step(&mut x, &[3e38]).is_err());
    assert_eq!(x, [1.0]);
    let twice = Layout { tensors: vec![Tensor::new("a", 1), Tensor::new("a", 1)], groups: vec![] };
    assert!(Optimizer::<f64>::new(Sgd::default(), twice).is_err());
    let huge = Layout { tensors: vec![Tensor::new("a", 1), Tensor::new("b", usize::MAX)], groups: vec![] };
    assert!(Optimizer::<f64>::new(Sgd::default(), huge).is_err());
    let mut average = OptimizerSpec::from(Adam::default());
    average.options.average = Average::Ema(1.5);
    assert!(Optimizer::<f64>::new(average, 1).is_err());
}

#[test]
fn every_hyperparameter_is_in_the_table_and_every_method_fits_a_screen() {
    for method in Method::all() {
        for (name, value) in method.hyperparameters().iter().filter(|(_, value)| value.as_number().is_some()) {
            let row = thalweg::method::HYPERPARAMETERS.iter().find(|row| row.name == *name);
            assert!(row.is_some(), "{name} of {method} ({value}) has no row in HYPERPARAMETERS");
        }
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/method");
    for name in Method::NAMES {
        let source = std::fs::read_to_string(folder.join(name).with_extension("rs")).expect("a file for each method");
        let lines = source.lines().count();
        assert!(lines <= 125, "{name}.rs has {lines} lines: a method is one screen");
    }
}

#[test]
fn schedules_are_finite_for_every_length() {
    for steps in 1..=20 {
        for text in
            ["cosine", "polynomial", "warmup", "onecycle:warmup=0.1", "onecycle:warmup=0.5", "onecycle:warmup=0.9"]
        {
            let separator = if text.contains(':') { ',' } else { ':' };
            let schedule: thalweg::Schedule = format!("{text}{separator}steps={steps}").parse().expect(text);
            schedule.check().expect(text);
            for t in (0..=steps + 2).chain([u64::MAX]) {
                let factor = schedule.factor_at(t);
                assert!((0.0..=1.0 + 1e-12).contains(&factor), "{schedule} at {t}: {factor}");
            }
            assert_eq!(schedule.to_string().parse::<thalweg::Schedule>().expect("its text"), schedule);
        }
    }
    let over = |text: &str| text.parse::<thalweg::Schedule>().expect(text).with_total_steps(100);
    assert_eq!(over("warmup:steps=10+cosine").factor_at(55), over("cosine:steps=90").factor_at(45));
    assert_eq!(over("constant:for=60+cosine").factor_at(80), over("cosine:steps=40").factor_at(20));
}
