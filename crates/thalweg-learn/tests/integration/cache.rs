//! Cached rows equal those of reading the data again, and stale caches are detected.

use std::fs;
use std::path::{Path, PathBuf};

use thalweg::random::Random;
use thalweg_learn::fit::CacheStatus;
use thalweg_learn::{Callbacks, ColumnOptions, FitConfig};

fn table(folder: &Path) -> PathBuf {
    let mut random = Random::new(1);
    let mut text = "a,colour,town,w,y\n".to_string();
    for row in 0..5000 {
        let (a, colour, town) = (random.normal(), random.below(3), random.below(300));
        let a = if row % 50 == 7 { String::new() } else { a.to_string() };
        let y = u8::from(random.uniform() < 0.3 + 0.2 * colour as f64);
        text += &format!("{a},{},t{town},{},{y}\n", ["red", "green", "blue"][colour as usize], 1 + row % 3);
    }
    let path = folder.join("table.csv");
    fs::write(&path, text).expect("the file is written");
    path
}

fn fit() -> FitConfig {
    let column_options = ColumnOptions {
        hash_bits: 9,
        interactions: vec!["a*colour".parse().expect("the interaction is valid")],
        ..ColumnOptions::default()
    };
    FitConfig { column_options, weight_column: Some("w".into()), epochs: Some(3), ..FitConfig::new("y") }
}

/// Returns the bytes of the model, the report as JSON, and the use of the cache.
fn run(fit: &FitConfig, path: &Path) -> (Vec<u8>, String, Option<CacheStatus>) {
    let (mut report, model) = fit.run(path, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    (report.seconds, report.rows_per_second) = Default::default();
    let done = report.cache.take().map(|cache| cache.status);
    (
        model.to_bytes(path).expect("the model is serialized"),
        serde_json::to_string(&report).expect("the report is serialized"),
        done,
    )
}

#[test]
fn a_cache_changes_nothing_and_is_never_stale() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = table(folder.path());
    let cached = |fit: &FitConfig| run(&FitConfig { cache: true, ..fit.clone() }, &path);
    let expect = |fit: &FitConfig, done: CacheStatus| {
        let (model, report, none) = run(fit, &path);
        let (same_model, same_report, found) = cached(fit);
        assert_eq!((none, found), (None, Some(done)));
        assert!(model == same_model && report == same_report, "{report}\n{same_report}");
    };
    expect(&fit(), CacheStatus::Written);
    expect(&fit(), CacheStatus::Read);
    // Options of training do not affect the encoded rows.
    expect(
        &FitConfig {
            lr: Some(0.003.into()),
            l1: 1e-4,
            class_weight: thalweg_learn::fit::ClassWeight::Balanced,
            ..fit()
        },
        CacheStatus::Read,
    );
    let mut other = fit();
    other.column_options.ignore.push("a".into());
    other.column_options.interactions.clear();
    expect(&other, CacheStatus::Rewritten);
    expect(&other, CacheStatus::Read);
    expect(&FitConfig { seed: thalweg::Seed::new(1), ..other.clone() }, CacheStatus::Rewritten);
    // A changed label, with the size and the modification time of the file unchanged.
    let before = fs::metadata(&path).and_then(|found| found.modified()).expect("the file has a modification time");
    let text = fs::read_to_string(&path).expect("the file is text");
    let row = text.lines().nth(1).expect("the table has rows");
    let changed = format!("{}{}", &row[..row.len() - 1], i32::from(!row.ends_with('1')));
    fs::write(&path, text.replacen(row, &changed, 1)).expect("the file is written");
    fs::File::open(&path).and_then(|file| file.set_modified(before)).expect("the time is set");
    expect(&FitConfig { seed: thalweg::Seed::new(1), ..other.clone() }, CacheStatus::Rewritten);
}

#[test]
fn a_damaged_cache_is_rewritten() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = table(folder.path());
    let cached = FitConfig { cache: true, epochs: Some(1), ..fit() };
    let (model, ..) = run(&cached, &path);
    let cache = folder.path().join("table.csv.cache");
    let whole = fs::read(&cache).expect("the cache exists");
    let mut random = Random::new(2);
    let mut tries: Vec<Vec<u8>> = [0, 20, whole.len() / 2, whole.len() - 1].map(|end| whole[..end].to_vec()).into();
    for _ in 0..12 {
        let mut flipped = whole.clone();
        flipped[random.below(whole.len() as u64) as usize] ^= 1 << random.below(8);
        tries.push(flipped);
    }
    // Changes at the end, where the metadata are.
    for back in [1, 20, 30, 200, 3000] {
        let mut flipped = whole.clone();
        flipped[whole.len() - back] ^= 4;
        tries.push(flipped);
    }
    for bytes in tries {
        fs::write(&cache, bytes).expect("the file is written");
        let (same, _, done) = run(&cached, &path);
        assert_eq!(done, Some(CacheStatus::Rewritten));
        assert!(model == same && fs::read(&cache).expect("the cache exists").len() == whole.len());
    }
}

#[test]
fn standard_input_has_no_cache() {
    let fit = FitConfig { cache: true, ..FitConfig::new("y") };
    let error = fit.prepare(Path::new("-")).expect_err("standard input has no cache").to_string();
    assert!(error.contains("off for standard input"), "{error}");
}

#[test]
fn a_file_that_is_no_cache_is_left_alone() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = table(folder.path());
    let cache = folder.path().join("table.csv.cache");
    let fit = FitConfig { cache: true, ..fit() };
    for contents in ["precious\n", "thalweg", "a thalweg cache 2\n of another kind"] {
        fs::write(&cache, contents).expect("the file is written");
        let error = fit.prepare(path.as_path()).expect_err("the file is not replaced").to_string();
        assert!(
            error.ends_with("it exists and is no cache of rows; remove it or rename it to have a cache there"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&cache).expect("the file exists"), contents);
    }
}

#[test]
fn a_cache_of_an_earlier_version_is_replaced() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = table(folder.path());
    let cache = folder.path().join("table.csv.cache");
    let cached = FitConfig { cache: true, epochs: Some(1), ..fit() };
    for contents in [&b"rows and their description, thalweg cache 1\n"[..], b"thalweg cache 3\nrows"] {
        fs::write(&cache, contents).expect("the file is written");
        assert_eq!(run(&cached, &path).2, Some(CacheStatus::Rewritten));
    }
}

#[test]
fn fits_at_the_same_time_share_a_cache() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = table(folder.path());
    let other = FitConfig { cache: true, epochs: Some(1), seed: thalweg::Seed::new(1), ..fit() };
    let fits = [FitConfig { cache: true, epochs: Some(1), ..fit() }, other];
    let expected = fits.clone().map(|fit| run(&FitConfig { cache: false, ..fit }, &path).0);
    std::thread::scope(|scope| {
        for (fit, expected) in fits.iter().zip(&expected).cycle().take(8) {
            scope.spawn(|| (0..4).for_each(|_| assert!(run(fit, &path).0 == *expected)));
        }
    });
}

#[test]
#[cfg(unix)]
fn a_cache_has_the_permissions_of_other_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = table(folder.path());
    run(&FitConfig { cache: true, epochs: Some(1), ..fit() }, &path);
    let mode = |name: &str| fs::metadata(folder.path().join(name)).expect("the file exists").permissions().mode();
    assert_eq!(mode("table.csv.cache"), mode("table.csv"));
}
