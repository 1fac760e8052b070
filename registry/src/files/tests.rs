use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::segment::{HEADER, Record};
use super::{LocalDisk, Segments, Spool, SpoolLimits};
use crate::cipher::{KeyVersion, Vault};
use crate::ids::Id;
use crate::testing::{Fault, ForgetfulDisk};

const FOLDER: &str = "/segments";

fn record(number: u8, length: usize) -> Record {
    let behind_room = vec![number; HEADER + length];
    let plan = Id::from_bytes([number; 16]);
    Record::new(plan, [number; 32], [number + 1; 32], behind_room)
}

fn segments(disk: &ForgetfulDisk, writer: &str) -> Segments {
    Segments::open(Arc::new(disk.clone()), PathBuf::from(FOLDER), writer).unwrap()
}

fn plans(segments: &Segments) -> Vec<u8> {
    let names = segments.names().unwrap();
    let tails = names
        .iter()
        .filter_map(|name| segments.tail(name, 0).unwrap());
    tails
        .flatten()
        .map(|found| found.plan.as_bytes()[0])
        .collect()
}

#[test]
fn what_was_appended_survives_and_reads_back() {
    let disk = ForgetfulDisk::default();
    let mut writing = segments(&disk, "w");
    let locations = writing
        .append(&[record(1, 10), record(2, 3 << 20), record(3, 0)])
        .unwrap();
    disk.crash(0);
    let reading = segments(&disk, "again");
    assert_eq!(plans(&reading), [1, 2, 3]);
    for (location, number) in locations.iter().zip([1, 2, 3]) {
        let payload = reading.read(location).unwrap();
        assert!(payload.len() as u64 == location.length && payload.iter().all(|b| *b == number));
    }
}

#[test]
fn what_another_process_left_unsynced_is_made_durable() {
    let disk = ForgetfulDisk::default();
    let mut dying = segments(&disk, "w");
    dying.append(&[record(1, 10)]).unwrap();
    // The process ends between append and sync; the bytes are with the system alone.
    disk.fail_after(1, Fault::Lost);
    assert!(dying.append(&[record(2, 10)]).is_err());
    drop(dying);
    let next = segments(&disk, "x");
    assert_eq!(plans(&next), [1, 2]);
    next.sync_found(&BTreeSet::from(["w-000001.seg"])).unwrap();
    disk.crash(0);
    assert_eq!(plans(&segments(&disk, "y")), [1, 2]);
}

#[test]
fn a_torn_tail_is_no_record() {
    let disk = ForgetfulDisk::default();
    let mut writing = segments(&disk, "w");
    writing.append(&[record(1, 10)]).unwrap();
    let calls = disk.calls();
    // The group is written, but power is lost before its sync.
    disk.fail_after(1, Fault::Lost);
    assert!(writing.append(&[record(2, 10), record(3, 10)]).is_err());
    assert_eq!(disk.calls(), calls + 2);
    for (torn, expect) in [
        (2 * HEADER + 20, vec![1, 2, 3]),
        (2 * HEADER + 19, vec![1, 2]),
        (HEADER + 10, vec![1, 2]),
        (HEADER + 9, vec![1]),
        (1, vec![1]),
        (0, vec![1]),
    ] {
        disk.crash(0);
        let path = Path::new(FOLDER).join("w-000001.seg");
        let whole = segments(&disk, "x")
            .tail("w-000001.seg", 0)
            .unwrap()
            .unwrap();
        assert_eq!(whole.len(), 1, "{torn}");
        let again = ForgetfulDisk::default();
        copy(&disk, &again, &path, torn);
        assert_eq!(plans(&segments(&again, "x")), expect, "{torn}");
    }
}

/// Copies a segment to another disk with two more records behind it, of which `torn` bytes arrive.
fn copy(from: &ForgetfulDisk, to: &ForgetfulDisk, path: &Path, torn: usize) {
    use super::Disk;
    let file = from.open(path).unwrap();
    let mut bytes = vec![0; file.length().unwrap() as usize];
    file.read_at(0, &mut bytes).unwrap();
    let mut more = Vec::new();
    more.extend_from_slice(record(2, 10).bytes());
    more.extend_from_slice(record(3, 10).bytes());
    bytes.extend_from_slice(&more[..torn]);
    to.create(path).unwrap().append(&bytes).unwrap();
}

#[test]
fn after_any_failed_call_the_next_group_is_safe() {
    for fault in [Fault::Lost, Fault::Kept, Fault::Full] {
        for call in 0..12 {
            let disk = ForgetfulDisk::default();
            let mut writing = segments(&disk, "w").roll_at(200);
            disk.fail_after(call, fault);
            let mut kept = Vec::new();
            for number in 1..=4 {
                if writing
                    .append(&[record(number, 50), record(number + 100, 60)])
                    .is_ok()
                {
                    kept.extend([number, number + 100]);
                }
            }
            disk.crash(0);
            let found = plans(&segments(&disk, "again"));
            assert!(
                kept.len() >= 6,
                "one fault costs one group: {fault:?} at {call}"
            );
            for number in kept {
                assert!(
                    found.contains(&number),
                    "{number} is lost: {fault:?} at {call}"
                );
            }
        }
    }
}

