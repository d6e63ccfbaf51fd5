//! Values, derivatives and error messages of formulas.

use super::*;

fn value(text: &str, x: &[f64]) -> f64 {
    Formula::parse(text).expect(text).value(x).expect("x of the right length")
}

#[test]
fn operators_have_their_usual_precedence() {
    let cases = [
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("8-3-2", 3.0),
        ("16/4/2", 2.0),
        ("2^3^2", 512.0),
        ("2**3", 8.0),
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^-1", 0.5),
        ("2*-3", -6.0),
        ("--2", 2.0),
        ("+2", 2.0),
        ("2^-2^2", 0.0625),
        ("-2^-2*4", -1.0),
        ("1e2+.5", 100.5),
        ("max(1,2,3)-min(4,2)", 1.0),
        ("pow(2,3)", 8.0),
        ("log(e)+cos(pi)", 0.0),
        ("sqrt(abs(-4))", 2.0),
    ];
    for (text, expected) in cases {
        assert!((value(text, &[]) - expected).abs() < 1e-15, "{text} is {} and not {expected}", value(text, &[]));
    }
    assert_eq!(value("x2 + 10*x10 + 100*a", &[1.0, 2.0, 3.0]), 2.0 + 30.0 + 100.0, "in the order a, x2, x10");
}

/// One formula for each operation, twice differentiable at the points.
const SMOOTH: [&str; 20] = [
    "x+2*y",
    "x-y/3",
    "x*y",
    "x/y",
    "x^y",
    "y^x",
    "2^x+3^y",
    "x^3+y^-2+x^1.5",
    "sqrt(x)*y",
    "exp(x*y)",
    "ln(x+y)",
    "log10(x)*log2(y)",
    "sin(x)*cos(y)",
    "tan(x*y/3)",
    "asin(x/3)+acos(y/4)",
    "atan(x*y)",
    "sinh(x)*cosh(y)",
    "tanh(x-y)",
    "abs(x-3*y)*x",
    "max(x,y)^3+min(x,2)*y*y",
];

#[test]
fn gradients_and_hessians_are_those_of_finite_differences() {
    for text in SMOOTH {
        let mut formula = Formula::with_variables(text, &["x", "y"]).expect(text);
        for x in [[0.7, 1.3], [1.9, 0.4]] {
            let mut g = [0.0; 2];
            formula.eval(&x, &mut g).expect("two variables");
            let hessian = formula.hessian(&x).expect("two variables");
            // Central differences: h² for truncation, 1e-16/h for rounding; the second ones of gradients.
            let h = 1e-5;
            for i in 0..2 {
                let at = |step: f64| {
                    let mut x = x;
                    x[i] += step;
                    x
                };
                let derivative = (value_at(&mut formula, at(h)) - value_at(&mut formula, at(-h))) / (2.0 * h);
                assert!(
                    (g[i] - derivative).abs() < 1e-7 * (1.0 + derivative.abs()),
                    "{text}: derivative {i} {} {derivative}",
                    g[i]
                );
                let (mut above, mut below) = ([0.0; 2], [0.0; 2]);
                formula.eval(&at(h), &mut above).expect("two variables");
                formula.eval(&at(-h), &mut below).expect("two variables");
                for j in 0..2 {
                    let second = (above[j] - below[j]) / (2.0 * h);
                    let found = hessian[2 * i + j];
                    assert!((found - second).abs() < 1e-6 * (1.0 + second.abs()), "{text}: {i}, {j}: {found} {second}");
                }
            }
        }
    }
}

fn value_at(formula: &mut Formula, x: [f64; 2]) -> f64 {
    formula.value(&x).expect("two variables")
}

#[test]
fn unused_operands_have_derivative_zero() {
    let mut formula = Formula::parse("x*sqrt(x) + min(1, sqrt(y)) + 0*ln(y+1)").expect("a formula");
    let mut g = [0.0; 2];
    formula.eval(&[0.0, 4.0], &mut g).expect("two variables");
    assert_eq!(g, [0.0, 0.0]);
}

#[test]
fn syntax_errors_show_the_position() {
    let message = |text: &str| Formula::parse(text).expect_err(text).to_string();
    let incomplete = message("(1-x)^2 + ");
    assert!(incomplete.contains("a number, a variable, a function or ("), "{incomplete}");
    assert!(incomplete.ends_with("the end of the formula\n  (1-x)^2 + \n            ^"), "{incomplete}");
    for (text, column, said) in [
        ("", 0, "the end of the formula"),
        ("2x", 1, "an operator, such as * for a product"),
        ("x + * y", 4, "'*'"),
        ("(x", 0, "a ( that is not closed"),
        ("x)", 1, "a ) that closes none"),
        ("sin x", 3, "( after sin"),
        ("foo(x)", 0, "'foo'; known: sqrt"),
        ("x(2)", 0, "'x'; known: sqrt"),
        ("pi(2)", 0, "the constant 'pi' (a product needs *)"),
        ("sin(x, y)", 5, "a second argument of sin"),
        ("min(x)", 0, "two or more arguments of min"),
        ("(x, y)", 2, "a comma outside the arguments"),
        ("x $ y", 2, "'$'"),
        ("1.2.3", 3, "an operator"),
        (".", 0, "'.'"),
    ] {
        let message = message(text);
        let caret = message.lines().last().expect("a line").len() - 3;
        assert!(message.contains(said) && caret == column, "{text}: {message}");
    }
    let unknown = Formula::with_variables("x+z", &["x", "y"]).expect_err("no z").to_string();
    assert!(unknown.contains("'z'; known: x, y"), "{unknown}");
    for name in ["sin", "pi", "2x", "", "a b"] {
        assert!(Formula::with_variables("1", &[name]).is_err(), "{name}");
    }
}

#[test]
fn long_and_deeply_nested_formulas_are_parsed() {
    let deep = "(".repeat(30_000) + "x" + &")".repeat(30_000);
    assert_eq!(value(&deep, &[2.0]), 2.0);
    assert!(Formula::parse(&"(".repeat(60_000)).is_err());
    assert!(Formula::parse(&"-".repeat(60_000)).is_err());
    assert!(Formula::parse(&"x+".repeat(500_000)).expect_err("too long").to_string().contains("1000000 bytes long"));
    let sum = vec!["x"; 20_000].join("+");
    assert_eq!(value(&sum, &[1.0]), 20_000.0);
}

#[test]
fn conditions_compare_two_formulas() {
    let names = ["x", "y"];
    let holds = |text: &str, x: [f64; 2]| Condition::parse(text, &names).expect(text).holds(&x).expect("two variables");
    assert!(holds("abs(y) > 1", [0.0, -2.0]) && !holds("abs(y) > 1", [0.0, 1.0]));
    assert!(holds("y >= 1", [0.0, 1.0]) && holds("x<y", [0.0, 1.0]) && holds("x+1<=y", [0.0, 1.0]));
    assert!(!holds("x < y", [f64::NAN, 1.0]));
    for (text, column) in [("y", 1), ("y > z", 4), ("0 < y < 1", 6), ("> 1", 0), ("x >", 3)] {
        let message = Condition::parse(text, &names).expect_err(text).to_string();
        assert_eq!(message.lines().last().expect("a line").len() - 3, column, "{message}");
    }
}
