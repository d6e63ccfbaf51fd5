//! Pages: the output of an experiment.

use std::fmt::{self, Display};

use thalweg_plot::{Animation, Figure, Theme};

use crate::error::Result;
use crate::table::TextTable;

/// Output of an experiment: text, tables, pictures and claims in order.
pub struct Page {
    title: String,
    blocks: Vec<Block>,
}

/// Element of a page.
enum Block {
    Heading(String),
    Text(String),
    Table(TextTable),
    Image { file: String, description: String, image: PageImage },
    Claim(Claim),
}

/// A picture, drawn on demand.
pub enum PageImage {
    /// Still picture, written as SVG.
    Figure(Box<Figure<'static>>),
    /// Animation, written as GIF.
    Animation(Box<Animation<'static>>),
}

/// A sentence about the measurements with its computed truth value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Sentence that is claimed, for the reader.
    pub statement: String,
    /// If true, the measurements agree with the sentence.
    pub holds: bool,
}

impl PageImage {
    /// Returns the content of the file: SVG for a figure, GIF for an animation.
    ///
    /// # Errors
    /// An animation that cannot be encoded.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Figure(figure) => figure.svg(Theme::Light).into_bytes(),
            Self::Animation(animation) => animation.gif()?,
        })
    }
}

impl Page {
    /// Returns a page without content.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Returns the title of the page.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Adds a section heading.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    /// Adds a paragraph of text.
    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    /// Adds a table of numbers.
    pub fn table(&mut self, table: TextTable) {
        self.blocks.push(Block::Table(table));
    }

    /// Adds a figure, written to `name`.svg. `description` is its alternative text.
    pub fn figure(&mut self, name: &str, description: &str, figure: Figure<'static>) {
        self.image(format!("{name}.svg"), description, PageImage::Figure(Box::new(figure)));
    }

    /// Adds an animation, written to `name`.gif. `description` is its alternative text.
    pub fn animation(&mut self, name: &str, description: &str, animation: Animation<'static>) {
        self.image(format!("{name}.gif"), description, PageImage::Animation(Box::new(animation)));
    }

    fn image(&mut self, file: String, description: &str, image: PageImage) {
        self.blocks.push(Block::Image { file, description: description.into(), image });
    }

    /// Adds a claim and its truth value.
    pub fn claim(&mut self, statement: impl Into<String>, holds: bool) {
        self.blocks.push(Block::Claim(Claim { statement: statement.into(), holds }));
    }

    /// Iterates over all claims of the page.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.blocks.iter().filter_map(|block| if let Block::Claim(claim) = block { Some(claim) } else { None })
    }

    /// Iterates over all pictures with the names of their files.
    pub fn images(&self) -> impl Iterator<Item = (&str, &PageImage)> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Image { file, image, .. } => Some((file.as_str(), image)),
            _ => None,
        })
    }

    /// Returns the page in Markdown, with the pictures in the folder `experiments`.
    pub fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", self.title);
        let mut blocks = self.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            text += &match block {
                Block::Heading(heading) => format!("### {heading}\n"),
                Block::Text(prose) => format!("{}\n", wrap(prose, 120)),
                Block::Table(table) => table.markdown(),
                Block::Image { file, description, .. } => format!("![{description}](experiments/{file})\n"),
                Block::Claim(claim) => {
                    wrap(&format!("- {} {}", if claim.holds { "✓" } else { "**FAILED**" }, claim.statement), 120) + "\n"
                }
            };
            let list = matches!((block, blocks.peek()), (Block::Claim(_), Some(Block::Claim(_))));
            text += if list { "" } else { "\n" };
        }
        text
    }
}

/// Formats the page for a terminal.
impl Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.title, "═".repeat(self.title.chars().count()))?;
        let mut after_list = false;
        for block in &self.blocks {
            let is_list = matches!(block, Block::Image { .. } | Block::Claim(_));
            if is_list && !after_list {
                writeln!(f)?;
            }
            after_list = is_list;
            match block {
                Block::Heading(heading) => writeln!(f, "\n{heading}\n{}", "─".repeat(heading.chars().count()))?,
                Block::Text(prose) => writeln!(f, "\n{}", wrap(prose, 100))?,
                Block::Table(table) => write!(f, "\n{table}")?,
                Block::Image { file, description, .. } => {
                    writeln!(f, "picture  docs/experiments/{file}: {description}")?;
                }
                Block::Claim(Claim { statement, holds: true }) => writeln!(f, "holds   {statement}")?,
                Block::Claim(Claim { statement, holds: false }) => writeln!(f, "FAILED  {statement}")?,
            }
        }
        Ok(())
    }
}

/// Breaks a text into lines of at most `width` characters, as far as its words allow.
fn wrap(text: &str, width: usize) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        // At the start of a line these would start a list or a heading in Markdown.
        let is_markup = ["+", "-", "*", "=", ">", "#"].contains(&word);
        if !line.is_empty() && !is_markup && line.chars().count() + 1 + word.chars().count() > width {
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
