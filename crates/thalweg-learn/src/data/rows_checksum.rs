//! Checksums of encoded rows.

use bytemuck::cast_slice;
use crc32fast::Hasher;

use super::row_store::RowStore;
use super::rows::Rows;

impl Rows {
    /// Returns the CRC-32 of all that a training reads.
    pub(crate) fn checksum(&self) -> u32 {
        let mut hasher = Hasher::new();
        for width in [self.width(), self.code_width, self.features, self.len()] {
            hasher.update(&(width as u64).to_le_bytes());
        }
        self.numbers.rows().for_each(|row| hasher.update(cast_slice(row)));
        hasher.update(cast_slice(&self.codes));
        hasher.update(cast_slice(&self.sparse.ends));
        hasher.update(cast_slice(&self.sparse.index));
        hasher.update(cast_slice(&self.sparse.value));
        hasher.update(cast_slice(&self.target));
        hasher.update(cast_slice(&self.weight));
        hasher.update(cast_slice(&self.class_weight));
        hasher.finalize()
    }
}

impl RowStore {
    /// Returns the CRC-32 of all that a training reads.
    pub(crate) fn checksum(&self) -> u32 {
        match self {
            RowStore::Memory(rows) => rows.checksum(),
            RowStore::Disk(disk_rows) => {
                let mut hasher = Hasher::new();
                hasher.update(cast_slice(&disk_rows.sample().class_weight));
                for (rows, hash) in disk_rows.block_checksums() {
                    hasher.update(&(rows as u64).to_le_bytes());
                    hasher.update(&hash.to_le_bytes());
                }
                hasher.finalize()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::RowMatrix;

    #[test]
    fn every_part_of_the_rows_changes_the_checksum() {
        let rows = Rows {
            numbers: RowMatrix::new(1, &[1.0, 2.0]),
            features: 1,
            target: vec![0.0, 1.0],
            weight: vec![1.0, 1.0],
            ..Rows::default()
        };
        let checksum = rows.checksum();
        assert_eq!(checksum, rows.clone().checksum());
        let mut others = vec![rows.clone(); 4];
        others[0].numbers = RowMatrix::new(1, &[1.0, 2.5]);
        others[1].target[0] = -0.0;
        others[2].weight[1] = 2.0;
        others[3].class_weight = vec![1.0, 2.0];
        assert!(others.iter().all(|other| other.checksum() != checksum));
    }
}
