//! Self-contained HTML pages: no scripts and no external resources, with light, dark and print styles.

use thalweg_plot::{Figure, Theme, page_css};

use crate::report::text_table::{TextTable, escape};

/// Style sheet of the text; the pictures bring the style sheet of their colours.
const STYLE: &str = "\
:root { color-scheme: light dark; --paper: #fff; --text: #1f2328; --soft: #5b6470; --rule: #d9dde2; --ground: #f6f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181d; --text: #e6e8eb; --soft: #9aa4b0; --rule: #343a43; --ground: #1c2026; }
}
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--text);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
.lead { font-size: 1.1rem; }
.box { background: var(--ground); border-left: 3px solid var(--rule); padding: .6rem 1rem; margin: 1rem 0; }
.box p { margin: .15rem 0; }
.soft, figcaption { color: var(--soft); font-size: .9rem; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
th { color: var(--soft); font-weight: 600; }
code, pre { font: .88rem/1.45 ui-monospace, monospace; }
pre { background: var(--ground); padding: .7rem 1rem; overflow-x: auto; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
.row { display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
.row figure { flex: 1 1 20rem; max-width: 30rem; }
.facts th, .facts td { text-align: left; vertical-align: top; white-space: normal; overflow-wrap: anywhere; }
.facts th { white-space: nowrap; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
details .wide { max-height: 30rem; overflow: auto; }
details pre { max-height: 24rem; }
@media print {
  :root { --paper: #fff; --text: #000; --soft: #444; --rule: #bbb; --ground: #fff; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  figure, table, .box { break-inside: avoid; }
  h2 { break-after: avoid; }
  figure svg { max-height: 15cm; width: auto; }
  details { display: none; }
}
";

/// Largest JSON text on a page, in bytes.
const MAX_JSON_BYTES: usize = 1 << 20;

/// A page under construction.
pub(crate) struct HtmlPage {
    title: String,
    body: String,
}

impl HtmlPage {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.into(), body: format!("<h1>{}</h1>\n", escape(title)) }
    }

    /// Appends the summary of the result.
    pub(crate) fn lead(&mut self, text: &str) {
        self.body += &format!("<p class=\"lead\">{}</p>\n", escape(text));
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.body += &format!("<h2>{}</h2>\n", escape(text));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.body += &format!("<p>{}</p>\n", escape(text));
    }

    /// Appends lines in a box.
    pub(crate) fn notes(&mut self, lines: &[String]) {
        let lines: String = lines.iter().map(|line| format!("<p>{}</p>\n", escape(line))).collect();
        self.body += &format!("<div class=\"box\">\n{lines}</div>\n");
    }

    pub(crate) fn table(&mut self, table: &TextTable) {
        self.body += &format!("<div class=\"wide\">\n{}</div>\n", table.html());
    }

    pub(crate) fn figure(&mut self, figure: &Figure<'_>) {
        self.body += &format!("<figure>\n{}</figure>\n", figure.svg(Theme::Page));
    }

    /// Appends figures next to each other where the page is wide enough.
    pub(crate) fn figure_row(&mut self, row: &[Figure<'_>]) {
        self.body += "<div class=\"row\">\n";
        for figure in row {
            self.figure(figure);
        }
        self.body += "</div>\n";
    }

    /// Appends facts with their names.
    pub(crate) fn facts(&mut self, facts: &[(String, String)]) {
        let row =
            |(name, text): &(String, String)| format!("<tr><th>{}</th><td>{}</td></tr>\n", escape(name), escape(text));
        self.body += &format!(
            "<table class=\"facts\">\n<tbody>\n{}</tbody>\n</table>\n",
            facts.iter().map(row).collect::<String>()
        );
    }

    /// Appends a table in a collapsed section.
    pub(crate) fn details(&mut self, summary: &str, table: &TextTable) {
        let (summary, table) = (escape(summary), table.html());
        self.body += &format!("<details><summary>{summary}</summary>\n<div class=\"wide\">\n{table}</div></details>\n");
    }

    pub(crate) fn command(&mut self, what: &str, command: &str) {
        self.body += &format!("<p>{}</p>\n<pre class=\"command\">{}</pre>\n", escape(what), escape(command));
    }

    /// Appends the result as JSON in a collapsed section.
    pub(crate) fn json(&mut self, json: &str) {
        if json.len() > MAX_JSON_BYTES {
            return self.text("The JSON result is too large for this page; --format json prints it.");
        }
        self.body += &format!("<details><summary>Result as JSON</summary>\n<pre>{}</pre></details>\n", escape(json));
    }

    /// Returns the HTML text of the page.
    pub(crate) fn finish(self) -> String {
        let Self { title, body } = self;
        let (title, version) = (escape(&title), env!("CARGO_PKG_VERSION"));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>\n{STYLE}{}</style>\n</head>\n<body>\n{body}<p class=\"soft\">thalweg {version}</p>\n</body>\n</html>\n",
            page_css()
        )
    }
}
