//! Hyperparameters by name: typed access, text forms, and keys of earlier versions.

use thalweg::method::{HYPERPARAMETERS, HyperparamValue, Momentum, MomentumForm, Nag, NesterovForm};
use thalweg::{Error, Method, OptimizerOptions, OptimizerSpec};

fn spec(text: &str) -> OptimizerSpec {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn numbers_are_written_as_json_writes_them() {
    let numbers = [0.0, 1.0, 0.9, 1e-3, 1e-4, 5e-5, 1e-5, 9.9e-6, 1e-7, 1e-16, 2.5e-300, 123_456.789, 1e15, 1e16, 1e22];
    for number in numbers {
        let json = serde_json::to_string(&number).expect("a finite number");
        assert_eq!(HyperparamValue::Number(number).to_string(), json);
        assert_eq!(serde_json::to_string(&HyperparamValue::Number(number)).expect("a finite number"), json);
    }
    assert_eq!(serde_json::to_string(&HyperparamValue::from("hat")).expect("a string"), "\"hat\"");
}

#[test]
fn a_number_reaches_the_method_unchanged() {
    let odd = f64::from_bits(0.1_f64.to_bits() + 1);
    for method in Method::all() {
        let set = method.set("lr", odd).expect("in range");
        assert_eq!((set.get("lr"), set.lr().to_bits()), (Some(HyperparamValue::Number(odd)), odd.to_bits()));
        assert!(matches!(method.set("lr", -1.0), Err(Error::Range { .. })));
        assert!(matches!(method.set("lr", f64::NAN), Err(Error::Range { .. })));
        assert!(matches!(method.set("rate_of_learning", 1.0), Err(Error::Unknown { .. })));
        for (key, value) in method.hyperparameters() {
            assert!(HYPERPARAMETERS.iter().any(|row| row.name == key), "{key} is not in the table");
            assert_eq!(method.set_text(key, &value.to_string()).expect("its own text"), method, "{key}={value}");
        }
    }
}

#[test]
fn a_number_is_no_choice_and_a_choice_no_number() {
    let adam = Method::named("adam").expect("a method");
    let error = adam.set("eps_form", 1.0).expect_err("a choice").to_string();
    assert_eq!(error, "unknown eps_form '1'; known eps_forms: outside, inside, hat");
    let error = adam.set_text("beta1", "outside").expect_err("a number").to_string();
    assert_eq!(error, "beta1 must be a number, but is 'outside'");
}

#[test]
fn keys_and_choices_of_earlier_versions_are_still_read() {
    for (old, new) in [
        ("momentum:rate=outside", "momentum:form=lr_outside"),
        ("momentum:rate=inside,dampening=0.3", "momentum:form=lr_inside,dampening=0.3"),
        ("momentum:rate=average", "momentum:form=ema"),
        ("rmsprop:momentum=0.5,rate=inside", "rmsprop:momentum=0.5,form=lr_inside"),
        ("nag:rate=inside", "nag:form=lr_inside"),
        ("nag:form=shifted", "nag:nesterov=lookahead"),
        ("nag:form=lookahead_free", "nag:nesterov=simplified"),
        ("nag:form=shifted,rate=inside", "nag:nesterov=lookahead,form=lr_inside"),
    ] {
        assert_eq!(spec(old), spec(new), "{old}");
        assert_eq!(spec(new).to_string().parse::<OptimizerSpec>().expect("its own text"), spec(new));
    }
    let momentum: Momentum = serde_json::from_str(r#"{"rate":"inside"}"#).expect("the old form");
    assert_eq!(momentum, Momentum { form: MomentumForm::LrInside, ..Momentum::default() });
    let nag: Nag = serde_json::from_str(r#"{"nesterov":"shifted"}"#).expect("the old name");
    assert_eq!(nag, Nag { nesterov: NesterovForm::Lookahead, ..Nag::default() });
}

#[test]
fn an_unknown_key_lists_hyperparameters_and_options() {
    let Err(Error::Unknown { what, name, known }) = "adam:beta3=0.1".parse::<OptimizerSpec>() else {
        panic!("adam has no beta3");
    };
    assert_eq!((what.as_str(), name.as_str()), ("parameter of adam", "beta3"));
    assert_eq!(known[..6], ["lr", "beta1", "beta2", "eps", "eps_form", "weight_decay"]);
    assert_eq!(known[6..], OptimizerOptions::KEYS.iter().map(|key| key.name).collect::<Vec<_>>());
}

#[test]
fn every_option_key_is_parsed() {
    for key in OptimizerOptions::KEYS {
        let value = match key.values {
            "limit of each coordinate" | "limit of each tensor's norm" | "limit of the joint norm" => "2",
            "number added to a norm" | "decay rate in [0, 1)" => "0.5",
            "number of gradients" | "whole number" => "3",
            choices => choices.split('|').next().expect("at least one"),
        };
        spec(&format!("adam:{}={value}", key.name));
        let Err(error) = format!("adam:{}=?", key.name).parse::<OptimizerSpec>() else {
            panic!("{} takes anything", key.name);
        };
        // The choices of the table are those of the parser.
        if key.values.contains('|') {
            let Error::Unknown { known, .. } = error else { panic!("{}: {error}", key.name) };
            let listed: Vec<_> = key.values.split('|').collect();
            assert!(listed.iter().all(|choice| known.iter().any(|known| known == choice)), "{}: {known:?}", key.name);
        }
    }
}
