//! Instruction sets: the best one is detected at run time, and any other can be chosen.

use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulp::Arch;

use crate::error::Error;

/// Position in [`Isa::all`] of the instruction set that is forced, or a number beyond all of them.
static FORCED: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Instruction set of this machine. All give the same bits; they differ in speed.
///
/// ```
/// use thalweg::optimizer::Isa;
/// assert_eq!(Isa::all().first().map(|isa| isa.name()), Some("scalar"));
/// assert_eq!(Isa::best().name().parse::<Isa>()?.name(), Isa::best().name());
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Isa(Arch);

impl Isa {
    /// Returns the widest instruction set of this machine, or the one that is [forced](Isa::force).
    #[inline]
    pub fn best() -> Self {
        match FORCED.load(Ordering::Relaxed) {
            usize::MAX => Self::detected(),
            position => Self::all()[position],
        }
    }

    /// Detects the widest instruction set of this machine.
    pub fn detected() -> Self {
        Self(Arch::new())
    }

    /// Makes this the instruction set that [`Isa::best`] returns in the whole process, from now on: to compare speeds,
    /// or to see that the results have the same bits.
    ///
    /// ```
    /// use thalweg::optimizer::Isa;
    /// Isa::all()[0].force();
    /// assert_eq!(Isa::best().name(), "scalar");
    /// Isa::detected().force();
    /// ```
    pub fn force(self) {
        let position = Self::all().iter().position(|isa| isa.name() == self.name());
        FORCED.store(position.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    /// All instruction sets of this machine, from the scalar one to the widest.
    pub fn all() -> Vec<Self> {
        #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), expect(unused_mut))]
        let mut all = vec![Self(Arch::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(pulp::x86::V3::try_new().map(|isa| Self(Arch::V3(isa))));
            all.extend(pulp::x86::V4::try_new().map(|isa| Self(Arch::V4(isa))));
        }
        #[cfg(target_arch = "aarch64")]
        all.extend(pulp::aarch64::Neon::try_new().map(|isa| Self(Arch::Neon(isa))));
        all
    }

    /// Name: `scalar` (the baseline of the target), `avx2`, `avx512` or `neon`.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Arch::V4(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(_) => "neon",
            _ => "scalar",
        }
    }

    /// Runs `op`; what is inlined into it is compiled for this instruction set.
    ///
    /// ```
    /// use thalweg::optimizer::Isa;
    /// let numbers = [1.0, 2.0, 3.0];
    /// let doubled = Isa::best().run(#[inline(always)] || numbers.map(|x: f64| x * 2.0));
    /// assert_eq!(doubled, [2.0, 4.0, 6.0]);
    /// ```
    #[inline(always)]
    pub fn run<R>(self, op: impl FnOnce() -> R) -> R {
        self.0.dispatch(op)
    }
}

/// Parses the [name](Isa::name) of an instruction set of this machine.
impl FromStr for Isa {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let all = Self::all();
        all.iter().find(|isa| isa.name() == name).copied().ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|isa| isa.name()).collect();
            let (what, expected) = ("the instruction set".into(), format!("one of this machine: {}", names.join(", ")));
            Error::InvalidValue { what, expected, found: name.into() }
        })
    }
}

#[cfg(test)]
#[test]
fn instruction_sets_have_names_of_which_others_are_refused() {
    for isa in Isa::all() {
        assert_eq!(isa.name().parse::<Isa>().expect("its name").name(), isa.name());
    }
    let refused = "mmx".parse::<Isa>().expect_err("no machine here has it alone").to_string();
    assert!(refused.starts_with("the instruction set must be one of this machine: scalar"), "{refused}");
    assert!(refused.ends_with(", but is 'mmx'"), "{refused}");
}
