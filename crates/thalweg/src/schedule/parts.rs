//! Parts of composed schedules, and their serialized forms.

use serde::{Deserialize, Serialize};

use super::Schedule;

/// A breakpoint of [`Schedule::Piecewise`]. Serialized as the pair `[step, factor]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u64, f64)", into = "(u64, f64)")]
pub struct Breakpoint {
    /// First step at which the factor holds.
    pub step: u64,
    /// Factor of the learning rate, at least 0.
    pub factor: f64,
}

impl From<(u64, f64)> for Breakpoint {
    fn from((step, factor): (u64, f64)) -> Self {
        Self { step, factor }
    }
}

impl From<Breakpoint> for (u64, f64) {
    fn from(point: Breakpoint) -> Self {
        (point.step, point.factor)
    }
}

/// A schedule within a [`Schedule::Sequence`]. Serialized as the pair `[schedule, steps]`, with 0 for the rest of the
/// run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(Schedule, u64)", into = "(Schedule, u64)")]
pub struct SchedulePart {
    /// The schedule, which must not be a sequence itself.
    pub schedule: Schedule,
    /// Number of steps until the next part begins; `None`, in the last part only, for the rest of the run.
    pub steps: Option<u64>,
}

impl SchedulePart {
    /// Sets the open length of the schedule to that of the part.
    pub(super) fn closed(self) -> Self {
        match self.steps {
            Some(steps) => Self { schedule: self.schedule.with_total_steps(steps), ..self },
            None => self,
        }
    }
}

impl From<(Schedule, u64)> for SchedulePart {
    fn from((schedule, steps): (Schedule, u64)) -> Self {
        Self { schedule, steps: length::from_number(steps) }
    }
}

impl From<SchedulePart> for (Schedule, u64) {
    fn from(part: SchedulePart) -> Self {
        (part.schedule, part.steps.unwrap_or(0))
    }
}

/// The serialized form of a length: 0 for the rest of the run.
pub(super) mod length {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn from_number(steps: u64) -> Option<u64> {
        (steps > 0).then_some(steps)
    }

    #[allow(clippy::ref_option)] // serde calls it with a reference to the field
    pub(in super::super) fn serialize<S: Serializer>(steps: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        steps.unwrap_or(0).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        u64::deserialize(deserializer).map(from_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialized_forms_are_those_of_earlier_versions() {
        let text = |schedule: &str| {
            let schedule: Schedule = schedule.parse().expect("a valid schedule");
            let json = serde_json::to_string(&schedule).expect("a schedule serializes");
            let read: Schedule = serde_json::from_str(&json).expect("its own JSON is readable");
            assert_eq!(read, schedule);
            json
        };
        assert_eq!(text("cosine"), r#"{"cosine":{"steps":0,"end":0.0}}"#);
        assert_eq!(text("cosine:steps=0"), r#"{"cosine":{"steps":0,"end":0.0}}"#);
        assert_eq!(text("polynomial:steps=9"), r#"{"polynomial":{"steps":9,"end":0.0,"power":1.0}}"#);
        assert_eq!(text("piecewise:5=0.5,9=0.1"), r#"{"piecewise":[[5,0.5],[9,0.1]]}"#);
        assert_eq!(
            text("warmup:steps=3+constant"),
            r#"{"sequence":[[{"warmup":{"steps":3,"start":0.0}},3],["constant",0]]}"#
        );
    }
}
