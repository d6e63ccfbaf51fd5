//! Destinations of output files: errors in advance, and atomic replacement.

use std::fs;
use std::path::Path;

use crate::common::message;
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
    // What the system would notice at the end.
    assert_eq!(refused(&folder.join("m.model/")), "the path ends like that of a folder");
    assert_eq!(refused(&folder.join("m.model/.")), "the path ends like that of a folder");
    assert_eq!(refused(&folder.join("..")), "it is a folder");
    assert_eq!(refused(&folder.join("m".repeat(256))), "its name is too long");
    Destination::open(&folder.join("m".repeat(255))).expect("the path can be written to");
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
    // A replaced file keeps its permissions, whatever they are.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
    Destination::open(&file).expect("the path can be written to").write(b"newer").expect("the file is written");
    assert_eq!((mode(&file) & 0o7777, fs::read(&file).expect("it is read")), (0o640, b"newer".to_vec()));
    // A link to a file that does not exist yet gets that file; a loop of links has none.
    let (target, dangling) = (folder.path().join("target"), folder.path().join("dangling"));
    symlink("target", &dangling).expect("the link is created");
    Destination::open(&dangling).expect("the path can be written to").write(b"new").expect("the file is written");
    assert!(fs::symlink_metadata(&dangling).expect("the link exists").is_symlink());
    assert_eq!(fs::read(&target).expect("the file is read"), b"new");
    symlink("loop", folder.path().join("loop")).expect("the link is created");
    assert!(message(Destination::open(&folder.path().join("loop"))).ends_with("its links form a loop"));
    symlink("none/file", folder.path().join("lost")).expect("the link is created");
    assert!(message(Destination::open(&folder.path().join("lost"))).ends_with("none' does not exist"));
    // Other names of a replaced file keep the old content.
    let other = folder.path().join("other");
    fs::hard_link(&file, &other).expect("the link is created");
    Destination::open(&file).expect("the path can be written to").write(b"newest").expect("the file is written");
    assert_eq!(fs::read(&other).expect("the file is read"), b"newer");
    // A socket stands for any device: one of our own, since a bug would replace that of the system.
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).expect("the socket is created");
    assert!(Destination::open(&socket).expect("not a folder").write(b"x").is_err());
    assert!(fs::metadata(&socket).expect("the file exists").file_type().is_socket());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_only_its_owner_may_replace_is_refused_at_once() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.model");
    fs::write(&path, "old").expect("the file is written");
    let own = fs::metadata(&path).expect("the file exists").uid();
    // Only root can make a file of another user, and root may replace it.
    if own == 0 {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).expect("set");
        chown(&path, Some(1), Some(1)).expect("root may do that");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        Destination::open(&path).expect("the path can be written to").write(b"new").expect("the file is written");
        let found = fs::metadata(&path).expect("the file exists");
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o777), (1, 1, 0o600));
    } else {
        let text = message(Destination::open(Path::new("/etc/passwd")));
        assert!(text.contains("it cannot be changed: "), "{text}");
    }
}