#[test]
fn a_segment_rolls_and_a_new_process_begins_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let open = |writer| {
        Segments::open(Arc::new(LocalDisk), folder.path().to_owned(), writer)
            .unwrap()
            .roll_at(100)
    };
    let mut first = open("a");
    first.append(&[record(1, 200)]).unwrap();
    first.append(&[record(2, 1)]).unwrap();
    let mut second = open("b");
    second.append(&[record(3, 1)]).unwrap();
    assert_eq!(
        second.names().unwrap(),
        ["a-000001.seg", "a-000002.seg", "b-000001.seg"]
    );
    assert_eq!(plans(&open("reader")), [1, 2, 3]);
    // The first process still holds its last segment, so nobody cuts it.
    assert!(!second.cut("a-000002.seg", 8).unwrap());
    drop(first);
    assert!(second.cut("a-000002.seg", 8).unwrap());
    assert_eq!(plans(&open("reader")), [1, 3]);
}

#[test]
fn damage_is_noticed_when_a_file_is_read() {
    let disk = ForgetfulDisk::default();
    let mut writing = segments(&disk, "w");
    let location = writing.append(&[record(1, 10)]).unwrap().remove(0);
    disk.flip(
        &Path::new(FOLDER).join(&location.segment),
        location.offset as usize + HEADER + 3,
    );
    assert!(
        writing
            .read(&location)
            .unwrap_err()
            .to_string()
            .contains("no whole record")
    );
}

fn vault() -> Vault {
    let key = [KeyVersion {
        version: 1,
        secret: [1; 32],
    }];
    Vault::new(&key, &key).unwrap()
}

fn spool(disk: &ForgetfulDisk, limits: SpoolLimits) -> Spool {
    Spool::open(
        Arc::new(disk.clone()),
        PathBuf::from("/spool"),
        vault(),
        limits,
    )
    .unwrap()
}

#[test]
fn a_body_comes_back_from_any_place() {
    let disk = ForgetfulDisk::default();
    let body: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let body = &body[..length];
        let id = Id::from_bytes([(length % 199) as u8; 16]);
        let mut arriving = spool(&disk, SpoolLimits::default()).begin(id).unwrap();
        for piece in body.chunks(7_777) {
            arriving.write(piece).unwrap();
        }
        let spooled = arriving.finish().unwrap();
        disk.crash(0);
        let spool = spool(&disk, SpoolLimits::default());
        let mut reader = spool.read(id, spooled.length, &spooled.wrapped).unwrap();
        let mut back = Vec::new();
        reader.read_to_end(&mut back).unwrap();
        assert!(back == body, "{length}");
        let middle = length as u64 / 2;
        reader.seek(SeekFrom::Start(middle)).unwrap();
        back.clear();
        reader.read_to_end(&mut back).unwrap();
        assert!(back == body[middle as usize..], "{length}");
    }
}

#[test]
fn the_spool_is_bounded_and_forgets_what_was_not_finished() {
    let disk = ForgetfulDisk::default();
    let spool = spool(
        &disk,
        SpoolLimits {
            body: 100,
            total: 400,
            ..SpoolLimits::default()
        },
    );
    let begin = |number| spool.begin(Id::from_bytes([number; 16])).unwrap();
    let mut long = begin(1);
    assert_eq!(long.write(&[0; 101]).unwrap_err().code(), "body_too_large");
    drop(long);
    assert!(spool.bodies().unwrap().is_empty());
    let finish = |number| {
        let mut body = begin(number);
        body.write(&[0; 100]).unwrap();
        body.finish()
    };
    for number in 2..=4 {
        finish(number).unwrap();
    }
    assert_eq!(finish(5).unwrap_err().code(), "spool_full");
    spool.remove(Id::from_bytes([2; 16])).unwrap();
    finish(6).unwrap();
    assert_eq!(spool.bodies().unwrap().len(), 3);
}

#[test]
fn a_body_that_was_cut_does_not_pass_for_a_shorter_one() {
    use super::Disk;
    let disk = ForgetfulDisk::default();
    let spool = spool(&disk, SpoolLimits::default());
    let id = Id::from_bytes([1; 16]);
    let mut body = spool.begin(id).unwrap();
    body.write(&[5; 100_000]).unwrap();
    let spooled = body.finish().unwrap();
    disk.open(&Path::new("/spool").join(format!("{id}.body")))
        .unwrap()
        .cut(65_564)
        .unwrap();
    let mut reader = spool.read(id, spooled.length, &spooled.wrapped).unwrap();
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
    let mut shorter = spool.read(id, 65_536, &spooled.wrapped).unwrap();
    assert!(shorter.read_to_end(&mut Vec::new()).is_err());
}
