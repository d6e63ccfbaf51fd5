//! Which states of the parameters of a group are in packs, from step to step.
//!
//! To look up the memory of the tensors of a state takes longer than to update a few numbers. Where they are parts of a
//! pack, it is enough to look up the pack, as long as no tensor in the states was replaced or has got other memory.
//! This is so if only the states hold these tensors, and nobody has had access to the states since their memory was
//! seen to be in the pack: the version of the group changes at each access.

use pyo3::prelude::*;

use super::pack::PyStatePack;

/// State of a parameter in one of the packs of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Number of the pack among those of the layout.
    pub(super) pack: usize,
    /// Number of the parameter in the pack.
    pub(super) index: usize,
}

/// A parameter of a group.
#[derive(Debug)]
pub(super) struct KnownParam {
    /// Address of the object, which the states keep alive as their key.
    address: usize,
    /// `None` for a state that has to be looked up.
    pub(super) place: Option<Place>,
}

impl KnownParam {
    pub(super) fn new(param: &Bound<'_, PyAny>, place: Option<Place>) -> Self {
        Self { address: param.as_ptr().addr(), place }
    }

    /// Returns `true` for the same object.
    pub(super) fn is(&self, param: &Bound<'_, PyAny>) -> bool {
        param.as_ptr().addr() == self.address
    }
}

/// Places of the states of the parameters of a group.
#[derive(Debug)]
pub(super) struct GroupLayout {
    pub(super) version: u64,
    pub(super) params: Vec<KnownParam>,
    pub(super) packs: Vec<Py<PyStatePack>>,
}
