//! `--plot` and `--report`: complete pictures of the requested format, and self-contained pages.

use crate::common::TestDir;

/// Returns the texts of an SVG, which must be well-formed.
fn svg_texts(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).expect("the output is UTF-8");
    let document = roxmltree::Document::parse(text).expect("the file is XML");
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .map(Into::into)
        .collect()
}

/// Checks that a page is complete and refers to no external resource.
fn assert_self_contained(page: &[u8]) {
    let page = std::str::from_utf8(page).expect("the output is UTF-8");
    let foreign = ["src=", "href=", "url(", "@import", "<script", "<link", "<iframe"];
    assert!(foreign.iter().all(|word| !page.contains(word)), "a page that asks for more");
    // The one address is the name of SVG's language.
    let addresses: Vec<_> = page.match_indices("://").map(|(at, _)| &page[at - 4..(at + 25).min(page.len())]).collect();
    assert!(addresses.iter().all(|found| found.contains("www.w3.org/2000/svg")), "{addresses:?}");
    for part in ["prefers-color-scheme: dark", "@media print", "<svg", "<table>", "</html>"] {
        assert!(page.contains(part), "no {part}");
    }
}

#[test]
fn a_path_is_drawn_with_its_critical_points() {
    let folder = TestDir::new();
    folder.json("minimize himmelblau --lr 0.05 --plot h.svg --report h.html");
    let texts = svg_texts(&folder.read("h.svg"));
    for word in ["himmelblau", "adam:lr=0.05", "start", "minimum", "saddle", "maximum", "gradient norm", "step"] {
        assert!(texts.iter().any(|text| text == word), "no {word} in {texts:?}");
    }
    assert_self_contained(&folder.read("h.html"));
    let page = String::from_utf8(folder.read("h.html")).expect("the file is UTF-8 text");
    assert!(page.contains("a strict minimum, f = ") && page.contains("The surface"), "no verdict");
}

#[test]
fn the_plane_of_a_path_says_how_much_it_shows() {
    let folder = TestDir::new();
    folder.json("minimize rosenbrock --dim 8 --steps 3000 --plot p.svg --report p.html");
    let texts = svg_texts(&folder.read("p.svg"));
    let note = texts.iter().find(|text| text.starts_with("this plane shows ")).expect("the note is in the picture");
    let share: f64 = note.split(' ').nth(3).and_then(|word| word.parse().ok()).expect("the value is a number");
    assert!((50.0..=100.0).contains(&share) && note.ends_with("% of the motion in 8 dimensions"), "{note}");
    // In the plane of a motion that has two dimensions, all is shown.
    folder.json("minimize x^2+4*y^2+0*z --start 1,1,0 --lr 0.05 --plot two.svg");
    let all = String::from_utf8(folder.read("two.svg")).expect("the file is UTF-8 text");
    assert!(all.contains("this plane shows 100.0 % of the motion in 3 dimensions"), "{all:.300}");
}

#[test]
fn every_kind_of_file_is_what_it_says() {
    let folder = TestDir::new();
    for view in ["contour", "surface"] {
        folder.json(&format!("minimize saddle --method sgd:lr=0.05 --steps 200 --plot s.png --view {view}"));
        assert_eq!(&folder.read("s.png")[..8], b"\x89PNG\r\n\x1a\n");
        folder.json(&format!("minimize saddle --method sgd:lr=0.05 --steps 200 --plot s.gif --view {view}"));
        assert_eq!(&folder.read("s.gif")[..6], b"GIF89a");
    }
    folder.json("minimize x^2*cos(3*x) --start 2 --plot one.svg");
    assert!(svg_texts(&folder.read("one.svg")).iter().any(|text| text == "x"));
    // A run that leaves the domain, one that flies away, and one that does not move.
    for line in ["log(x)+y --method sgd:lr=3", "x^4+y^4 --start 9,9 --method sgd:lr=1", "bowl --steps 0", "0*x+0*y"] {
        let ran = folder.run(&format!("minimize {line} --plot end.svg --report end.html --quiet"));
        assert!([0, 3].contains(&ran.code), "{line}: {ran:?}");
        svg_texts(&folder.read("end.svg"));
        assert_self_contained(&folder.read("end.html"));
    }
}

#[test]
fn a_comparison_is_drawn_whole() {
    let folder = TestDir::new();
    folder.json("compare rosenbrock --steps 300 --tuning-seeds 3 --seeds 5 --plot c.svg --report c.html");
    let found = svg_texts(&folder.read("c.svg"));
    let methods = ["sgd", "momentum", "nag", "adagrad", "rmsprop", "adadelta", "adam", "nadam"];
    for word in methods.iter().chain(&["Progress", "Sensitivity to the learning rate", "learning rate"]) {
        assert!(found.iter().any(|text| text == word), "no {word} in {found:?}");
    }
    assert_self_contained(&folder.read("c.html"));
    // From the file of runs come the same pictures, to the byte.
    folder.json("compare --from rosenbrock.runs.jsonl --plot again.svg --report again.html");
    assert!(folder.read("again.svg") == folder.read("c.svg") && folder.read("again.html") == folder.read("c.html"));
    folder.json("compare data/diabetes.csv --target progression --methods sgd,adam --epochs 3 --tuning-seeds 3 --seeds 5 --plot d.svg --report d.html");
    assert!(svg_texts(&folder.read("d.svg")).iter().any(|text| text.starts_with("validation loss − ")));
    assert_self_contained(&folder.read("d.html"));
    for line in [
        "compare --from diabetes.runs.jsonl --plot d.gif",
        "compare data/diabetes.csv --target progression --plot d.gif --runs none.jsonl",
        "compare x^2 --plot d.gif --runs none.jsonl",
    ] {
        let gif = folder.run(line);
        assert!(gif.code == 2 && gif.out.is_empty() && gif.err.contains("at least two variables"), "{gif:?}");
    }
    assert!(!folder.files().contains(&"none.jsonl".into()), "refused before the first run");
}

#[test]
fn the_race_of_eight_methods_is_small() {
    let folder = TestDir::new();
    folder.json("compare rosenbrock --steps 300 --protocol defaults --seeds 5 --plot race.gif");
    let bytes = folder.read("race.gif");
    assert!(bytes.len() < 2_000_000, "{} bytes", bytes.len());
    let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).expect("the file is a GIF");
    let mut frames = 0;
    while decoder.read_next_frame().expect("the frame can be decoded").is_some() {
        frames += 1;
    }
    assert!(frames >= 100, "{frames} frames");
}

#[test]
fn a_picture_that_cannot_be_is_refused_before_the_run() {
    let folder = TestDir::new();
    for (line, code, said) in [
        ("minimize bowl --plot x.jpg", 2, "expected a .svg, .png or .gif file, found 'x.jpg'"),
        ("minimize bowl --plot x", 2, "expected a .svg, .png or .gif file"),
        ("minimize bowl --plot no/x.svg", 1, "the folder 'no' does not exist"),
        ("minimize bowl --report no/x.html", 1, "the folder 'no' does not exist"),
        ("minimize x^2 --plot x.gif", 2, "at least two variables"),
        ("minimize bowl --view surface", 2, "--plot"),
        ("compare bowl --plot no/x.png", 1, "the folder 'no' does not exist"),
        ("compare bowl --plot x.bmp", 2, "expected a .svg, .png or .gif file"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line}: {} {}", ran.code, ran.err);
    }
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}
