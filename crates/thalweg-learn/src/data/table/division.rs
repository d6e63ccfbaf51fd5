//! Ways to divide the rows of files among ranks.

use std::io::Read;

use crate::data::columnar::is_columnar;
use crate::data::encoding::detected_encoding;
use crate::data::foreign::foreign_format;
use crate::data::idx::is_idx;
use crate::data::input::Input;
use crate::data::read_options::ReadOptions;
use crate::data::source::{SIGNATURE_BYTES, signature};
use crate::error::{Error, Result};
use crate::team::{Team, gather_messages};

/// Division of the rows of files among ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Division {
    /// None: each rank reads all rows.
    None,
    /// By ranges of the bytes of texts.
    Bytes,
    /// By ranges of the rows of columnar files, whose numbers are known beforehand.
    Rows,
}

impl Division {
    /// Returns the division of files, which are the same on all ranks.
    ///
    /// # Errors
    /// A file that cannot be read; files of other sizes or formats on other ranks.
    pub(super) fn of(inputs: &[Input], options: &ReadOptions, team: &dyn Team) -> Result<Division> {
        let (mut are_texts, mut are_columnar) = (true, true);
        for input in inputs {
            let first = signature(input)?;
            are_columnar &= is_columnar(&first);
            are_texts = are_texts && is_plain_text(input, &first, options)?;
        }
        let division = match (are_texts, are_columnar) {
            (true, false) => Division::Bytes,
            (false, true) => Division::Rows,
            _ => Division::None,
        };
        let numbers = [division as u64].into_iter().chain(inputs.iter().map(Input::stored_bytes));
        check_equal(&numbers.flat_map(u64::to_ne_bytes).collect::<Vec<_>>(), team)?;
        Ok(division)
    }
}

/// Returns `true` for delimited or libsvm text whose bytes are those of the file: neither compressed nor in another
/// encoding.
fn is_plain_text(input: &Input, first: &[u8], options: &ReadOptions) -> Result<bool> {
    let mut stored = Vec::new();
    let read = input.random_access()?.reader(0).take(SIGNATURE_BYTES as u64).read_to_end(&mut stored);
    read.map_err(|source| input.read_error(source))?;
    if first != stored || is_columnar(first) || is_idx(first) || foreign_format(first).is_some() {
        return Ok(false);
    }
    let encoding = options.encoding.as_deref().or_else(|| detected_encoding(first));
    Ok(input.clone().with_encoding(encoding)?.is_utf8())
}

/// Returns an error on all ranks if one of them has other files.
fn check_equal(own: &[u8], team: &dyn Team) -> Result<()> {
    let all = gather_messages(team, own);
    let Some(rank) = all.iter().position(|files| *files != all[0]) else { return Ok(()) };
    let (what, expected) = ("the files of a rank".into(), "those of rank 0".into());
    let found = format!("files of other sizes or formats on rank {rank}");
    Err(Error::from(thalweg::Error::InvalidValue { what, expected, found }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::team::ThreadTeam;

    fn input(bytes: impl Into<Vec<u8>>) -> Input {
        Input::from_bytes(Path::new("x"), bytes.into())
    }

    #[test]
    fn compressed_and_recoded_files_are_not_divided() {
        let text = "a,b\n1,2\n".repeat(9);
        let zipped = zstd::encode_all(text.as_bytes(), 1).expect("the text is compressed");
        let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let images = [&[0, 0, 8, 3][..], &[0; 12]].concat();
        let parquet = b"PAR1....".to_vec();
        let cases = [
            (vec![input(text.clone())], Division::Bytes),
            (vec![input(text.clone()), input("1 2:3\n")], Division::Bytes),
            (vec![input(zipped)], Division::None),
            (vec![input(text.clone()), input(utf16)], Division::None),
            (vec![input(images)], Division::None),
            (vec![input(parquet.clone())], Division::Rows),
            (vec![input(parquet), input(text)], Division::None),
        ];
        for (inputs, expected) in cases {
            let found = ThreadTeam::run(2, |team| Division::of(&inputs, &ReadOptions::default(), team));
            assert!(found.iter().all(|found| found.as_ref().is_ok_and(|found| *found == expected)), "{expected:?}");
        }
    }

    #[test]
    fn other_files_on_other_ranks_are_refused() {
        for others in ["a,b\n1,2\n3,4\n", "PAR1AAAA"] {
            ThreadTeam::run(2, |team| {
                let inputs = [input(["a,b\n1,2\n", others][team.rank()])];
                let error = Division::of(&inputs, &ReadOptions::default(), team).expect_err("other files");
                assert!(error.to_string().contains("files of other sizes or formats on rank 1"), "{error}");
            });
        }
    }
}
