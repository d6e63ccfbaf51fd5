//! One line of libsvm text.

use super::{IndexBase, Libsvm};

/// What is wrong, and the byte where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) must: &'static str,
}

const LABEL: &str = "a line must begin with a label that is a number";
const ONE_LABEL: &str = "a line must have one label, not several";
const ENTRY: &str = "behind the label must stand entries 'index:value'";
const INDEX: &str = "an index must be a whole number of at most 4294967294";
const FROM_ONE: &str = "an index must be at least 1 where the first feature is 1";
const TWICE: &str = "an index must stand only once in a line";
const VALUE: &str = "a value must be a finite number that fits in 32 bits";
const QID: &str = "a qid must be a whole number";

/// Powers of ten that an f64 holds exactly.
const TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Lines of a text.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    pub(super) base: IndexBase,
}

impl Line<'_> {
    /// Reads the line that begins at `at` and puts its row behind those of `into`; gives where the next begins.
    pub(super) fn parse(self, at: usize, into: &mut Libsvm) -> Result<usize, Fault> {
        let start = self.blanks(at);
        if self.over(start) {
            return Ok(self.next_line(start));
        }
        let (label, mut at) = self.label(start)?;
        let first = into.rows.index.len();
        let (mut ascending, mut least) = (true, 0);
        loop {
            at = self.blanks(at);
            if self.over(at) {
                break;
            }
            let (index, value, end) = self.entry(at)?;
            ascending &= index >= least;
            least = index + 1;
            into.rows.index.push(index);
            into.rows.value.push(value);
            at = end;
        }
        if !ascending {
            self.sort(start, first, into)?;
        }
        if let (Some(lowest), Some(highest)) = (into.rows.index[first..].first(), into.rows.index.last()) {
            into.lowest = into.lowest.min(*lowest);
            into.highest = into.highest.max(*highest);
        }
        into.labels.push(label);
        into.rows.ends.push(into.rows.index.len());
        Ok(self.next_line(at))
    }

    /// The label, and where it and a `qid` behind it end.
    fn label(self, at: usize) -> Result<(f64, usize), Fault> {
        let Some((label, end)) = self.number(at).filter(|(label, end)| label.is_finite() && self.ends(*end)) else {
            let token = &self.text[at..self.token_end(at)];
            let several = token.contains(&b',') && !token.contains(&b':');
            return Err(Fault { at, must: if several { ONE_LABEL } else { LABEL } });
        };
        let next = self.blanks(end);
        if !self.text[next..].starts_with(b"qid:") {
            return Ok((label, end));
        }
        let digits = next + b"qid:".len();
        let (_, end) = self.digits(digits);
        if end > digits && self.ends(end) { Ok((label, end)) } else { Err(Fault { at: digits, must: QID }) }
    }

    /// The entry that begins at `at`, and where it ends.
    #[inline]
    fn entry(self, at: usize) -> Result<(u32, f32, usize), Fault> {
        let (index, colon) = self.digits(at);
        if colon == at || self.text.get(colon) != Some(&b':') {
            let colon = self.text[at..self.token_end(at)].contains(&b':');
            return Err(Fault { at, must: if colon { INDEX } else { ENTRY } });
        }
        let index = u32::try_from(index).ok().filter(|&index| index < u32::MAX).ok_or(Fault { at, must: INDEX })?;
        if index == 0 && self.base == IndexBase::One {
            return Err(Fault { at, must: FROM_ONE });
        }
        let wrong = Fault { at: colon + 1, must: VALUE };
        let (value, end) = self.number(colon + 1).ok_or(wrong)?;
        let value = value as f32;
        if value.is_finite() && self.ends(end) { Ok((index, value, end)) } else { Err(wrong) }
    }

    /// Sorts the entries from `first` on by index. The line begins at `start`.
    #[cold]
    fn sort(self, start: usize, first: usize, into: &mut Libsvm) -> Result<(), Fault> {
        let (index, value) = (&mut into.rows.index[first..], &mut into.rows.value[first..]);
        let mut entries: Vec<(u32, f32)> = index.iter().copied().zip(value.iter().copied()).collect();
        entries.sort_by_key(|&(index, _)| index);
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Fault { at: self.second(start, pair[0].0), must: TWICE });
        }
        for ((index, value), entry) in index.iter_mut().zip(value).zip(entries) {
            (*index, *value) = entry;
        }
        Ok(())
    }

    /// Where the second entry of a feature stands in the line that begins at `start`.
    fn second(self, start: usize, index: u32) -> usize {
        let (mut at, mut seen) = (self.token_end(start), 0);
        loop {
            at = self.blanks(at);
            if self.over(at) {
                return start;
            }
            let (found, colon) = self.digits(at);
            seen += usize::from(found == u64::from(index) && self.text.get(colon) == Some(&b':') && colon > at);
            if seen == 2 {
                return at;
            }
            at = self.token_end(at);
        }
    }

    /// The number that begins at `at`, rounded to the nearest, and where it ends.
    #[inline]
    fn number(self, at: usize) -> Option<(f64, usize)> {
        let sign = self.text.get(at).copied();
        let start = at + usize::from(matches!(sign, Some(b'-' | b'+')));
        let (mut mantissa, mut end) = self.digits(start);
        let (mut digits, mut places) = (end - start, 0);
        if self.text.get(end) == Some(&b'.') {
            let (fraction, behind) = self.digits(end + 1);
            places = behind - end - 1;
            digits += places;
            if digits < 20 {
                // Less than 10¹⁹ < 2⁶⁴.
                mantissa = mantissa * TEN_WHOLE[places] + fraction;
            }
            end = behind;
        }
        // Both are exact, so that their quotient is the number rounded once (Clinger 1990).
        if (1..20).contains(&digits) && mantissa <= 1 << 53 && self.ends(end) {
            let size = mantissa as f64 / TEN[places];
            return Some((if sign == Some(b'-') { -size } else { size }, end));
        }
        self.any_number(at)
    }

    /// A number in any form that Rust knows.
    #[cold]
    fn any_number(self, at: usize) -> Option<(f64, usize)> {
        let end = self.token_end(at);
        let text = std::str::from_utf8(&self.text[at..end]).ok()?;
        text.parse().ok().map(|number| (number, end))
    }

    /// Digits from `at` on as a whole number, `u64::MAX` where it does not fit, and where they end.
    #[inline]
    fn digits(self, at: usize) -> (u64, usize) {
        let (mut number, mut end) = (0_u64, at);
        while let Some(&byte) = self.text.get(end) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            end += 1;
        }
        // 19 digits always fit.
        if end - at < 20 { (number, end) } else { (self.long(at, end), end) }
    }

    #[cold]
    fn long(self, at: usize, end: usize) -> u64 {
        let number = |number: u64, byte: &u8| number.checked_mul(10)?.checked_add(u64::from(byte - b'0'));
        self.text[at..end].iter().try_fold(0, number).unwrap_or(u64::MAX)
    }

    #[inline]
    fn blanks(self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(|&byte| is_blank(byte)) {
            at += 1;
        }
        at
    }

    /// Whether nothing more is on the line but maybe a comment.
    #[inline]
    fn over(self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b'\n' | b'#'))
    }

    /// Whether a word may end at `at`.
    #[inline]
    fn ends(self, at: usize) -> bool {
        self.text.get(at).is_none_or(|&byte| is_blank(byte) || byte == b'\n' || byte == b'#')
    }

    fn token_end(self, mut at: usize) -> usize {
        while !self.ends(at) {
            at += 1;
        }
        at
    }

    #[inline]
    fn next_line(self, at: usize) -> usize {
        if self.text.get(at) == Some(&b'\n') {
            return at + 1;
        }
        let rest = self.text.get(at..).unwrap_or_default();
        rest.iter().position(|&byte| byte == b'\n').map_or(self.text.len(), |more| at + more + 1)
    }
}

/// Powers of ten that fit in 64 bits.
const TEN_WHOLE: [u64; 20] = {
    let (mut powers, mut i) = ([1; 20], 1);
    while i < 20 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

/// Characters of a word shown in a message.
const SHOWN: usize = 40;

/// The word that begins at `at`, for a message.
pub(super) fn token(text: &[u8], at: usize) -> String {
    let end = Line { text, base: IndexBase::Auto }.token_end(at);
    let word = String::from_utf8_lossy(&text[at..end]);
    match word.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &word[..cut]),
        None => word.into_owned(),
    }
}
