//! Hyperparameters, groups and tensors of a running optimizer, and the state that it saves of them.

#![allow(clippy::float_cmp)] // the same bits are promised

use thalweg::method::{Adam, AdamW, HyperparamValue, Nadam, Sgd};
use thalweg::{Group, Layout, Method, Optimizer, OptimizerSpec, ParamGrad, State, Tensor};

fn gradient(n: usize, t: u64) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 0.37 + t as f64 * 1.3).sin()).collect()
}

fn two_tensors(group: Group) -> Layout {
    let name = group.name.clone();
    Layout { tensors: vec![Tensor::new("a", 3), Tensor::new("b", 2).in_group(name)], groups: vec![group] }
}

#[test]
fn a_group_may_override_every_hyperparameter_of_every_method() {
    for method in Method::all() {
        for (key, value) in method.hyperparameters() {
            let changed = match &value {
                HyperparamValue::Number(number) if *number >= 1.0 => HyperparamValue::from(number + 0.01),
                HyperparamValue::Number(number) => HyperparamValue::from((number + 0.01).min(0.9995)),
                choice @ HyperparamValue::Choice(_) => choice.clone(),
            };
            let alone = method.set_value(key, &changed).expect("a value in its range");
            let layout = two_tensors(Group::new("b").with(key, changed));
            let mut together = Optimizer::<f64>::new(method, layout).expect("a valid optimizer");
            let mut first = Optimizer::<f64>::new(method, 3).expect("a valid optimizer");
            let mut second = Optimizer::<f64>::new(alone, 2).expect("a valid optimizer");
            let mut x = [1.0, -2.0, 0.5, 0.7, -1.5];
            let (mut y, mut z) = ([1.0, -2.0, 0.5], [0.7, -1.5]);
            for t in 0..20 {
                let g = gradient(5, t);
                together.step(&mut x, &g).expect("a finite gradient");
                first.step(&mut y, &g[..3]).expect("a finite gradient");
                second.step(&mut z, &g[3..]).expect("a finite gradient");
            }
            assert_eq!((&x[..3], &x[3..]), (&y[..], &z[..]), "{} with {key} of a group", method.name());
        }
    }
}

#[test]
fn a_learning_rate_set_at_every_step_is_a_schedule_to_the_bit() {
    let factors = [1.0, 0.5, 0.25, 2.0, 0.0, 1.0];
    let mut scheduled = OptimizerSpec::from(AdamW { lr: 0.125, ..AdamW::default() });
    scheduled.options.schedule = "piecewise:1=0.5,2=0.25,3=2,4=0,5=1".parse().expect("a schedule");
    for sparse in [false, true] {
        let layout = two_tensors(Group::new("b").with("weight_decay", 0.0));
        let mut scheduled = Optimizer::<f64>::new(scheduled.clone(), layout.clone()).expect("a valid optimizer");
        let mut set = Optimizer::<f64>::new(AdamW { lr: 0.125, ..AdamW::default() }, layout).expect("valid");
        let (mut x, mut y) = ([1.0, -2.0, 0.5, 0.7, -1.5], [1.0, -2.0, 0.5, 0.7, -1.5]);
        for (t, factor) in factors.into_iter().enumerate() {
            set.set_lr(0.125 * factor).expect("a learning rate");
            assert_eq!(set.lr().to_bits(), scheduled.lr().to_bits());
            assert_eq!(set.group_lr("b").expect("a group").to_bits(), scheduled.lr().to_bits());
            if sparse {
                let coordinates = [t as u32 % 3, 3 + t as u32 % 2];
                for (optimizer, x) in [(&mut scheduled, &mut x), (&mut set, &mut y)] {
                    optimizer.step_sparse(x, &coordinates, &[0.3, -0.2]).expect("ascending");
                }
            } else {
                scheduled.step(&mut x, &gradient(5, t as u64)).expect("a finite gradient");
                set.step(&mut y, &gradient(5, t as u64)).expect("a finite gradient");
            }
        }
        scheduled.sync_all(&mut x).expect("five numbers");
        set.sync_all(&mut y).expect("five numbers");
        assert_eq!(x, y, "sparse: {sparse}");
    }
}

#[test]
fn a_group_keeps_its_own_value_when_the_method_changes() {
    let layout = two_tensors(Group::new("b").with("lr", 0.5));
    let mut sgd = Optimizer::<f64>::new(Sgd { lr: 0.1, ..Sgd::default() }, layout).expect("a valid optimizer");
    sgd.set_lr(0.2).expect("a learning rate");
    assert_eq!((sgd.lr(), sgd.group_lr("b").expect("a group")), (0.2, 0.5));
    sgd.set_hyperparameter("weight_decay", 0.25).expect("a number in its range");
    assert_eq!(sgd.group_hyperparameter("b", "weight_decay").expect("a group"), Some(0.25.into()));
    sgd.set_group_hyperparameter("b", "weight_decay", 0.0).expect("a number in its range");
    let mut x = [1.0; 5];
    sgd.step(&mut x, &[1.0; 5]).expect("a finite gradient");
    assert_eq!(x, [1.0 - 0.2 * 1.25, 1.0 - 0.2 * 1.25, 1.0 - 0.2 * 1.25, 0.5, 0.5]);
}

