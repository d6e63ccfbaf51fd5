//! Step the tensors of another library in place: it owns the parameters, the gradients and the states.
use thalweg::StatelessOptimizer;
use thalweg::method::adam;
use thalweg::optimizer::{BorrowedTensor, SlotMut, StepCounter};

fn main() -> thalweg::Result<()> {
    let (mut weights, mut bias, grad) = ([1.0_f32; 3], [1.0_f32; 1], [0.5_f32; 3]);
    let (mut m, mut v) = ([0.0; 4], [0.0; 4]); // of both tensors, in one block of memory
    let mut counters = [StepCounter::default(); 2];
    let optimizer = StatelessOptimizer::new(adam(0.1))?;
    for _ in 0..3 {
        let ((m, m_bias), (v, v_bias)) = (m.split_at_mut(3), v.split_at_mut(3));
        let mut slots = [m, v, m_bias, v_bias].map(SlotMut::Full);
        let (slots, bias_slots) = slots.split_at_mut(2);
        let [counter, bias_counter] = &mut counters;
        let weights = BorrowedTensor::new(&mut weights[..], &grad[..], slots, counter);
        let mut bias = BorrowedTensor::new(&mut bias[..], &grad[..1], bias_slots, bias_counter);
        bias.lr = Some(0.01);
        optimizer.step_tensors(&mut [weights, bias])?;
    }
    println!("weights {weights:.3?}, bias {bias:.3?}, m {m:.3?}, {} steps", counters[0].t);
    Ok(())
}
