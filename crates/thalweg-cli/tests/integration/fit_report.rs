//! `fit --report`: a self-contained page with the data, the training, the metrics and the coefficients.

use crate::common::TestDir;
use roxmltree::Document;

/// Returns the page as XML: the elements that HTML leaves open are closed.
fn as_xml(page: &[u8]) -> String {
    let page = std::str::from_utf8(page).expect("the output is UTF-8");
    let close = |line: &str| {
        if line.starts_with("<meta ") { line.replacen('>', "/>", 1) } else { line.to_owned() }
    };
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("the page says what it is");
    body.lines().map(|line| close(line) + "\n").collect()
}

/// Checks that a page is well-formed and asks for nothing, and returns its text.
fn page_text(page: &[u8]) -> String {
    let xml = as_xml(page);
    let document = Document::parse(&xml).expect("the page is well-formed");
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "iframe", "img", "object", "base", "form"].contains(&name), "<{name}>");
        for attribute in node.attributes() {
            assert!(!["src", "href", "srcset", "action"].contains(&attribute.name()), "{attribute:?}");
            assert!(!attribute.name().starts_with("on"), "{attribute:?}");
        }
        if name == "style" {
            let style = node.text().unwrap_or_default();
            assert!(!style.contains("url(") && !style.contains("@import"), "a style sheet that asks for more");
        }
    }
    let addresses = xml.matches("://").count();
    assert_eq!(addresses, xml.matches("http://www.w3.org/2000/svg").count(), "an address that is not that of SVG");
    for part in ["prefers-color-scheme: dark", "@media print"] {
        assert!(xml.contains(part), "no {part}");
    }
    document.root().descendants().filter_map(|node| node.text()).collect::<Vec<_>>().join("\n")
}

fn assert_contains(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no {word} in {text}");
    }
}

#[test]
fn the_page_shows_what_the_fit_printed() {
    let folder = TestDir::new();
    let result = folder.json("fit data/breast_cancer.csv -t diagnosis --method adam -e 7 -o m.model --report m.html");
    let text = page_text(&folder.read("m.html"));
    let number = |value: &serde_json::Value| format!("{:.4}", value.as_f64().expect("a number"));
    let [metrics, baseline] = [&result["validation"], &result["baseline"]["validation"]];
    assert_contains(
        &text,
        &[
            "data/breast_cancer.csv: logistic regression of diagnosis",
            &format!("On 113 validation rows: log loss {}", number(&metrics["loss"])),
            &format!("The best constant prediction: log loss {}", number(&baseline["loss"])),
            "569 rows: 456 for training, 113 for validation",
            "Loss",
            "Learning rate",
            "epoch",
            "stopped",
            "95 % interval",
            "Confusion matrix of the validation rows",
            "ROC curve",
            "Precision and recall",
            "Calibration",
            "Largest coefficients",
            "Coefficients by absolute value (30)",
            "thalweg fit data/breast_cancer.csv -t diagnosis --method adam -e 7 -o m.model --report m.html",
            "thalweg predict m.model data/breast_cancer.csv",
            env!("CARGO_PKG_VERSION"),
        ],
    );
    // The notes are on the page although --quiet keeps them from standard error.
    assert_contains(&text, &["note: the loss was still falling"]);
    let coefficients = result["coefficients"].as_array().expect("a list");
    assert!(coefficients.iter().all(|one| text.contains(one["name"].as_str().expect("a name"))));
}

#[test]
fn what_was_dropped_is_listed_with_the_reasons() {
    let folder = TestDir::new();
    let rows: String = (0..60)
        .map(|i| match i {
            7 => "7,a,1,oops,0\n".to_owned(),
            9 => "9,b,1,2.5,\n".to_owned(),
            _ => format!("{i},{},1,{},{}\n", ["a", "b", "c"][i % 3], (i * 7) % 11, (i * 5) % 13),
        })
        .collect();
    folder.write("t.csv", &format!("row,level,same,x,y\n{rows}"));
    folder.json("fit t.csv -t y --on-error skip --report t.html");
    assert_contains(
        &page_text(&folder.read("t.html")),
        &[
            "1 row with missing y",
            "1 invalid row",
            "oops",
            "constant: always '1'",
            "row numbers",
            "Columns that are not used (2)",
            "Columns that are used (2)",
            "3 categories: a, b, c",
        ],
    );
}

