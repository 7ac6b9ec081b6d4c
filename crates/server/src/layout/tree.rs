//! Rows of a tree with their branches. Without recursion; a parent that is missing or a circle makes
//! a root, so that every row is printed once.

use std::collections::HashMap;
use std::hash::Hash;

/// Beyond it a row is not set further to the right.
const DEPTH_SHOWN: usize = 16;

/// One row to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Which item.
    pub item: usize,
    /// What to print before it: nothing before a root.
    pub prefix: String,
}

/// The items in the order of printing, children below their parents in the order given. `items` are
/// (key, parent's key).
#[must_use]
pub fn tree<K: Copy + Eq + Hash>(items: &[(K, Option<K>)]) -> Vec<Branch> {
    let places: HashMap<K, usize> = items.iter().enumerate().map(|(index, (key, _))| (*key, index)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    let mut roots = Vec::new();
    for (index, (_, parent)) in items.iter().enumerate() {
        let parent = parent.and_then(|parent| places.get(&parent)).filter(|parent| **parent != index);
        match parent.and_then(|parent| children.get_mut(*parent)) {
            Some(siblings) => siblings.push(index),
            None => roots.push(index),
        }
    }
    let mut branches: Vec<Branch> = Vec::with_capacity(items.len());
    let mut seen = vec![false; items.len()];
    // A circle has no root: its first item stands for one.
    for root in roots.into_iter().chain(0..items.len()) {
        let mut waiting = vec![(root, String::new(), String::new(), 0)];
        while let Some((item, prefix, indent, depth)) = waiting.pop() {
            let Some(seen) = seen.get_mut(item).filter(|seen| !**seen) else { continue };
            *seen = true;
            let below = children.get(item).map_or(&[][..], Vec::as_slice);
            for (place, child) in below.iter().enumerate().rev() {
                let last = place + 1 == below.len();
                let prefix = format!("{indent}{}", if last { "└── " } else { "├── " });
                let indent = if depth < DEPTH_SHOWN {
                    format!("{indent}{}", if last { "    " } else { "│   " })
                } else {
                    indent.clone()
                };
                waiting.push((*child, prefix, indent, depth + 1));
            }
            branches.push(Branch { item, prefix });
        }
    }
    branches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_printed_once_whatever_its_parent() {
        type Items = &'static [(u8, Option<u8>)];
        let cases: [(Items, &str); 4] = [
            (&[(1, None), (2, Some(1)), (3, Some(2)), (4, Some(1))], "1|├── 2|│   └── 3|└── 4"),
            (&[(1, Some(9)), (2, Some(1))], "1|└── 2"),
            (&[(1, Some(2)), (2, Some(1))], "1|└── 2"),
            (&[(1, Some(1))], "1"),
        ];
        for (items, expected) in cases {
            let lines: Vec<String> =
                tree(items).iter().map(|branch| format!("{}{}", branch.prefix, items[branch.item].0)).collect();
            assert_eq!(lines.join("|"), expected);
        }
    }

    #[test]
    fn a_deep_chain_costs_no_more_than_its_rows() {
        let items: Vec<(u32, Option<u32>)> = (0..100_000).map(|at: u32| (at, at.checked_sub(1))).collect();
        let branches = tree(&items);
        assert_eq!(branches.len(), items.len());
        assert!(branches.iter().all(|branch| branch.prefix.chars().count() <= 4 * (DEPTH_SHOWN + 1)));
    }
}
