//! Messages of event files: `event.proto` and `summary.proto` of TensorFlow, without the fields that are not used.

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    /// Time of the event in seconds since 1970.
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(oneof = "Content", tags = "3, 5")]
    pub(super) content: Option<Content>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Content {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<Number>,
}

/// Number with the name of its curve.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Number {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(oneof = "NumberValue", tags = "2")]
    pub(super) value: Option<NumberValue>,
}

/// Value of a number; 0 is written too.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum NumberValue {
    #[prost(float, tag = "2")]
    Simple(f32),
}
