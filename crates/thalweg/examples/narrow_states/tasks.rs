//! Tasks: noisy quadratics, softmax regression, a small network.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use thalweg::Schedule;

use super::Result;

/// The random number generator `SplitMix64`.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Returns a uniform number in [−1, 1).
    fn uniform(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// A loss to minimize by gradients of random samples.
pub(crate) trait Task {
    /// Returns the lengths of the parameter tensors.
    fn tensors(&self) -> Vec<usize>;
    fn start(&self, rng: &mut Rng) -> Vec<f32>;
    fn gradient(&self, x: &[f32], g: &mut [f32], rng: &mut Rng);
    fn loss(&self, x: &[f32]) -> f64;
    fn steps(&self) -> Steps;
    fn schedule(&self) -> Schedule;
}

/// Numbers of steps of a run.
pub(crate) struct Steps {
    pub(crate) total: u64,
    /// Number of last steps over which the loss is averaged.
    pub(crate) averaged: u64,
}

/// ½ Σ λᵢxᵢ² with noise on the gradient. At a constant learning rate the loss becomes stationary.
pub(crate) struct Quadratic {
    curvature: Vec<f32>,
}

impl Quadratic {
    /// Number of variables. Tensors of fewer than 4096 numbers would keep their states in f32.
    pub(crate) const LEN: usize = 8192;
    const NOISE: f32 = 0.1;

    pub(crate) fn new(condition: f32) -> Self {
        // An odd factor permutes the indices, so that each block of narrow numbers has curvatures of all sizes.
        let rank = |i: usize| i * 5063 % Self::LEN;
        let curvature = |i| condition.powf(-(rank(i) as f32) / (Self::LEN - 1) as f32);
        Self { curvature: (0..Self::LEN).map(curvature).collect() }
    }
}

impl Task for Quadratic {
    fn tensors(&self) -> Vec<usize> {
        vec![Self::LEN]
    }

    fn start(&self, rng: &mut Rng) -> Vec<f32> {
        (0..Self::LEN).map(|_| rng.uniform()).collect()
    }

    fn gradient(&self, x: &[f32], g: &mut [f32], rng: &mut Rng) {
        for ((g, x), curvature) in g.iter_mut().zip(x).zip(&self.curvature) {
            *g = curvature * x + Self::NOISE * rng.uniform();
        }
    }

    fn loss(&self, x: &[f32]) -> f64 {
        x.iter().zip(&self.curvature).map(|(x, curvature)| f64::from(0.5 * curvature * x * x)).sum()
    }

    fn steps(&self) -> Steps {
        Steps { total: 2000, averaged: 500 }
    }

    fn schedule(&self) -> Schedule {
        Schedule::Constant
    }
}

/// Reads `count` bytes of a gzipped IDX file after its header, whose length is given in bytes.
fn idx(path: &Path, header: usize, count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; header + count];
    let read = File::open(path).and_then(|file| GzDecoder::new(file).read_exact(&mut bytes));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.split_off(header))
}

/// The first images of a data set, and their classes.
pub(crate) struct Images {
    pixels: Vec<f32>,
    classes: Vec<usize>,
}

impl Images {
    const COUNT: usize = 10_000;
    pub(crate) const PIXELS: usize = 28 * 28;
    pub(crate) const CLASSES: usize = 10;

    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let pixels = idx(&directory.join("train-images-idx3-ubyte.gz"), 16, Self::COUNT * Self::PIXELS)?;
        let classes = idx(&directory.join("train-labels-idx1-ubyte.gz"), 8, Self::COUNT)?;
        Ok(Self {
            pixels: pixels.into_iter().map(|pixel| f32::from(pixel) / 255.0).collect(),
            classes: classes.into_iter().map(usize::from).collect(),
        })
    }

    /// Returns the images with these indices, and their classes.
    fn gather(&self, indices: impl Iterator<Item = usize>) -> Self {
        let (mut pixels, mut classes) = (Vec::new(), Vec::new());
        for i in indices {
            pixels.extend_from_slice(&self.pixels[i * Self::PIXELS..][..Self::PIXELS]);
            classes.push(self.classes[i]);
        }
        Self { pixels, classes }
    }
}

/// A network of dense layers with ReLU between them and softmax at the end; with one layer, softmax regression.
pub(crate) struct Network<'a> {
    pub(crate) images: &'a Images,
    /// Widths of the layers' inputs, and of the output.
    pub(crate) widths: &'a [usize],
}

