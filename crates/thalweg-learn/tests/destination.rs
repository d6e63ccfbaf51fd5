//! Destinations of output files: errors in advance, and atomic replacement.

mod common;

use std::fs;
use std::path::Path;

use common::message;
use thalweg_learn::Destination;

#[test]
fn an_invalid_destination_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let refused = |path: &Path| {
        let text = message(Destination::open(path));
        text.strip_prefix(&format!("{}: cannot write the file: ", path.display())).expect(&text).to_string()
    };
    assert_eq!(refused(folder), "it is a folder");
    let gone = folder.join("gone");
    assert_eq!(refused(&gone.join("m.model")), format!("the folder '{}' does not exist", gone.display()));
    let file = folder.join("file");
    fs::write(&file, "old").expect("the file is written");
    assert_eq!(refused(&file.join("m.model")), format!("'{}' is not a folder", file.display()));
    let mut permissions = fs::metadata(&file).expect("the file exists").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("set");
    assert_eq!(refused(&file), "it is read-only");
    assert_eq!(refused(Path::new("")), "the path has no file name");
    assert!(!Destination::open(folder).expect_err("a folder").is_bad_data());
    // A look at a good place leaves nothing there, and neither makes nor empties the file.
    Destination::open(&folder.join("new.model")).expect("the path can be written to");
    assert_eq!(fs::read_dir(folder).expect("a temporary folder").count(), 1);
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.model");
    fs::write(&path, "old and longer than the new").expect("the file is written");
    let place = Destination::open(&path).expect("the path can be written to");
    assert_eq!(fs::read(&path).expect("the file is read"), b"old and longer than the new");
    place.write(b"new").expect("the file is written");
    place.write(b"newer").expect("the file is replaced");
    assert_eq!(fs::read(&path).expect("the file is read"), b"newer");
    assert_eq!(fs::read_dir(folder.path()).expect("a temporary folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn links_and_special_files_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").expect("the file is written");
    symlink(&file, &link).expect("the link is created");
    Destination::open(&link).expect("the path can be written to").write(b"new").expect("the file is written");
    assert!(fs::symlink_metadata(&link).expect("the file exists").is_symlink());
    assert_eq!(fs::read(&file).expect("the file is read"), b"new");
    // The permissions are those of an ordinary file, not of a temporary one.
    let plain = folder.path().join("plain");
    fs::write(&plain, "x").expect("the file is written");
    let mode = |path: &Path| fs::metadata(path).expect("the file exists").permissions().mode();
    assert_eq!(mode(&file), mode(&plain));
    // A socket stands for any device: one of our own, since a bug would replace that of the system.
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).expect("the socket is created");
    assert!(Destination::open(&socket).expect("not a folder").write(b"x").is_err());
    assert!(fs::metadata(&socket).expect("the file exists").file_type().is_socket());
}
