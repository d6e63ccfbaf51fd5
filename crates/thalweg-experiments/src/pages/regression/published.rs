//! The published table of Adam and gradient descent.

/// Published results for a number of samples.
pub(super) struct Published {
    pub(super) samples: usize,
    pub(super) adam: PublishedRun,
    pub(super) descent: PublishedRun,
}

/// One row of the published table.
pub(super) struct PublishedRun {
    pub(super) steps: u64,
    pub(super) theta: [f64; 2],
    pub(super) seconds: f64,
}

/// The published table: steps, θ and seconds of both methods.
pub(super) const PUBLISHED: [Published; 4] = [
    Published {
        samples: 100,
        adam: PublishedRun { steps: 1624, theta: [1.00316, 1.99690], seconds: 0.029 },
        descent: PublishedRun { steps: 144, theta: [1.000_009_0, 1.999_991_7], seconds: 0.0100 },
    },
    Published {
        samples: 1_000,
        adam: PublishedRun { steps: 2009, theta: [1.00382, 1.99645], seconds: 0.045 },
        descent: PublishedRun { steps: 152, theta: [1.000_008_8, 1.999_991_0], seconds: 0.111 },
    },
    Published {
        samples: 10_000,
        adam: PublishedRun { steps: 2002, theta: [1.00382, 1.99643], seconds: 0.268 },
        descent: PublishedRun { steps: 145, theta: [1.000_008_5, 1.999_991_4], seconds: 1.046 },
    },
    Published {
        samples: 100_000,
        adam: PublishedRun { steps: 1921, theta: [1.00350, 1.99616], seconds: 1.898 },
        descent: PublishedRun { steps: 147, theta: [1.000_008_6, 1.999_991_3], seconds: 10.860 },
    },
];
