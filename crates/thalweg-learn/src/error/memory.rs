//! Memory that an operation needs, in comparison to what it may use.

use std::fmt;

/// Part of the memory that an operation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryPart {
    /// Use of the memory, such as "weights".
    pub what: String,
    /// Size in bytes.
    pub bytes: u64,
}

impl MemoryPart {
    pub(crate) fn new(what: impl Into<String>, bytes: usize) -> Self {
        Self { what: what.into(), bytes: bytes as u64 }
    }
}

/// Limit on memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    /// Limit that the caller set, in bytes.
    Given(u64),
    /// Memory in bytes that the system can give to the program at most.
    System(u64),
}

impl MemoryLimit {
    /// Returns the limit in bytes.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Given(bytes) | Self::System(bytes) => bytes,
        }
    }
}

/// Memory that an operation needs, and the limit that it exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryNeed {
    /// Limit that is exceeded.
    pub limit: MemoryLimit,
    /// Parts of the memory, whose sum is needed.
    pub parts: Vec<MemoryPart>,
}

impl MemoryNeed {
    /// Returns the sum of the parts in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).fold(0, u64::saturating_add)
    }

    /// Returns the limit in words.
    pub(super) fn expected(&self) -> String {
        let size = size_text(self.limit.bytes());
        match self.limit {
            MemoryLimit::Given(_) => format!("at most {size} of memory"),
            MemoryLimit::System(_) => format!("at most {size} of memory, as much as the system has"),
        }
    }

    /// Returns the sum and its parts in words, the largest part first.
    pub(super) fn found(&self) -> String {
        let mut parts: Vec<&MemoryPart> = self.parts.iter().filter(|part| part.bytes >> 20 > 0).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        let parts: Vec<String> = parts.iter().map(|part| format!("{} {}", part.what, size_text(part.bytes))).collect();
        format!("a need of about {}: {}", size_text(self.bytes()), parts.join(", "))
    }
}

impl std::error::Error for MemoryNeed {}

impl fmt::Display for MemoryNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}

/// Returns a size in MiB or, from 10 GiB on, in GiB.
fn size_text(bytes: u64) -> String {
    if bytes < 10 << 30 { format!("{} MiB", bytes >> 20) } else { format!("{} GiB", bytes >> 30) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_spelled_out_from_the_largest_part_on() {
        let parts = vec![
            MemoryPart::new("weights 10,000,000 × 8 B", 80_000_000),
            MemoryPart::new("order of the rows", 4_000),
            MemoryPart::new("optimizer state of adam", 160_000_000),
        ];
        let need = MemoryNeed { limit: MemoryLimit::Given(200 << 20), parts };
        assert_eq!(
            need.to_string(),
            "expected at most 200 MiB of memory, found a need of about 228 MiB: optimizer state of adam 152 MiB, \
             weights 10,000,000 × 8 B 76 MiB"
        );
        let system = MemoryNeed { limit: MemoryLimit::System(23 << 30), ..need };
        assert!(system.to_string().starts_with("expected at most 23 GiB of memory, as much as the system has, found"));
    }
}