impl Network<'_> {
    const BATCH: usize = 128;
    const EPOCHS: usize = 3;

    /// Returns the weights and biases of each layer, from the first to the last.
    fn layers<'x>(&self, mut x: &'x [f32]) -> Vec<[&'x [f32]; 2]> {
        let mut take = |n| x.split_off(..n).expect("as many parameters as the layers have");
        self.widths.windows(2).map(|width| [take(width[0] * width[1]), take(width[1])]).collect()
    }

    /// Returns the inputs of all layers, and the logits.
    fn forward(&self, x: &[f32], pixels: &[f32]) -> Vec<Vec<f32>> {
        let mut values = vec![pixels.to_vec()];
        for (width, [weights, biases]) in self.widths.windows(2).zip(self.layers(x)) {
            let input = &values[values.len() - 1];
            let mut output = biases.repeat(input.len() / width[0]);
            for (input, output) in input.chunks(width[0]).zip(output.chunks_mut(width[1])) {
                for (value, weights) in input.iter().zip(weights.chunks(width[1])) {
                    add(output, *value, weights);
                }
            }
            if values.len() + 1 < self.widths.len() {
                for v in &mut output {
                    *v = v.max(0.0);
                }
            }
            values.push(output);
        }
        values
    }
}

/// Adds factor · from, unless the factor is 0, as for half of the pixels.
fn add(to: &mut [f32], factor: f32, from: &[f32]) {
    if factor != 0.0 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
    }
}

/// Replaces the logits by the gradient of the mean cross-entropy, which it returns.
fn softmax(logits: &mut [f32], classes: &[usize]) -> f64 {
    let mut sum = 0.0;
    for (logits, class) in logits.chunks_mut(Images::CLASSES).zip(classes) {
        let largest = logits.iter().copied().fold(f32::MIN, f32::max);
        let total = logits.iter().map(|v| (v - largest).exp()).sum::<f32>();
        sum += f64::from(total.ln() + largest - logits[*class]);
        for v in &mut *logits {
            *v = (*v - largest).exp() / (total * classes.len() as f32);
        }
        logits[*class] -= 1.0 / classes.len() as f32;
    }
    sum / classes.len() as f64
}

impl Task for Network<'_> {
    fn tensors(&self) -> Vec<usize> {
        self.widths.windows(2).flat_map(|width| [width[0] * width[1], width[1]]).collect()
    }

    /// Draws weights by He's uniform initialization; biases are 0.
    fn start(&self, rng: &mut Rng) -> Vec<f32> {
        let mut x = Vec::new();
        for width in self.widths.windows(2) {
            let bound = (6.0 / width[0] as f32).sqrt();
            x.extend((0..width[0] * width[1]).map(|_| bound * rng.uniform()));
            x.resize(x.len() + width[1], 0.0);
        }
        x
    }

    fn gradient(&self, x: &[f32], g: &mut [f32], rng: &mut Rng) {
        let batch = self.images.gather((0..Self::BATCH).map(|_| (rng.next() % Images::COUNT as u64) as usize));
        let mut values = self.forward(x, &batch.pixels);
        let mut error = values.pop().expect("the logits are the last values");
        softmax(&mut error, &batch.classes);
        g.fill(0.0);
        let mut remaining = g;
        for ((width, [weights, _]), input) in self.widths.windows(2).zip(self.layers(x)).zip(&values).rev() {
            let biases = remaining.split_off_mut(remaining.len() - width[1]..).expect("a gradient for each bias");
            error.chunks(width[1]).for_each(|error| add(biases, 1.0, error));
            let of_weights =
                remaining.split_off_mut(remaining.len() - weights.len()..).expect("a gradient for each weight");
            for (unit, of_weights) in of_weights.chunks_mut(width[1]).enumerate() {
                for (input, error) in input.chunks(width[0]).zip(error.chunks(width[1])) {
                    add(of_weights, input[unit], error);
                }
            }
            if !remaining.is_empty() {
                error = input_gradient(&error, weights, input, width);
            }
        }
    }

    fn loss(&self, x: &[f32]) -> f64 {
        let mut values = self.forward(x, &self.images.pixels);
        softmax(&mut values.pop().expect("the logits are the last values"), &self.images.classes)
    }

    fn steps(&self) -> Steps {
        Steps { total: (Self::EPOCHS * Images::COUNT / Self::BATCH) as u64, averaged: 1 }
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cosine { steps: Some(self.steps().total), end: 0.0 }
    }
}

/// Returns the gradient with respect to a layer's inputs, which are outputs of a ReLU.
fn input_gradient(error: &[f32], weights: &[f32], input: &[f32], width: &[usize]) -> Vec<f32> {
    let of_input = |(input, error): (&[f32], &[f32])| {
        let dot = |weights: &[f32]| weights.iter().zip(error).map(|(w, e)| w * e).sum::<f32>();
        let units = input.iter().zip(weights.chunks(width[1]));
        units.map(|(v, weights)| if *v > 0.0 { dot(weights) } else { 0.0 }).collect::<Vec<_>>()
    };
    input.chunks(width[0]).zip(error.chunks(width[1])).flat_map(of_input).collect()
}
