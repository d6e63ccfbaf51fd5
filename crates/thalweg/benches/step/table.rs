//! Text output of a row.

use super::measure::Row;

pub(crate) fn print(row: &Row, first: bool) {
    if first {
        println!("method        params  tensors threads state  ns/param    GB/s   roof  of roof");
    }
    let size = match row.n {
        n if n % (1 << 20) == 0 => format!("{} Mi", n >> 20),
        n if n % (1 << 10) == 0 => format!("{} Ki", n >> 10),
        n => n.to_string(),
    };
    println!(
        "{:10} {size:>9} {:>8} {:>7} {:5} {:>9.3} {:>7.1} {:>6.3} {:>8.2}{}",
        row.method,
        row.tensors,
        row.threads,
        row.state,
        row.ns_per_param,
        row.gb_per_s,
        row.roof_ns_per_param,
        row.roof_ratio,
        if row.checked { "" } else { "  WRONG RESULT" }
    );
}
