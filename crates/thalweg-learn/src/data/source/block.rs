//! What the readers give: rows as columns, or rows with few non-zeros.

use std::collections::HashMap;

/// Rows of a file as columns, all of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    /// The columns, in the order asked for.
    pub(crate) columns: Vec<Values>,
}

impl Block {
    /// The number of rows; 0 where there are no columns.
    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// NaN where there is no value.
    Numbers(Vec<f64>),
    /// Texts, dates among them.
    Texts(Texts),
}

impl Values {
    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            Values::Numbers(numbers) => numbers.len(),
            Values::Texts(texts) => texts.codes.len(),
        }
    }
}

/// Texts by number: most columns of text have few different ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// For each row the number of its text in `names`, or [`Texts::MISSING`].
    pub(crate) codes: Vec<u32>,
    /// The different texts, in order of first appearance.
    pub(crate) names: Vec<String>,
}

impl Texts {
    /// The code of a row without a text.
    pub(crate) const MISSING: u32 = u32::MAX;

    /// The text of a row, if it has one.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.names.get(self.codes[row] as usize).map(String::as_str)
    }

    /// The texts of the rows with these numbers, or none; names that no row has are left out.
    pub(crate) fn picked(&self, rows: impl Iterator<Item = Option<usize>>) -> Texts {
        let (mut codes, mut found) = (vec![Texts::MISSING; self.names.len()], Texts::default());
        for row in rows {
            let old = row.and_then(|row| self.codes.get(row)).map_or(Texts::MISSING, |&code| code);
            let Some(name) = self.names.get(old as usize) else {
                found.codes.push(Texts::MISSING);
                continue;
            };
            let code = &mut codes[old as usize];
            if *code == Texts::MISSING {
                *code = found.names.len() as u32;
                found.names.push(name.clone());
            }
            found.codes.push(*code);
        }
        found
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(texts: I) -> Texts {
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut found = Texts::default();
        for text in texts {
            let code = text.map_or(Texts::MISSING, |text| {
                let text = text.as_ref();
                known.get(text).copied().unwrap_or_else(|| {
                    let code = found.names.len() as u32;
                    known.insert(text.to_string(), code);
                    found.names.push(text.to_string());
                    code
                })
            });
            found.codes.push(code);
        }
        found
    }
}

/// Rows with few non-zeros, end to end (compressed sparse rows).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sparse {
    /// Where each row ends in `index` and `value`.
    pub(crate) ends: Vec<usize>,
    /// The feature of each entry, ascending within a row.
    pub(crate) index: Vec<u32>,
    /// The value of each entry.
    pub(crate) value: Vec<f32>,
}

impl Sparse {
    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    /// The features and values of a row.
    pub(crate) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        (&self.index[start..self.ends[row]], &self.value[start..self.ends[row]])
    }

    /// Puts the rows of `other` behind these.
    pub(crate) fn append(&mut self, other: &Sparse) {
        let before = self.index.len();
        self.ends.extend(other.ends.iter().map(|end| before + end));
        self.index.extend_from_slice(&other.index);
        self.value.extend_from_slice(&other.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_as_they_come() {
        let texts: Texts = [Some("b"), None, Some("a"), Some("b"), Some("")].into_iter().collect();
        assert_eq!(texts.names, ["b", "a", ""]);
        assert_eq!(texts.codes, [0, Texts::MISSING, 1, 0, 2]);
        assert_eq!((texts.get(1), texts.get(3)), (None, Some("b")));
    }

    #[test]
    fn sparse_rows_are_put_end_to_end() {
        let mut rows = Sparse { ends: vec![0, 2], index: vec![1, 4], value: vec![0.5, 2.0] };
        rows.append(&rows.clone());
        assert_eq!(rows.ends, [0, 2, 2, 4]);
        assert_eq!(rows.row(2), (&[][..], &[][..]));
        assert_eq!(rows.row(3), (&[1, 4][..], &[0.5, 2.0][..]));
    }
}