#[test]
fn invalid_changes_name_the_group_and_change_nothing() {
    let mut adam = Optimizer::<f64>::new(Adam::default(), two_tensors(Group::new("b"))).expect("a valid optimizer");
    let text = |result: thalweg::Result<()>| result.expect_err("an invalid change").to_string();
    assert_eq!(text(adam.set_lr(f64::NAN)), "lr must be at least 0 and finite, but is NaN");
    let range = text(adam.set_group_hyperparameter("b", "beta1", 1.0));
    assert_eq!(range, "beta1 of group b must be in [0, 1), but is 1");
    assert_eq!(text(adam.set_group_hyperparameter("c", "beta1", 0.5)), "unknown group 'c'; known groups: b");
    assert!(text(adam.set_hyperparameter("rho", 0.5)).starts_with("unknown parameter of adam 'rho'; known"));
    assert!(text(adam.set_hyperparameter("eps_form", "elsewhere")).starts_with("unknown eps_form 'elsewhere'"));
    assert_eq!(text(adam.freeze_tensor("c")), "unknown tensor 'c'; known tensors: a, b");
    assert_eq!(text(adam.add_tensors(Tensor::new("a", 1))), "duplicate name 'a' in the tensors");
    assert_eq!(adam.len(), 5);
    assert_eq!(
        adam.state().expect("in sync"),
        Optimizer::<f64>::new(Adam::default(), two_tensors(Group::new("b")))
            .expect("a valid optimizer")
            .state()
            .expect("in sync")
    );
    let misspelt = Optimizer::<f64>::new(Adam::default(), two_tensors(Group::new("b").with("beta", 0.5)));
    assert!(misspelt.expect_err("an unknown key").to_string().starts_with("unknown parameter of adam 'beta'"));
}

#[test]
fn a_choice_that_needs_other_slots_is_refused_while_running() {
    let layout = two_tensors(Group::new("b"));
    let mut rmsprop = Optimizer::<f64>::new("rmsprop".parse::<OptimizerSpec>().expect("valid"), layout).expect("valid");
    let error = rmsprop.set_group_hyperparameter("b", "variance", "centered").expect_err("another slot").to_string();
    assert!(error.contains("expected") || error.contains("must be one with the same slots"), "{error}");
    // At the start it is a group as any other.
    let layout = two_tensors(Group::new("b").with("variance", "centered"));
    let state = Optimizer::<f64>::new("rmsprop".parse::<OptimizerSpec>().expect("valid"), layout);
    let state = state.expect("a valid optimizer").state().expect("in sync");
    assert!(state.slots.keys().filter(|slot| slot.starts_with("b.")).count() > 1, "{:?}", state.slots.keys());
}

#[test]
fn a_frozen_tensor_is_as_if_it_were_not_there() {
    for name in ["adam", "nadam:lr=0.01", "adam:clip_global_norm=0.5", "nag:nesterov=lookahead", "adam:ema=0.9"] {
        let spec: OptimizerSpec = name.parse().expect("a specification");
        let mut frozen = Optimizer::<f64>::new(spec.clone(), two_tensors(Group::new("b"))).expect("valid");
        let mut alone = Optimizer::<f64>::new(spec, Layout::from(Tensor::new("a", 3))).expect("valid");
        frozen.freeze_group("b").expect("a group");
        let (mut x, mut y) = ([1.0, -2.0, 0.5, 0.7, -1.5], [1.0, -2.0, 0.5]);
        for t in 0..10 {
            let mut g = gradient(5, t);
            (g[3], g[4]) = (f64::NAN, 1e9);
            let [whole, part] = [frozen.eval_point(&x).expect("five"), alone.eval_point(&y).expect("three")];
            assert_eq!((&whole[..3], &whole[3..]), (part, &[0.7, -1.5][..]), "{name}");
            if t % 2 == 0 {
                frozen.step(&mut x, &g).expect("the gradient of the others is finite");
            } else {
                // It may be omitted from the list.
                frozen.step_tensors(&mut [ParamGrad::new("a", &mut x[..3], &g[..3])]).expect("finite");
            }
            alone.step(&mut y, &g[..3]).expect("a finite gradient");
        }
        assert_eq!((&x[..3], &x[3..]), (&y[..], &[0.7, -1.5][..]), "{name}");
        assert_eq!(
            frozen.state().expect("in sync").slots[frozen_slot(name)],
            alone.state().expect("in sync").slots[frozen_slot(name)],
            "{name}"
        );
    }
}

fn frozen_slot(name: &str) -> &'static str {
    if name.starts_with("nag") { "a.velocity" } else { "a.m" }
}

