//! Import cycles between the files of a crate.
//!
//! A file depends on the file that defines what it uses. Declarations (`mod child;`, `pub use child::Name;`) are no
//! uses. A module may use what an enclosing module defines: nesting is how Rust shares the items of a `mod.rs` with the
//! modules inside it, so such a use is not counted. A use of a child by the code of its parent is counted, and so is
//! every use between siblings, re-exports of the parent included. Test code is not counted.
//!
//! Calls of methods name no path and are not seen; the type that has the method is imported or returned somewhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::ModuleTree;
use crate::source::Source;
use crate::violation::Violation;

/// Uses of one file by another: from → to → (line, path as written).
type Graph = BTreeMap<String, BTreeMap<String, (usize, String)>>;

/// Finds import cycles in each of the crates.
pub fn check(sources: &[Source], crates: &[&str]) -> Vec<Violation> {
    crates.iter().flat_map(|name| cycles(&graph(&ModuleTree::read(sources, name)))).collect()
}

fn graph(tree: &ModuleTree) -> Graph {
    let mut graph = Graph::new();
    let file = |module: usize| tree.modules[module].file.clone();
    for module in &tree.modules {
        graph.entry(module.file.clone()).or_default();
    }
    for dependency in tree.dependencies() {
        let is_enclosing = tree.is_inside(dependency.from, dependency.to);
        if !dependency.is_test && !dependency.is_module_only && !is_enclosing {
            let uses = graph.entry(file(dependency.from)).or_default();
            uses.entry(file(dependency.to)).or_insert((dependency.line, dependency.path));
        }
    }
    graph
}

/// One violation for each group of files that reach each other, with its shortest cycle.
fn cycles(graph: &Graph) -> Vec<Violation> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (file.as_str(), reachable(graph, file))).collect();
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for file in graph.keys().map(String::as_str).filter(|file| reached[file].contains(file)) {
        if done.contains(file) {
            continue;
        }
        let group: BTreeSet<&str> =
            reached[file].iter().copied().filter(|other| reached[other].contains(file)).collect();
        let shortest = group.iter().map(|start| shortest_cycle(graph, start)).min_by_key(Vec::len).unwrap_or_default();
        let steps: Vec<String> = shortest.iter().map(ToString::to_string).collect();
        let list = group.iter().copied().collect::<Vec<_>>().join(", ");
        let message = format!("import cycle: {}; files in cycles with it ({}): {list}", steps.join(" → "), group.len());
        let (path, line) = shortest.first().map_or((file, 1), |step| (step.file, step.line));
        found.push(Violation::new(path, line, message));
        done.extend(group);
    }
    found
}

/// All files that `file` depends on, directly or not.
fn reachable<'a>(graph: &'a Graph, file: &str) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = graph[file].keys().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(graph[next].keys().map(String::as_str));
        }
    }
    found
}

/// A use on the way around a cycle.
struct Step<'a> {
    file: &'a str,
    line: usize,
    path: &'a str,
}

impl std::fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({})", self.file, self.line, self.path)
    }
}

/// The shortest way from `start` back to itself, one step for each use.
fn shortest_cycle<'a>(graph: &'a Graph, start: &str) -> Vec<Step<'a>> {
    let Some((start, uses)) = graph.get_key_value(start) else { return Vec::new() };
    let mut came_from: BTreeMap<&str, &str> = uses.keys().map(|to| (to.as_str(), start.as_str())).collect();
    let mut open: VecDeque<&str> = uses.keys().map(String::as_str).collect();
    while let Some(file) = open.pop_front().filter(|file| file != start) {
        for to in graph[file].keys() {
            if !came_from.contains_key(to.as_str()) {
                came_from.insert(to, file);
                open.push_back(to);
            }
        }
    }
    let mut steps = Vec::new();
    let mut to = start.as_str();
    while let Some((file, _)) = came_from.get(to).and_then(|file| graph.get_key_value(*file)) {
        let (line, path) = &graph[file][to];
        steps.push(Step { file, line: *line, path });
        to = file;
        if to == start.as_str() {
            break;
        }
    }
    steps.reverse();
    steps
}
