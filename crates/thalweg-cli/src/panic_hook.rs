//! The panic hook of the program.

use std::panic;

use thalweg_learn::data::is_decoding;

/// Omits the messages of panics that become errors: those of decoders of damaged files.
pub fn omit_decoders() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_decoding() {
            hook(panic);
        }
    }));
}
