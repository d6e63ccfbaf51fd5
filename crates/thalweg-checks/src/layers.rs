//! Order of the crates, and of the modules inside each crate: the table to edit when a module is added or moved.

/// A crate and the order of its top-level modules.
#[derive(Clone, Copy, Debug)]
pub struct CrateLayers {
    /// Name of the crate and of its folder below `crates/`.
    pub name: &'static str,
    /// Crates of the workspace that it may use.
    pub uses: &'static [&'static str],
    /// Top-level modules, lowest layer first. A module uses only modules that stand before it.
    pub modules: &'static [&'static str],
}

/// All crates of the workspace, in no particular order.
pub const LAYERS: [CrateLayers; 8] = [
    CrateLayers {
        name: "thalweg",
        uses: &[],
        modules: &[
            "real",
            "error",
            "text",
            "random",
            "algebra",
            "schedule",
            "objective",
            "kernel",
            "method",
            "optimizer",
            "minimize",
            "reference",
            "prelude",
        ],
    },
    CrateLayers {
        name: "thalweg-problems",
        uses: &["thalweg"],
        modules: &["error", "formula", "problem", "perturbed", "critical_point", "critical_search", "multistart"],
    },
    CrateLayers {
        name: "thalweg-learn",
        uses: &["thalweg"],
        modules: &[
            "arrow",
            "pool",
            "error",
            "interrupt",
            "temporary_file",
            "destination",
            "data",
            "model",
            "metrics",
            "train",
            "fit",
            "predict",
        ],
    },
    CrateLayers {
        name: "thalweg-compare",
        uses: &["thalweg", "thalweg-problems", "thalweg-learn"],
        modules: &[
            "error",
            "principal_plane",
            "curve",
            "benchmark",
            "run",
            "run_file",
            "score",
            "space",
            "tuning",
            "plan",
            "report",
        ],
    },
    CrateLayers {
        name: "thalweg-plot",
        uses: &[],
        modules: &["error", "data", "layout", "panel", "render", "figure", "animation"],
    },
    CrateLayers {
        name: "thalweg-cli",
        uses: &["thalweg", "thalweg-problems", "thalweg-learn", "thalweg-compare", "thalweg-plot"],
        modules: &[
            "report",
            "hints",
            "commands",
            "exit",
            "file_conflicts",
            "standard_output",
            "interrupt",
            "threads",
            "progress",
            "start_point",
            "objective_args",
            "picture",
            "fit_verdict",
            "fit",
            "predict",
            "minimize",
            "compare",
            "problems",
            "methods",
            "inspect",
        ],
    },
    CrateLayers {
        name: "thalweg-experiments",
        uses: &["thalweg", "thalweg-problems", "thalweg-plot"],
        modules: &["error", "number", "style", "table", "trajectory", "tune", "page", "output", "pages"],
    },
    CrateLayers {
        name: "thalweg-checks",
        uses: &[],
        modules: &[
            "source",
            "violation",
            "lexer",
            "layers",
            "modules",
            "resolve",
            "imports",
            "layering",
            "cycles",
            "vocabulary",
            "length",
            "names",
            "docs",
            "exports",
            "text",
            "skipped",
            "checks",
        ],
    },
];
