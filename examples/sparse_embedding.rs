//! Train a large table of embeddings by sparse steps: each costs as much as the rows that it touches.
use thalweg::Optimizer;
use thalweg::method::adamw;

const ROWS: u32 = 100_000;
const WIDTH: u32 = 8;

fn main() -> thalweg::Result<()> {
    let mut table = vec![0.1_f32; (ROWS * WIDTH) as usize];
    let mut optimizer = Optimizer::new(adamw(0.01), table.len())?;
    for step in 0..1000 {
        // The rows of this batch, in ascending order, and the coordinates of their numbers.
        let rows = [step % 50, 50 + step * 7 % 1000, 2000 + step * 89 % 90_000];
        let coordinates: Vec<u32> = rows.iter().flat_map(|row| row * WIDTH..(row + 1) * WIDTH).collect();
        // Weight decay and momentum of earlier steps are applied to these rows now.
        optimizer.sync(&mut table, &coordinates)?;
        let gradient: Vec<f32> = coordinates.iter().map(|&i| table[i as usize] - 1.0).collect();
        optimizer.step_sparse(&mut table, &coordinates, &gradient)?;
    }
    optimizer.sync_all(&mut table)?;
    let (often, never) = (table[0], table[(ROWS * WIDTH) as usize - 1]);
    println!("a row of many batches: {often:.3}, a row of none: {never:.4}, by decay alone");
    Ok(())
}