#[test]
fn hostile_names_are_shown_and_not_run() {
    let folder = TestDir::new();
    let name = "<script>alert(1)</script>";
    let labels = ["<img src=x onerror=alert(2)>", "&amp;\u{202e}", "\"'></td>"];
    let rows: String = (0..90)
        .map(|i| format!("{},<b>{},{}\n", (i * 7) % 31, i % 2, labels[i % 3].replace('"', "\"\"")))
        .map(|line| {
            let cells: Vec<&str> = line.trim_end().split(',').collect();
            format!("{},{},\"{}\"\n", cells[0], cells[1], cells[2])
        })
        .collect();
    folder.write("t.csv", &format!("{name},<i onclick=x>,\"</title><svg onload=alert(3)>\"\n{rows}"));
    let ran =
        folder.command("fit t.csv --report t.html -e 3 --quiet --target").arg("</title><svg onload=alert(3)>").output();
    assert!(ran.expect("the program runs").status.success());
    let text = page_text(&folder.read("t.html"));
    assert_contains(&text, &[name, labels[0], "&amp;\\u{202e}", "<i onclick=x>=<b>0", "<svg onload=alert(3)>"]);
    assert!(text.contains("Confusion matrix of the validation rows"), "{text}");
}

#[test]
fn the_same_fit_gives_the_same_page_apart_from_times() {
    let pages = [1, 3].map(|threads| {
        let folder = TestDir::new();
        folder.json("fit data/diabetes.csv -t progression --model mlp:4 -e 5 --report d.html --checkpoint ck");
        let page = String::from_utf8(folder.read("d.html")).expect("the output is UTF-8");
        let times = ["<th>time</th>", "&quot;read&quot;", "&quot;fit&quot;", "&quot;total&quot;", "_per_second&quot;"];
        let kept = |line: &&str| !times.iter().any(|time| line.contains(time));
        (threads, page.lines().filter(kept).map(str::to_owned).collect::<Vec<_>>())
    });
    assert_eq!(pages[0].1, pages[1].1);
}

#[test]
fn the_page_of_a_resumed_fit_has_the_whole_history() {
    let folder = TestDir::new();
    let fit = "fit data/diabetes.csv -t progression --model mlp:4 --refit never --patience 0 --schedule constant -o";
    folder.json(&format!("{fit} a.model -e 6 --checkpoint ck --checkpoint-every epoch --report a.html"));
    folder.json(&format!("{fit} b.model -e 12 --resume ck --force --report b.html"));
    folder.json(&format!("{fit} c.model -e 12 --report c.html"));
    let text = page_text(&folder.read("b.html"));
    assert_contains(&text, &["in ck, every 30s; continued after epoch 6 and"]);
    assert_contains(&text, &["does not reproduce the model: the fit was forced", "epochs was 6, is 12"]);
    assert!(!text.contains("--resume") && !text.contains("byte for byte"), "the command continues nothing");
    let text = page_text(&folder.read("a.html"));
    assert!(!text.contains("--checkpoint") && text.contains("-e 6 --report a.html"), "{text}");
    assert_contains(&text, &["The same command gives the same model, byte for byte"]);
    let curves = |name: &str| {
        let page = String::from_utf8(folder.read(name)).expect("the output is UTF-8");
        let training = page.split_once("<div class=\"row\">").expect("figures").1;
        training.split_once("</div>").expect("the end of the figures").0.to_owned()
    };
    assert!(curves("b.html") == curves("c.html"), "other curves than those of a fit without a pause");
    assert!(curves("b.html") != curves("a.html"));
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_the_fit() {
    let folder = TestDir::new();
    for (line, code, said) in [
        ("--report no/x.html", 1, "the folder 'no' does not exist"),
        ("--report d.model -o d.model", 2, "-o and --report must be different files"),
        ("--report data/diabetes.csv", 2, "--report: the input file data/diabetes.csv would be overwritten"),
    ] {
        let ran = folder.run(&format!("fit data/diabetes.csv -t progression {line}"));
        assert!(ran.code == code && ran.err.contains(said), "{line}: {ran:?}");
    }
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}
