//! Check of the claims in the footer of a Parquet file, before the decoder allocates what they say.

use std::io::{Read, Seek, SeekFrom};

use super::format::Decoded;
use super::thrift::{BINARY, BOOLEAN, BYTE, I32, I64, KnownField, LIST, STRUCT, ThriftError, ThriftReader};

/// Most groups inside one another. The decoder recurses into them.
const MAX_DEPTH: usize = 100;

/// Number of columns that any file may have.
const MAX_COLUMNS: usize = 1 << 16;

/// Fewest bytes of a file for each column beyond that: its type, its place, and one page.
const BYTES_PER_COLUMN: u64 = 48;

/// Fewest bytes of the footer for each column of each group of rows.
const BYTES_PER_CHUNK: usize = 8;

/// Types of the fields of a schema element.
const ELEMENT: [KnownField; 10] =
    [(1, I32), (2, I32), (3, I32), (4, BINARY), (5, I32), (6, I32), (7, I32), (8, I32), (9, I32), (10, STRUCT)];

/// Checks the schema and the number of row groups.
///
/// # Errors
///
/// A description of the claim that no file of this length can keep, or of the damage.
pub(super) fn check_footer(file: &mut (impl Read + Seek)) -> Decoded<()> {
    let length = file.seek(SeekFrom::End(0)).map_err(|error| error.to_string())?;
    let Some(bytes) = footer(file, length).map_err(|error| error.to_string())? else {
        return Err("the file ends before its footer does".to_string());
    };
    let claims = claims(&mut ThriftReader::new(&bytes)).map_err(|error| match error {
        FooterError::Damaged => "its footer is damaged".to_string(),
        FooterError::Claim(reason) => reason,
    })?;
    let (columns, groups) = (claims.columns, claims.groups);
    if columns > MAX_COLUMNS && columns as u64 > length / BYTES_PER_COLUMN {
        return Err(format!("{length} bytes cannot have {columns} columns"));
    }
    if groups.saturating_mul(columns) > bytes.len() / BYTES_PER_CHUNK {
        return Err(format!("a footer of {} bytes cannot have {groups} groups of {columns} columns", bytes.len()));
    }
    Ok(())
}

/// Reads the bytes of the footer; `None` if the file is too short.
fn footer(file: &mut (impl Read + Seek), length: u64) -> std::io::Result<Option<Vec<u8>>> {
    let Some(start) = length.checked_sub(8) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut end = [0; 8];
    file.read_exact(&mut end)?;
    let claimed = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    let Some(start) = start.checked_sub(claimed).filter(|_| end.ends_with(b"PAR1")) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(claimed).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Number of columns and of groups of rows.
#[derive(Clone, Copy, Debug)]
struct Claims {
    columns: usize,
    groups: usize,
}

/// Reason to refuse a footer.
enum FooterError {
    /// The bytes do not encode a Parquet footer.
    Damaged,
    /// It claims what it cannot have.
    Claim(String),
}

impl From<ThriftError> for FooterError {
    fn from(_: ThriftError) -> Self {
        FooterError::Damaged
    }
}

/// Reads the first fields of the footer, which every writer stores in this order.
fn claims(reader: &mut ThriftReader<'_>) -> Result<Claims, FooterError> {
    reader.next_field((1, I32))?;
    reader.i32()?;
    reader.next_field((2, LIST))?;
    let columns = columns(reader)?;
    reader.next_field((3, I64))?;
    reader.i64()?;
    reader.next_field((4, LIST))?;
    Ok(Claims { columns, groups: reader.struct_list()? })
}

/// Reads the schema, a tree in depth-first order; returns the number of its leaves.
fn columns(reader: &mut ThriftReader<'_>) -> Result<usize, FooterError> {
    let elements = reader.struct_list()?;
    let mut columns = 0;
    // For each open group, the number of its children that follow.
    let mut open: Vec<usize> = Vec::new();
    for element in 1..=elements {
        let children = children(reader)?;
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        let following = elements - element;
        match usize::try_from(children) {
            Ok(0) => columns += 1,
            Ok(children) if children <= following => open.push(children),
            _ => {
                let reason = format!("a group claims {children} children where {following} columns and groups follow");
                return Err(FooterError::Claim(reason));
            }
        }
        if open.len() > MAX_DEPTH {
            return Err(FooterError::Claim(format!("its columns lie in more than {MAX_DEPTH} groups in one another")));
        }
        while open.last() == Some(&0) {
            open.pop();
        }
    }
    Ok(columns)
}

/// Reads an element of the schema; returns the number of its children.
fn children(reader: &mut ThriftReader<'_>) -> Result<i32, ThriftError> {
    let mut children = 0;
    reader.fields(&ELEMENT, |reader, field| {
        match field {
            5 => children = reader.i32()?,
            10 => skip_logical_type(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(children)
}

fn skip_logical_type(reader: &mut ThriftReader<'_>) -> Result<(), ThriftError> {
    let types: Vec<KnownField> = (1..=19).map(|kind| (kind, STRUCT)).collect();
    reader.fields(&types, |reader, kind| {
        let parameters: &[KnownField] = match kind {
            // A decimal number, a time, an integer, and geography.
            5 => &[(1, I32), (2, I32)],
            7 | 8 => &[(1, BOOLEAN), (2, STRUCT)],
            10 => &[(1, BYTE), (2, BOOLEAN)],
            16 => &[(1, BYTE)],
            17 | 18 => &[(1, BINARY), (2, I32)],
            _ => &[],
        };
        reader.fields(parameters, |reader, field| {
            let is_unit = matches!(kind, 7 | 8) && field == 2;
            if is_unit {
                reader.skip_struct(&[(1, STRUCT), (2, STRUCT), (3, STRUCT)])?;
            }
            Ok(is_unit)
        })?;
        Ok(true)
    })
}
