//! Writes one figure of each kind into a folder: `cargo run --release --example gallery -- FOLDER`.
#![allow(clippy::print_stdout)]

mod descent;
mod figures;

use std::{env, error::Error, fs, path::PathBuf, time::Instant};
use thalweg_plot::{Animation, TerminalColors, Theme, page_css, terminal_chart};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("expected the folder for the figures as an argument")?);
    fs::create_dir_all(&folder)?;
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><style>{}body{{background:var(--plot-paper)}}</style>\n",
        page_css()
    );
    for (name, figure) in figures::all() {
        let start = Instant::now();
        let svg = figure.svg(Theme::Light);
        let elapsed = start.elapsed();
        println!("{name}.svg {} bytes in {elapsed:.0?}", svg.len());
        fs::write(folder.join(format!("{name}.svg")), svg)?;
        fs::write(folder.join(format!("{name}.png")), figure.png(Theme::Light, 1.5)?)?;
        fs::write(folder.join(format!("{name}-dark.png")), figure.png(Theme::Dark, 1.5)?)?;
        page += &figure.svg(Theme::Page);
    }
    fs::write(folder.join("page.html"), page)?;
    let animations = [
        ("rosenbrock-animation", Animation::new(figures::rosenbrock_map())),
        ("saddle-animation", Animation::new(figures::saddle_surface())),
    ];
    for (name, animation) in animations {
        let start = Instant::now();
        let gif = animation.gif()?;
        println!("{name}.gif {} bytes in {:.0?}", gif.len(), start.elapsed());
        fs::write(folder.join(format!("{name}.gif")), gif)?;
    }
    println!("{}", terminal_chart(&figures::loss_curves(), 100, 18, TerminalColors::Ansi));
    Ok(())
}