#[test]
fn an_unfrozen_or_added_tensor_starts_with_its_own_clock() {
    let mut optimizer = Optimizer::<f64>::new(Nadam::default(), two_tensors(Group::new("b"))).expect("valid");
    optimizer.freeze_tensor("b").expect("a tensor");
    let mut x = vec![1.0, -2.0, 0.5, 0.7, -1.5];
    for t in 0..5 {
        optimizer.step(&mut x, &gradient(5, t)).expect("a finite gradient");
    }
    optimizer.unfreeze_tensor("b").expect("a tensor");
    optimizer.add_tensors(Layout::from(Tensor::new("c", 1).in_group("b"))).expect("a new tensor");
    x.push(3.0);
    let mut late = Optimizer::<f64>::new(Nadam::default(), 3).expect("a valid optimizer");
    let mut y = [0.7, -1.5, 3.0];
    for t in 5..15 {
        let g = gradient(6, t);
        optimizer.step(&mut x, &g).expect("a finite gradient");
        late.step(&mut y, &g[3..]).expect("a finite gradient");
    }
    assert_eq!(x[3..], y);
    assert_eq!(optimizer.steps(), 15);
}

#[test]
fn sparse_steps_leave_frozen_tensors_alone() {
    let spec = OptimizerSpec::from(AdamW { lr: 0.1, ..AdamW::default() });
    let mut optimizer = Optimizer::<f64>::new(spec.clone(), two_tensors(Group::new("b"))).expect("valid");
    let mut alone = Optimizer::<f64>::new(spec, 3).expect("a valid optimizer");
    optimizer.freeze_tensor("b").expect("a tensor");
    let (mut x, mut y) = ([1.0, -2.0, 0.5, 0.7, -1.5], [1.0, -2.0, 0.5]);
    for t in 0..300 {
        let i = t % 3;
        let point = optimizer.eval_point_sparse(&mut x, &[i, 4]).expect("ascending").to_vec();
        assert_eq!(point, [x[i as usize], -1.5]);
        optimizer.step_sparse(&mut x, &[i, 4], &[0.3, f64::NAN]).expect("the frozen gradient is not read");
        alone.step_sparse(&mut y, &[i], &[0.3]).expect("ascending");
    }
    assert!(optimizer.freeze_tensor("a").is_err(), "steps are pending");
    optimizer.sync_all(&mut x).expect("five numbers");
    alone.sync_all(&mut y).expect("three numbers");
    assert_eq!((&x[..3], &x[3..]), (&y[..], &[0.7, -1.5][..]));
}

#[test]
fn a_state_contains_everything_that_was_changed_while_running() {
    let layout = || Layout {
        tensors: vec![Tensor::new("a", 3), Tensor::new("b", 2).in_group("b"), Tensor::new("c", 1).in_group("b")],
        groups: vec![Group::new("b").with("beta1", 0.7)],
    };
    let build = || Optimizer::<f64>::new(Nadam::default(), layout()).expect("a valid optimizer");
    let mut optimizer = build();
    let mut x = [1.0, -2.0, 0.5, 0.7, -1.5, 3.0];
    optimizer.freeze_tensor("c").expect("a tensor");
    for t in 0..3 {
        optimizer.step(&mut x, &gradient(6, t)).expect("a finite gradient");
    }
    optimizer.set_lr(0.02).expect("a learning rate");
    optimizer.set_group_hyperparameter("b", "beta2", 0.9).expect("a number in its range");
    let json = serde_json::to_string(&optimizer.state().expect("in sync")).expect("plain data");
    let state: State<f64> = serde_json::from_str(&json).expect("its own JSON");
    let (mut resumed, mut y) = (build(), x);
    resumed.set_lr(7.0).expect("a learning rate");
    resumed.load_state(&state).expect("a state of this optimizer");
    for t in 3..9 {
        optimizer.step(&mut x, &gradient(6, t)).expect("a finite gradient");
        resumed.step(&mut y, &gradient(6, t)).expect("a finite gradient");
    }
    assert_eq!(x, y);
    assert_eq!(optimizer.state().expect("in sync"), resumed.state().expect("in sync"));
    assert_eq!(x[5], 3.0);
}

#[test]
fn a_state_of_a_later_version_or_another_layout_is_refused() {
    let mut adam = Optimizer::<f64>::new(Adam::default(), two_tensors(Group::new("b"))).expect("a valid optimizer");
    let before = adam.state().expect("in sync");
    let text = |result: thalweg::Result<()>| result.expect_err("another state").to_string();
    let later = State { version: 3, ..before.clone() };
    assert!(text(adam.load_state(&later)).ends_with("expected a version of at most 2, found 3"));
    let mut frozen = before.clone();
    frozen.frozen.insert("c".into());
    assert!(text(adam.load_state(&frozen)).ends_with("expected a tensor 'c', found none in the layout"));
    let mut changed = before.clone();
    changed.hyperparameters.insert("beta1".into(), 7.0.into());
    assert_eq!(text(adam.load_state(&changed)), "beta1 must be in [0, 1), but is 7");
    assert_eq!(adam.state().expect("in sync"), before);
}

#[test]
fn layouts_of_earlier_versions_are_read() {
    let json = r#"{"tensors":[{"name":"w","len":2,"group":"bias"}],
        "groups":[{"name":"bias","lr":null,"weight_decay":0.0}]}"#;
    let layout: Layout = serde_json::from_str(json).expect("a layout of the first version");
    assert_eq!(layout.groups, [Group::new("bias").with("weight_decay", 0.0)]);
}
