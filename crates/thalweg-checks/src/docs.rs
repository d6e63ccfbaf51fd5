//! Documentation comments: long enough to say something, and in the usual form.

use crate::lexer;
use crate::source::Source;
use crate::violation::Violation;

/// Documentation of this many words or fewer says too little.
const SHORT_WORDS: usize = 3;

/// First words of a paraphrase where a noun phrase or a verb belongs.
const INDIRECT_STARTS: [&str; 5] = ["What", "Whether", "How", "Where", "Which"];

/// Finds documentation comments of three words or fewer, counted over the whole text of an item.
pub fn short(sources: &[Source]) -> Vec<Violation> {
    find(sources, |text| {
        let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
        (words <= SHORT_WORDS).then(|| format!("documentation of {words} words: \"{}\"", text.replace('\n', " ")))
    })
}

/// Finds documentation whose first line begins with What, Whether, How, Where or Which.
pub fn indirect(sources: &[Source]) -> Vec<Violation> {
    find(sources, |text| {
        let line = text.trim_start().lines().next().unwrap_or_default();
        let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        INDIRECT_STARTS.contains(&word).then(|| format!("documentation begins with {word}: \"{line}\""))
    })
}

fn find(sources: &[Source], judge: impl Fn(&str) -> Option<String>) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        for doc in lexer::docs(&source.text) {
            found.extend(judge(&doc.text).map(|message| Violation::new(&source.path, doc.line, message)));
        }
    }
    found
}
