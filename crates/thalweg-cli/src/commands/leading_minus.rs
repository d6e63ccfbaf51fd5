//! Formulas that begin with a minus sign, as options do.

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use thalweg_problems::Formula;

use super::{Command, Program};

/// Characters of which a formula has one after its first sign; `-max` is a mistyped option.
const OPERATORS: [char; 6] = ['+', '-', '*', '/', '^', '('];

impl Program {
    /// Parses the arguments of the program, of which the first one is its name. Where they have no meaning otherwise,
    /// `-x^2` is a formula and not the option `-x`.
    ///
    /// # Errors
    /// Arguments that have no meaning in either way, and requests for help or the version; see
    /// [`Parser::try_parse_from`].
    pub(crate) fn parse_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut arguments: Vec<OsString> = arguments.into_iter().collect();
        let error = match Self::try_parse_from(&arguments) {
            Ok(program) => return Ok(program),
            Err(error) => error,
        };
        let Some(position) = formula_position(&error, &arguments) else { return Err(error) };
        let formula = arguments.remove(position);
        arguments.extend(["--".into(), formula.clone()]);
        match Self::try_parse_from(&arguments) {
            Ok(program) if program.command.takes_formula() => Ok(program),
            Err(other) if unknown_argument(&other).is_none_or(|argument| argument != formula) => Err(other),
            _ => Err(error),
        }
    }
}

impl Command {
    fn takes_formula(&self) -> bool {
        matches!(self, Self::Minimize(_) | Self::Compare(_) | Self::Explore(_))
    }
}

/// Returns the position of an argument that may be a formula where the arguments had an error: an option that does not
/// exist, or one with a value (`-exp(x)` is `-e xp(x)`), which is wrong, or occurs twice, or leaves no formula.
fn formula_position(error: &clap::Error, arguments: &[OsString]) -> Option<usize> {
    use ErrorKind::{ArgumentConflict, MissingRequiredArgument, UnknownArgument, ValueValidation};
    if !matches!(error.kind(), UnknownArgument | ValueValidation | MissingRequiredArgument | ArgumentConflict) {
        return None;
    }
    arguments.iter().position(|argument| {
        let Some(text) = argument.to_str() else { return false };
        let has_operator =
            text.strip_prefix('-').is_some_and(|text| !text.starts_with('-') && text.contains(OPERATORS));
        let is_unknown = || unknown_argument(error).is_some_and(|unknown| text.starts_with(unknown));
        has_operator && (is_unknown() || Formula::parse(text).is_ok())
    })
}

/// Returns the argument that an error calls unknown.
fn unknown_argument(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) if error.kind() == ErrorKind::UnknownArgument => Some(argument),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Program, clap::Error> {
        Program::parse_arguments(["thalweg"].into_iter().chain(line.split(' ')).map(OsString::from))
    }

    /// The function of a command line, with the method of `minimize`.
    fn function(line: &str) -> (String, Option<String>) {
        match parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).command {
            Command::Minimize(command) => (command.function, command.method.map(|method| method.to_string())),
            Command::Compare(command) => {
                (command.on.expect("a function").into_string().expect("the text of the line"), None)
            }
            Command::Explore(command) => (command.function.expect("a function"), None),
            _ => panic!("{line} is another command"),
        }
    }

    #[test]
    fn a_formula_may_begin_with_a_minus_sign() {
        for formula in ["-x^2", "-(x^2)", "-x*y", "-sin(x)", "-exp(-x^2)", "-m*h", "-q/2", "-2*x", "-x-1", "-x^"] {
            for command in ["minimize", "compare", "explore"] {
                assert_eq!(function(&format!("{command} {formula}")).0, formula);
            }
            for line in ["minimize {} -m sgd:lr=0.1 --steps 9", "minimize --steps 9 -m sgd:lr=0.1 {} -s -1 -q"] {
                let line = line.replace("{}", formula);
                assert_eq!(function(&line), (formula.to_owned(), Some("sgd:lr=0.1".to_owned())), "{line}");
            }
            assert_eq!(function(&format!("compare -e 3 {formula} -s -1,2 -msgd,adam")).0, formula);
            assert_eq!(function(&format!("minimize --start -1 -- {formula}")).0, formula);
        }
    }

    #[test]
    fn options_remain_options() {
        for line in ["minimize -h -x^2", "minimize -x^2 -h", "minimize -x^2 --help"] {
            assert_eq!(parse(line).expect_err("the help").kind(), ErrorKind::DisplayHelp, "{line}");
        }
        for (line, unknown) in [
            ("minimize --metod sgd -x^2", "--metod"),
            ("minimize -x^2 --metod sgd", "--metod"),
            ("minimize --metod rosenbrock", "--metod"),
            ("minimize rosenbrock -x", "-x"),
            ("minimize rosenbrock -x^2", "-x"),
            ("minimize -x", "-x"),
            ("minimize -dim=2", "-d"),
            ("minimize -x^2 -y^2", "-y"),
            ("fit data.csv -x^2", "-x"),
            ("problems -x^2", "-x"),
        ] {
            let error = parse(line).expect_err(line);
            assert_eq!(unknown_argument(&error), Some(unknown), "{line}: {error}");
        }
        let error = parse("minimize rosenbrock -madm-1").expect_err("no such method").to_string();
        assert!(error.contains("unknown method 'adm-1'"), "{error}");
        assert_eq!(function("minimize -madam:lr=1e-3 rosenbrock"), ("rosenbrock".into(), Some("adam:lr=0.001".into())));
    }
}
