//! `fit --tensorboard`: event files, decoded here and by the reader of `TensorBoard`.

use crate::common::{TestDir, python_with};
use prost::Message;
use serde_json::Value;

const FILE: &str = "events.out.tfevents.thalweg";

/// `event.proto` of TensorFlow, as far as it is used.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Number>,
}

#[derive(Clone, PartialEq, Message)]
struct Number {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// Returns the events of a file, whose checksums must be right and which must end with an event.
fn events(bytes: &[u8]) -> Vec<Event> {
    let masked = |data: &[u8]| {
        let crc = crc32c::crc32c(data);
        crc.rotate_right(15).wrapping_add(0xA282_EAD8)
    };
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    let (mut rest, mut events) = (bytes, Vec::new());
    while !rest.is_empty() {
        let length = usize::try_from(u64::from_le_bytes(rest[..8].try_into().expect("eight bytes"))).expect("short");
        assert_eq!(number(&rest[8..12]), masked(&rest[..8]), "checksum of a length");
        let data = &rest[12..12 + length];
        assert_eq!(number(&rest[12 + length..16 + length]), masked(data), "checksum of the data");
        events.push(Event::decode(data).expect("an event"));
        rest = &rest[16 + length..];
    }
    events
}

/// Returns epoch, tag and value of every number in a folder; the first event must be the version.
fn numbers(folder: &TestDir, log: &str) -> Vec<(i64, String, f32)> {
    let events = events(&folder.read(&format!("{log}/{FILE}")));
    assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
    assert!(events.iter().all(|event| event.wall_time > 1.6e9));
    assert!(events.windows(2).all(|pair| pair[0].wall_time <= pair[1].wall_time));
    let of_event = |event: &Event| {
        let values = event.summary.clone().unwrap_or_default().value;
        values.into_iter().map(|one| (event.step, one.tag, one.simple_value.expect("a number"))).collect::<Vec<_>>()
    };
    events.iter().flat_map(of_event).collect()
}

/// Returns the numbers of a history in the form of [`numbers`].
fn of_history(folder: &TestDir, name: &str) -> Vec<(i64, String, f32)> {
    let text = String::from_utf8(folder.read(name)).expect("the output is UTF-8");
    let keys = [("train_loss", "train/loss"), ("lr", "learning_rate"), ("validation_loss", "validation/loss")];
    let of_line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("the line is JSON");
        let epoch = line["epoch"].as_i64().expect("a number");
        let number = |(key, tag): (&str, &str)| Some((epoch, tag.to_owned(), line[key].as_f64()? as f32));
        keys.into_iter().filter_map(number).collect::<Vec<_>>()
    };
    text.lines().flat_map(of_line).collect()
}

const FIT: &str = "fit data/diabetes.csv -t progression --model mlp:4 --refit never --patience 0 --schedule constant";

#[test]
fn every_epoch_is_an_event_with_the_numbers_of_the_history() {
    let folder = TestDir::new();
    folder.json(&format!("{FIT} -e 5 --tensorboard logs/run1 --history h.jsonl"));
    let found = numbers(&folder, "logs/run1");
    assert_eq!(found.len(), 15);
    assert_eq!(found, of_history(&folder, "h.jsonl"));
    // Another fit replaces the events; without validation rows, there are fewer numbers.
    folder.json(&format!("{FIT} -e 3 --val-fraction 0 --tensorboard logs/run1 -o other.model"));
    let tags: Vec<String> =
        numbers(&folder, "logs/run1").into_iter().map(|(epoch, tag, _)| format!("{epoch} {tag}")).collect();
    assert_eq!(
        tags,
        ["1 train/loss", "1 learning_rate", "2 train/loss", "2 learning_rate", "3 train/loss", "3 learning_rate"]
    );
}

#[test]
fn a_resumed_fit_continues_the_events() {
    let folder = TestDir::new();
    folder.json(&format!("{FIT} -e 12 -o whole.model --tensorboard whole"));
    folder.json(&format!("{FIT} -e 6 -o part.model --checkpoint ck --checkpoint-every epoch --tensorboard part"));
    // Epochs after the checkpoint, and an event that was cut, are what a killed fit leaves.
    let later = folder.read(&format!("whole/{FILE}"));
    for (name, bytes) in [("killed", later.clone()), ("cut", later[..later.len() - 5].to_vec()), ("empty", Vec::new())]
    {
        std::fs::create_dir(folder.path(name)).expect("the folder is created");
        std::fs::write(folder.path(name).join(FILE), bytes).expect("the file is written");
    }
    for (number, log) in ["part", "killed", "cut", "empty", "absent"].into_iter().enumerate() {
        folder.shell(&format!("cp -r ck ck{number}"));
        folder.json(&format!("{FIT} -e 12 -o {log}-again.model --resume ck{number} --force --tensorboard {log}"));
        let expected: Vec<_> = numbers(&folder, "whole")
            .into_iter()
            .filter(|(epoch, ..)| !["empty", "absent"].contains(&log) || *epoch > 6)
            .collect();
        assert_eq!(numbers(&folder, log), expected, "{log}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_the_fit() {
    let folder = TestDir::new();
    folder.write("file", "");
    for (log, code) in [("file", 1), ("file/logs", 1)] {
        let ran = folder.run(&format!("{FIT} -e 3 --tensorboard {log}"));
        assert!(ran.code == code && ran.err.contains("file") && ran.out.is_empty(), "{ran:?}");
    }
    assert_eq!(folder.files(), ["file"]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_the_fit_goes_on() {
    let folder = TestDir::new();
    let ran = folder.shell(&format!("ulimit -f 1; thalweg {FIT} -e 30 --quiet -o /dev/null --tensorboard logs"));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("warning: the events for TensorBoard are incomplete"), "{ran:?}");
    assert_eq!(ran.err.matches("warning").count(), 1, "{ran:?}");
}

#[test]
fn tensorboard_reads_the_events() {
    let Some(mut python) = python_with("tensorboard.backend.event_processing.event_accumulator") else {
        eprintln!("skipped: no Python with tensorboard (THALWEG_PYTHON names one)");
        return;
    };
    let folder = TestDir::new();
    folder.json(&format!("{FIT} -e 4 --tensorboard logs"));
    let script = "import sys\n\
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n\
        log = EventAccumulator(sys.argv[1])\n\
        log.Reload()\n\
        for tag in sorted(log.Tags()['scalars']):\n    \
            for one in log.Scalars(tag):\n        \
                print(one.step, tag, repr(float(one.value)))\n";
    let ran = python.args(["-c", script]).arg(folder.path("logs")).output().expect("Python runs");
    let text = String::from_utf8_lossy(&ran.stdout);
    let mut found: Vec<(i64, String, f32)> = text
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let mut next = || words.next().expect("three words");
            (next().parse().expect("a number"), next().to_owned(), next().parse().expect("a number"))
        })
        .collect();
    let mut expected = numbers(&folder, "logs");
    let order = |a: &(i64, String, f32), b: &(i64, String, f32)| (a.0, &a.1).cmp(&(b.0, &b.1));
    found.sort_by(order);
    expected.sort_by(order);
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(&ran.stderr));
}
