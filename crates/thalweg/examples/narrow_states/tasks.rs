//! What is minimized: noisy quadratics, softmax regression, a small net.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use thalweg::Schedule;

use super::Result;

/// `SplitMix64`.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Uniform in [−1, 1).
    fn uniform(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Something to minimize by gradients of random samples.
pub(crate) trait Task {
    /// The lengths of its tensors.
    fn tensors(&self) -> Vec<usize>;
    fn start(&self, dice: &mut Dice) -> Vec<f32>;
    fn gradient(&self, x: &[f32], g: &mut [f32], dice: &mut Dice);
    fn loss(&self, x: &[f32]) -> f64;
    /// How many steps there are, and over how many at the end the loss is averaged.
    fn steps(&self) -> [u64; 2];
    fn schedule(&self) -> Schedule;
}

/// ½ Σ λᵢxᵢ² with noise on the gradient, at a constant rate: a loss that becomes stationary.
pub(crate) struct Quadratic {
    curvature: Vec<f32>,
}

impl Quadratic {
    /// Tensors below 4096 numbers would stay in f32.
    pub(crate) const LEN: usize = 8192;
    const NOISE: f32 = 0.1;

    pub(crate) fn new(condition: f32) -> Self {
        // An odd factor permutes the places, so that each block of narrow numbers has curvatures of all sizes.
        let place = |i: usize| i * 5063 % Self::LEN;
        let curvature = |i| condition.powf(-(place(i) as f32) / (Self::LEN - 1) as f32);
        Self { curvature: (0..Self::LEN).map(curvature).collect() }
    }
}

impl Task for Quadratic {
    fn tensors(&self) -> Vec<usize> {
        vec![Self::LEN]
    }

    fn start(&self, dice: &mut Dice) -> Vec<f32> {
        (0..Self::LEN).map(|_| dice.uniform()).collect()
    }

    fn gradient(&self, x: &[f32], g: &mut [f32], dice: &mut Dice) {
        for ((g, x), curvature) in g.iter_mut().zip(x).zip(&self.curvature) {
            *g = curvature * x + Self::NOISE * dice.uniform();
        }
    }

    fn loss(&self, x: &[f32]) -> f64 {
        x.iter().zip(&self.curvature).map(|(x, curvature)| f64::from(0.5 * curvature * x * x)).sum()
    }

    fn steps(&self) -> [u64; 2] {
        [2000, 500]
    }

    fn schedule(&self) -> Schedule {
        Schedule::Constant
    }
}

/// The numbers of a gzipped IDX file, after a header of so many bytes.
fn idx(path: &Path, header: usize, count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; header + count];
    let read = File::open(path).and_then(|file| GzDecoder::new(file).read_exact(&mut bytes));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.split_off(header))
}

/// The first images of a set, and their classes.
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

    /// Some images one after another, with their classes.
    fn gather(&self, which: impl Iterator<Item = usize>) -> Self {
        let (mut pixels, mut classes) = (Vec::new(), Vec::new());
        for i in which {
            pixels.extend_from_slice(&self.pixels[i * Self::PIXELS..][..Self::PIXELS]);
            classes.push(self.classes[i]);
        }
        Self { pixels, classes }
    }
}

/// Dense layers with ReLU between them, under a softmax; with a single layer it is softmax regression.
pub(crate) struct Net<'a> {
    pub(crate) images: &'a Images,
    /// The widths of the layers' inputs, and of the output.
    pub(crate) widths: &'a [usize],
}

impl Net<'_> {
    const BATCH: usize = 128;
    const EPOCHS: usize = 3;

    /// Weights and biases of each layer, from the first to the last.
    fn layers<'x>(&self, mut x: &'x [f32]) -> Vec<[&'x [f32]; 2]> {
        let mut take = |n| x.split_off(..n).unwrap_or_default();
        self.widths.windows(2).map(|width| [take(width[0] * width[1]), take(width[1])]).collect()
    }

    /// The inputs of all layers, and the logits.
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

