//! A page: what an experiment has to say.

use std::fmt::{self, Display};

use thalweg_plot::{Animation, Figure, Theme};

use crate::table::Table;

/// What an experiment has to say, in the order in which it is said.
pub struct Page {
    title: String,
    blocks: Vec<Block>,
}

/// One thing on a page.
enum Block {
    Heading(String),
    Text(String),
    Table(Table),
    Picture { file: String, shows: String, picture: Picture },
    Claim(Claim),
}

/// A picture, drawn when it is asked for.
pub enum Picture {
    /// One that stands still.
    Still(Box<Figure<'static>>),
    /// One that moves.
    Film(Box<Animation<'static>>),
}

/// A sentence, and whether it holds in what was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What holds.
    pub what: String,
    /// Whether it does.
    pub holds: bool,
}

impl Picture {
    /// The bytes of its file: SVG for a still, GIF for a film.
    pub fn bytes(&self) -> crate::Result<Vec<u8>> {
        Ok(match self {
            Self::Still(figure) => figure.svg(Theme::Light).into_bytes(),
            Self::Film(race) => race.gif()?,
        })
    }
}

impl Page {
    /// An empty page.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Begins a section.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    /// Says something.
    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    /// Shows numbers.
    pub fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    /// Shows a figure, which goes to `name`.svg.
    pub fn still(&mut self, name: &str, shows: &str, figure: Figure<'static>) {
        self.picture(format!("{name}.svg"), shows, Picture::Still(Box::new(figure)));
    }

    /// Shows an animation, which goes to `name`.gif.
    pub fn film(&mut self, name: &str, shows: &str, race: Animation<'static>) {
        self.picture(format!("{name}.gif"), shows, Picture::Film(Box::new(race)));
    }

    fn picture(&mut self, file: String, shows: &str, picture: Picture) {
        self.blocks.push(Block::Picture { file, shows: shows.into(), picture });
    }

    /// Claims that something holds.
    pub fn claim(&mut self, what: impl Into<String>, holds: bool) {
        self.blocks.push(Block::Claim(Claim { what: what.into(), holds }));
    }

    /// All claims.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.blocks.iter().filter_map(|block| if let Block::Claim(claim) = block { Some(claim) } else { None })
    }

    /// All pictures with the names of their files.
    pub fn pictures(&self) -> impl Iterator<Item = (&str, &Picture)> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Picture { file, picture, .. } => Some((file.as_str(), picture)),
            _ => None,
        })
    }

    /// The page in Markdown, with the pictures in the folder `experiments`.
    pub fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", self.title);
        let mut blocks = self.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            text += &match block {
                Block::Heading(heading) => format!("### {heading}\n"),
                Block::Text(prose) => format!("{}\n", wrap(prose, 120)),
                Block::Table(table) => table.markdown(),
                Block::Picture { file, shows, .. } => format!("![{shows}](experiments/{file})\n"),
                Block::Claim(claim) => {
                    wrap(&format!("- {} {}", if claim.holds { "✓" } else { "**FAILED**" }, claim.what), 120) + "\n"
                }
            };
            let list = matches!((block, blocks.peek()), (Block::Claim(_), Some(Block::Claim(_))));
            text += if list { "" } else { "\n" };
        }
        text
    }
}

/// The page for a terminal.
impl Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.title, "═".repeat(self.title.chars().count()))?;
        let mut listed = false;
        for block in &self.blocks {
            let lists = matches!(block, Block::Picture { .. } | Block::Claim(_));
            if lists && !listed {
                writeln!(f)?;
            }
            listed = lists;
            match block {
                Block::Heading(heading) => writeln!(f, "\n{heading}\n{}", "─".repeat(heading.chars().count()))?,
                Block::Text(prose) => writeln!(f, "\n{}", wrap(prose, 100))?,
                Block::Table(table) => write!(f, "\n{table}")?,
                Block::Picture { file, shows, .. } => writeln!(f, "picture  docs/experiments/{file}: {shows}")?,
                Block::Claim(Claim { what, holds: true }) => writeln!(f, "holds   {what}")?,
                Block::Claim(Claim { what, holds: false }) => writeln!(f, "FAILED  {what}")?,
            }
        }
        Ok(())
    }
}

/// Breaks a text into lines of at most so many characters, where words allow it.
fn wrap(text: &str, width: usize) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        // At the beginning of a line these would begin a list or a heading.
        let sign = ["+", "-", "*", "=", ">", "#"].contains(&word);
        if !line.is_empty() && !sign && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
            line += if text.starts_with("- ") { "  " } else { "" };
        } else if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines.push(line);
    lines.join("\n")
}
