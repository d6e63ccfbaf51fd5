//! Interactions, hashing and the cache of encoded rows.

use crate::common::TestDir;

/// Rows of a town among many and a season, whose sales depend on both.
fn sales() -> String {
    let mut text = "town,season,price,sales\n".to_string();
    for row in 0..3000_u32 {
        let (town, season) = (row * 7919 % 311, row / 3 % 2);
        let price = f64::from(row * 31 % 101) / 10.0;
        let sales = f64::from(town % 13) + f64::from(season) * price;
        text += &format!("town{town},{},{price},{sales}\n", ["summer", "winter"][season as usize]);
    }
    text
}

#[test]
fn interactions_and_hashed_levels_are_fitted_reported_and_predicted() {
    let folder = TestDir::new();
    folder.write("sales.csv", &sales());
    let plain = folder.run("fit sales.csv -t sales -q --epochs 60 --format json");
    let more = "--interactions price*season --hash-bits 12";
    let better = folder.run(&format!("fit sales.csv -t sales -q --epochs 60 --format json {more}"));
    let r2 = |text: &str| {
        let report: serde_json::Value = serde_json::from_str(text).expect("the output is JSON");
        report["validation"]["r2"].as_f64().expect("the value is a number")
    };
    assert!(r2(&better.out) > 0.96 && r2(&plain.out) < 0.93, "{} {}", r2(&plain.out), r2(&better.out));
    let text = folder.run(&format!("fit sales.csv -t sales -q --epochs 60 {more}"));
    assert!(text.out.contains("hashed      311 levels to 2^12 coefficients; "), "{}", text.out);
    assert!(text.out.contains("  price*season=winter"), "{}", text.out);
    let inspected = folder.run("inspect sales.model");
    for said in ["town  hashed to 2^12 coefficients", "price*season  2 categories: summer, winter"] {
        assert!(inspected.out.contains(said), "{said} in\n{}", inspected.out);
    }
    folder.write("new.csv", "price,season,town\n4,winter,town12\n4,summer,town12\n");
    let predicted = folder.run("predict sales.model new.csv -q");
    let numbers: Vec<f64> = predicted.out.lines().map(|line| line.parse().expect("the value is a number")).collect();
    assert!((numbers[0] - 16.0).abs() < 1.0 && (numbers[1] - 12.0).abs() < 1.0, "{numbers:?}");
    for (wrong, said) in [
        ("--interactions price", "expected an interaction COLUMN*COLUMN, found 'price'"),
        ("--interactions price*prise", "'prise'"),
        ("--hash-bits 40", "40 is not in 1..=27"),
    ] {
        let refused = folder.run(&format!("fit sales.csv -t sales -q {wrong}"));
        assert!(refused.code == 2 && refused.err.contains(said), "{wrong}: {} {}", refused.code, refused.err);
    }
}

#[test]
fn the_use_of_a_cache_is_reported() {
    let folder = TestDir::new();
    folder.write("sales.csv", &sales());
    let line = "fit sales.csv -t sales -q --epochs 3 --cache";
    for said in ["rows written to sales.csv.cache", "rows read from sales.csv.cache"] {
        let ran = folder.run(line);
        assert!(ran.out.contains(&format!("cache       {said}")), "{}{}", ran.out, ran.err);
    }
    let other = folder.run(&format!("{line} --ignore town"));
    let said = "cache       rows rewritten (the data, the options or the version changed) to sales.csv.cache";
    assert!(other.out.contains(said), "{}", other.out);
    let refused = folder.run("fit - -t sales -q --cache");
    assert!(
        refused.code == 2 && refused.err.contains("cache must be off for standard input"),
        "{} {}",
        refused.code,
        refused.err
    );
}
