//! libsvm text: a label and the non-zero features of a row on each line, `label [qid:n] index:value … [# comment]`.

mod entries;
mod line;
mod parser;
mod reader;
#[cfg(test)]
mod tests;

pub(super) use reader::{LibsvmReader, libsvm_format};
