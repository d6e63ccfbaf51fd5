//! Division of a sum's tree among ranks: a pure function of the number of rows, the leaves and the ranks.

use std::ops::Range;

/// Returns the number of rows in the left half of a node; `None` for a leaf.
pub(super) fn split(len: usize, leaf_len: usize) -> Option<usize> {
    (len > leaf_len).then(|| (len / 2).next_multiple_of(leaf_len))
}

/// Node of the tree whose rows one rank sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) rows: Range<usize>,
    pub(super) rank: usize,
}

/// Nodes of the tree that the ranks sum, in the order of their rows, which is that of the ranks.
///
/// Ranks begin at nodes of a depth at which there is one for each rank, or two if their number is no power of two: at
/// equal numbers of rows, a rank would have a partial sum for each of many small nodes.
#[derive(Clone, Debug)]
pub(super) struct TreePartition {
    len: usize,
    leaf_len: usize,
    ranks: usize,
    parts: Vec<Part>,
}

impl TreePartition {
    /// Divides a sum over `len` rows; `None` for a team of one.
    pub(super) fn new(len: usize, leaf_len: usize, ranks: usize) -> Option<Self> {
        if ranks == 1 {
            return None;
        }
        let depth = ranks.next_power_of_two().ilog2() + u32::from(!ranks.is_power_of_two());
        let mut starts = Vec::new();
        push_starts(0..len, leaf_len, depth, &mut starts);
        let nearest = |at: usize| {
            let after = starts.partition_point(|&start| start < at);
            let [before, after] = [after.saturating_sub(1), after.min(starts.len() - 1)].map(|i| starts[i]);
            if at.abs_diff(after) < at.abs_diff(before) { after } else { before }
        };
        let borders: Vec<usize> = (0..ranks).map(|rank| nearest(len * rank / ranks)).collect();
        let mut partition = Self { len, leaf_len, ranks, parts: Vec::new() };
        partition.push_parts(0..len, &borders);
        Some(partition)
    }

    /// Appends the nodes within `node` that have one owner.
    fn push_parts(&mut self, node: Range<usize>, borders: &[usize]) {
        let owner = |row: usize| borders.partition_point(|&border| border <= row) - 1;
        let rank = owner(node.start);
        match split(node.len(), self.leaf_len) {
            Some(left) if owner(node.end - 1) != rank => {
                let middle = node.start + left;
                self.push_parts(node.start..middle, borders);
                self.push_parts(middle..node.end, borders);
            }
            _ => self.parts.push(Part { rows: node, rank }),
        }
    }

    /// Returns all parts, in the order of their rows.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the parts of a rank; there may be none.
    pub(super) fn parts_of(&self, rank: usize) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.rank == rank)
    }

    /// Returns the number of parts of each rank.
    pub(super) fn parts_per_rank(&self) -> Vec<usize> {
        let mut counts = vec![0; self.ranks];
        self.parts.iter().for_each(|part| counts[part.rank] += 1);
        counts
    }

    /// Adds the sums of the parts along the tree, as one rank would: `add(a, b)` adds that of part b, and all that was
    /// added to it, to that of part a.
    pub(super) fn fold(&self, mut add: impl FnMut(usize, usize)) {
        self.fold_node(0..self.len, &mut 0, &mut add);
    }

    /// Adds the sums of the parts within a node to that of the first of them, whose index is returned.
    fn fold_node(&self, node: Range<usize>, next: &mut usize, add: &mut impl FnMut(usize, usize)) -> usize {
        if self.parts[*next].rows == node {
            *next += 1;
            return *next - 1;
        }
        let left = split(node.len(), self.leaf_len).expect("a leaf has one owner");
        let middle = node.start + left;
        let a = self.fold_node(node.start..middle, next, add);
        let b = self.fold_node(middle..node.end, next, add);
        add(a, b);
        a
    }
}

/// Appends the first rows of the nodes at a depth, or of leaves above it.
fn push_starts(node: Range<usize>, leaf_len: usize, depth: u32, starts: &mut Vec<usize>) {
    match split(node.len(), leaf_len) {
        Some(left) if depth > 0 => {
            let middle = node.start + left;
            push_starts(node.start..middle, leaf_len, depth - 1, starts);
            push_starts(middle..node.end, leaf_len, depth - 1, starts);
        }
        _ => starts.push(node.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of numbers along the whole tree.
    fn tree(numbers: &[f64], leaf_len: usize) -> f64 {
        match split(numbers.len(), leaf_len) {
            Some(left) => tree(&numbers[..left], leaf_len) + tree(&numbers[left..], leaf_len),
            None => numbers.iter().sum(),
        }
    }

    #[test]
    fn any_number_of_ranks_gives_the_bits_of_the_whole_tree() {
        let numbers: Vec<f64> = (0..5000).map(|i| f64::from(i * 7919 % 5003).sin() * 1e3).collect();
        for len in [0, 1, 2, 15, 16, 17, 33, 100, 512, 777, 4096, 5000] {
            for (leaf_len, ranks) in [1, 7, 16, 512].into_iter().flat_map(|leaf| (2..=64).map(move |r| (leaf, r))) {
                let partition = TreePartition::new(len, leaf_len, ranks).expect("several ranks");
                let mut sums: Vec<f64> =
                    partition.parts().iter().map(|part| tree(&numbers[part.rows.clone()], leaf_len)).collect();
                partition.fold(|a, b| sums[a] += sums[b]);
                let expected = tree(&numbers[..len], leaf_len);
                assert_eq!(sums[0].to_bits(), expected.to_bits(), "{len} rows, leaves of {leaf_len}, {ranks} ranks");
                assert!(partition.parts().is_sorted_by_key(|part| part.rank));
                assert!(partition.parts().windows(2).all(|pair| pair[0].rows.end == pair[1].rows.start));
                assert_eq!(partition.parts_per_rank().iter().sum::<usize>(), partition.parts().len());
                assert!((0..ranks).all(|rank| partition.parts_of(rank).count() == partition.parts_per_rank()[rank]));
            }
        }
    }

    /// Most partial sums of a rank, and rows of the fullest rank over the mean.
    fn balance(leaves: usize, ranks: usize) -> (usize, f64) {
        let partition = TreePartition::new(leaves * 512, 512, ranks).expect("several ranks");
        let rows = |rank| partition.parts_of(rank).map(|part| part.rows.len()).sum::<usize>();
        let most = partition.parts_per_rank().into_iter().max().expect("a rank");
        (most, (0..ranks).map(rows).max().expect("a rank") as f64 * ranks as f64 / (leaves * 512) as f64)
    }

    #[test]
    fn ranks_have_about_the_same_rows_and_few_partial_sums() {
        for ranks in [2, 4, 8, 16, 32, 64] {
            assert_eq!(balance(128, ranks), (1, 1.0));
            let (parts, share) = balance(1000, ranks);
            assert!(parts == 1 && share < 1.03, "{ranks} ranks: {share}");
        }
        for ranks in [3, 5, 6, 7, 12, 24, 48] {
            let (parts, share) = balance(128, ranks);
            assert!(parts <= 2 && share < 1.32, "{ranks} ranks: {parts} parts, {share}");
        }
    }
}
