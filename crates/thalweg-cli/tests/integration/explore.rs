//! `thalweg explore`: the page over the loopback interface, or how to get it.

use crate::common::TestDir;

#[cfg(not(feature = "explore"))]
#[test]
fn a_build_without_the_page_says_how_to_get_it() {
    let output = TestDir::new().command("explore --no-open").output().expect("the program runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("web/build && cargo install --path crates/thalweg-cli --features explore"), "{message}");
}

#[cfg(feature = "explore")]
#[test]
fn the_page_is_served_with_its_policy_until_the_program_ends() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::process::Stdio;

    let folder = TestDir::new();
    let mut command = folder.command("explore --no-open --quiet x^2+y^2");
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("the address");
    let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix("/#f=x%5E2%2By%5E2"));
    let address = address.unwrap_or_else(|| panic!("an address with the formula: {line}"));
    let get = |path: &str, host: &str| {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    };
    let page = get("/", address);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("<div id=\"app\"></div>"), "{page}");
    assert!(
        page.contains("Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"),
        "{page}"
    );
    let script = page.split("src=\"./").nth(1).and_then(|rest| rest.split('"').next()).expect("the page has a script");
    assert!(get(&format!("/{script}"), address).contains("Content-Type: text/javascript"));
    assert!(get("/", "example.org").starts_with("HTTP/1.1 403"));
    assert!(get("/../Cargo.toml", address).starts_with("HTTP/1.1 404"));
    child.kill().expect("the program runs still");
    child.wait().expect("the program ends");
}
