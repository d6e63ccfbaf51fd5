//! Values computed once for each distinct text of a column.

use super::store::Table;
use crate::data::cell::Cell;
use crate::error::Result;
use crate::interrupt::ROWS_PER_LOOK;

impl Table<'_> {
    /// Calls `visit` with the index in `rows` of each row, and what `value` returns for its cell. In a column with
    /// fewer distinct texts than `rows`, `value` is called once for each text among them, otherwise for each cell.
    /// Fastest if the rows ascend.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(in crate::data) fn gather_values<'t, T: Copy>(
        &'t self,
        column: usize,
        rows: &[usize],
        mut value: impl FnMut(Cell<'t>) -> T,
        mut visit: impl FnMut(usize, T),
    ) -> Result<()> {
        let column = &self.columns[column];
        let texts = column.distinct_texts();
        let mut of_texts = vec![None; if texts < rows.len() { texts } else { 0 }];
        let mut i = 0;
        for rows in rows.chunks(ROWS_PER_LOOK) {
            self.interrupt.check()?;
            for rows in self.block_rows(rows) {
                let codes = column.codes(rows.block, 0..rows.of_block.len());
                for row in rows.in_block() {
                    // The code of a missing cell is beyond all texts.
                    let of_text = codes.and_then(|(codes, _)| of_texts.get_mut(codes[row] as usize));
                    let of_cell = match of_text {
                        Some(of_text) => *of_text.get_or_insert_with(|| value(column.cell(rows.block, row))),
                        None => value(column.cell(rows.block, row)),
                    };
                    visit(i, of_cell);
                    i += 1;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::read_options::ReadOptions;

    #[test]
    fn values_are_those_of_the_cells_and_computed_once_for_a_text() {
        // A column of few texts and missing cells, one of texts that are all different, and one of numbers.
        let record = |i: usize| format!("{},t{i},{}\n", ["red", "green", "", "blue"][i % 7 % 4], i % 5);
        let text = format!("few,many,number\n{}", (0..50_000).map(record).collect::<String>());
        let table = Table::parse(Path::new("x"), text.into(), &ReadOptions::default()).expect("the text is a table");
        for rows in [(0..50_000).collect::<Vec<_>>(), (0..50_000).step_by(5).rev().collect(), vec![], vec![9]] {
            for column in 0..3 {
                let (mut found, mut expected, mut calls) = (Vec::new(), Vec::new(), 0);
                let value = |cell| {
                    calls += 1;
                    cell
                };
                table.gather_values(column, &rows, value, |i, cell| found.push((i, cell))).expect("no interruption");
                table.gather(column, &rows, |i, cell| expected.push((i, cell))).expect("no interruption");
                assert_eq!(found, expected, "column {column}");
                let missing = expected.iter().filter(|(_, cell)| *cell == Cell::Missing).count();
                let is_memorized = column == 0 && rows.len() > 3;
                assert_eq!(calls, if is_memorized { missing + 3 } else { rows.len() }, "column {column}");
            }
        }
    }
}