/// to += factor · from, at no cost where the factor is 0, as half of the pixels are.
fn add(to: &mut [f32], factor: f32, from: &[f32]) {
    if factor != 0.0 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
    }
}

/// Makes logits the gradient of their mean cross-entropy; returns the cross-entropy.
fn softmax(logits: &mut [f32], classes: &[usize]) -> f64 {
    let mut sum = 0.0;
    for (logits, class) in logits.chunks_mut(Images::CLASSES).zip(classes) {
        let most = logits.iter().copied().fold(f32::MIN, f32::max);
        let total = logits.iter().map(|v| (v - most).exp()).sum::<f32>();
        sum += f64::from(total.ln() + most - logits[*class]);
        for v in &mut *logits {
            *v = (*v - most).exp() / (total * classes.len() as f32);
        }
        logits[*class] -= 1.0 / classes.len() as f32;
    }
    sum / classes.len() as f64
}

impl Task for Net<'_> {
    fn tensors(&self) -> Vec<usize> {
        self.widths.windows(2).flat_map(|width| [width[0] * width[1], width[1]]).collect()
    }

    /// He's uniform weights, and no biases.
    fn start(&self, dice: &mut Dice) -> Vec<f32> {
        let mut x = Vec::new();
        for width in self.widths.windows(2) {
            let most = (6.0 / width[0] as f32).sqrt();
            x.extend((0..width[0] * width[1]).map(|_| most * dice.uniform()));
            x.resize(x.len() + width[1], 0.0);
        }
        x
    }

    fn gradient(&self, x: &[f32], g: &mut [f32], dice: &mut Dice) {
        let batch = self.images.gather((0..Self::BATCH).map(|_| (dice.next() % Images::COUNT as u64) as usize));
        let mut values = self.forward(x, &batch.pixels);
        let mut error = values.pop().unwrap_or_default();
        softmax(&mut error, &batch.classes);
        g.fill(0.0);
        let mut rest = g;
        for ((width, [weights, _]), input) in self.widths.windows(2).zip(self.layers(x)).zip(&values).rev() {
            let biases = rest.split_off_mut(rest.len() - width[1]..).unwrap_or_default();
            error.chunks(width[1]).for_each(|error| add(biases, 1.0, error));
            let of_weights = rest.split_off_mut(rest.len() - weights.len()..).unwrap_or_default();
            for (unit, of_weights) in of_weights.chunks_mut(width[1]).enumerate() {
                for (input, error) in input.chunks(width[0]).zip(error.chunks(width[1])) {
                    add(of_weights, input[unit], error);
                }
            }
            if !rest.is_empty() {
                error = back(&error, weights, input, width);
            }
        }
    }

    fn loss(&self, x: &[f32]) -> f64 {
        let mut values = self.forward(x, &self.images.pixels);
        softmax(&mut values.pop().unwrap_or_default(), &self.images.classes)
    }

    fn steps(&self) -> [u64; 2] {
        [(Self::EPOCHS * Images::COUNT / Self::BATCH) as u64, 1]
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cosine { steps: Some(self.steps()[0]), end: 0.0 }
    }
}

/// The gradient with respect to a layer's inputs, which a ReLU made.
fn back(error: &[f32], weights: &[f32], input: &[f32], width: &[usize]) -> Vec<f32> {
    let of_input = |(input, error): (&[f32], &[f32])| {
        let dot = |weights: &[f32]| weights.iter().zip(error).map(|(w, e)| w * e).sum::<f32>();
        let units = input.iter().zip(weights.chunks(width[1]));
        units.map(|(v, weights)| if *v > 0.0 { dot(weights) } else { 0.0 }).collect::<Vec<_>>()
    };
    input.chunks(width[0]).zip(error.chunks(width[1])).flat_map(of_input).collect()
}
