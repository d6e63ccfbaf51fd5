//! Memory that the program may use.

use crate::data::Schema;
use crate::error::{MemoryLimit, MemoryNeed, MemoryPart, Result};

/// Bytes needed while files are read: the program, its threads, and the blocks of text being parsed.
pub(crate) const READING_BYTES: usize = 96 << 20;

/// Smallest memory limit that leaves room for data, in bytes.
const MIN_LIMIT: usize = READING_BYTES + (32 << 20);

/// Bytes for a level of a category besides its texts: entries of the schema, of dictionaries and of the report.
const BYTES_PER_LEVEL: usize = 400;

/// Copies of the text of a level: in the schema, in the model file and in the report.
const COPIES_OF_LEVEL: usize = 6;

/// Bytes for a coefficient in the report: its number, and texts for its name and its class.
const BYTES_PER_COEFFICIENT: usize = 144;

/// Bytes of the program itself, of the buffers of its threads, and of memory that it has freed but not returned.
pub(crate) const PROGRAM_BYTES: usize = 64 << 20;

/// Checks that a memory limit leaves room for data.
pub(crate) fn check_limit(limit: Option<usize>) -> Result<()> {
    limit.map_or(Ok(()), |limit| {
        Ok(thalweg::Error::range("max_memory", "at least 128M", limit as f64, limit >= MIN_LIMIT)?)
    })
}

/// Returns the memory that the levels of all categories of a schema take.
pub(crate) fn levels(schema: &Schema) -> MemoryPart {
    let (count, bytes) = schema.size_of_levels();
    MemoryPart::new("levels of categories", count * BYTES_PER_LEVEL + bytes * COPIES_OF_LEVEL)
}

/// Returns the memory of the coefficients in the report of a linear model of several classes; of one score, they are
/// among the levels.
pub(crate) fn coefficients(schema: &Schema) -> MemoryPart {
    let (outputs, listed) = (schema.target.outputs(), schema.listed_coefficient_count());
    let count = if outputs > 1 { listed.saturating_mul(outputs) } else { 0 };
    MemoryPart::new("coefficients of the report", count.saturating_mul(BYTES_PER_COEFFICIENT))
}

/// Returns an error if the parts, together with the program, need more memory than the limit in bytes, or without one
/// than the system has.
pub(crate) fn check(parts: Vec<MemoryPart>, limit: Option<usize>) -> Result<()> {
    let system = || system_bytes().map(MemoryLimit::System);
    let Some(limit) = limit.map(|bytes| MemoryLimit::Given(bytes as u64)).or_else(system) else { return Ok(()) };
    let program = MemoryPart::new("program and its buffers", PROGRAM_BYTES);
    let need = MemoryNeed { limit, parts: parts.into_iter().chain([program]).collect() };
    if need.bytes() > limit.bytes() { Err(need.into()) } else { Ok(()) }
}

/// Returns the most memory that the system can give to the program; `None` where that is not known.
fn system_bytes() -> Option<u64> {
    let read = |path| std::fs::read_to_string(path).ok();
    let installed = read("/proc/meminfo").and_then(|text| {
        let of = |name| Some(number_after(&text, name)? << 10);
        Some(of("MemTotal:")? + of("SwapTotal:").unwrap_or(0))
    });
    let limits = read("/proc/self/limits").unwrap_or_default();
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let group = group.into_iter().filter_map(read).filter_map(|text| text.trim().parse().ok());
    let process = ["Max address space", "Max data size"].into_iter().filter_map(|name| number_after(&limits, name));
    installed.into_iter().chain(group).chain(process).min()
}

/// Returns the first word of a line after its name, if it is a number.
fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_the_name_of_their_line() {
        let text = "MemFree:  5 kB\nMemTotal:       24684260 kB\nMax data size   unlimited  unlimited  bytes\n";
        assert_eq!(number_after(text, "MemTotal:"), Some(24_684_260));
        assert_eq!(number_after(text, "Max data size"), None);
        assert_eq!(number_after(text, "SwapTotal:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn more_than_the_system_has_is_refused_without_a_limit() {
        assert!(system_bytes().is_some_and(|bytes| bytes > 1 << 20));
        assert!(check(vec![MemoryPart::new("weights", 1 << 20)], None).is_ok());
        let error = check(vec![MemoryPart::new("weights", 1 << 60)], None).expect_err("no system has as much");
        assert!(error.to_string().contains("as much as the system has"), "{error}");
    }
}
