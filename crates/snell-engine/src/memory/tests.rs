//! What is remembered is what would be read, or nothing.

use std::{cell::Cell, fs, sync::Arc};

use camino::{Utf8Path, Utf8PathBuf};
use snell_extract::{Dialect, ModuleFacts, extract};

use super::{
    FORGET_AFTER, Key, Memory,
    shard::{Days, Shard, stamp},
};

const TEXT: &str = "import { PrismaClient } from '@prisma/client';
const db = new PrismaClient();
export async function list(owner: string) {
  return db.post.findMany({ where: { owner }, take: 10 });
}
";

/// A module of its own for each number.
fn numbered(n: usize) -> String {
    format!("{TEXT}export const number = {n};\n")
}

fn path(folder: &tempfile::TempDir) -> &Utf8Path {
    Utf8Path::from_path(folder.path()).expect("UTF-8")
}

/// The facts of a text, and whether they had to be made.
fn ask(memory: &Memory, text: &str) -> (Arc<ModuleFacts>, bool) {
    let made = Cell::new(false);
    let facts = memory.recall(0, text, || {
        made.set(true);
        extract(text, Dialect::TypeScript)
    });
    assert_eq!(*facts, extract(text, Dialect::TypeScript));
    (facts, made.get())
}

fn is_made(memory: &Memory, text: &str) -> bool {
    ask(memory, text).1
}

/// The files of facts below a cache.
fn shards(cache: &Utf8Path) -> Vec<Utf8PathBuf> {
    let builds = cache
        .read_dir_utf8()
        .expect("a folder")
        .map(|e| e.expect("an entry"));
    builds
        .filter(|entry| entry.file_name().starts_with("facts-"))
        .flat_map(|entry| entry.path().read_dir_utf8().expect("a folder"))
        .map(|entry| entry.expect("an entry").path().to_owned())
        .collect()
}

/// The one file that holds the facts of one text.
fn only(cache: &Utf8Path) -> Utf8PathBuf {
    let mut files = shards(cache);
    assert_eq!(files.len(), 1);
    files.remove(0)
}

fn remembered(cache: &Utf8Path, texts: usize) {
    let memory = Memory::none().on_disk(cache);
    for n in 0..texts {
        ask(&memory, &numbered(n));
    }
    memory.settle();
    assert_eq!(memory.finish(), None);
}

#[test]
fn without_a_memory_everything_is_read_anew() {
    let memory = Memory::none();
    assert!(is_made(&memory, TEXT));
    assert!(is_made(&memory, TEXT));
}

#[test]
fn a_process_reads_a_text_once() {
    let memory = Memory::of_process();
    assert!(is_made(&memory, TEXT));
    assert!(!is_made(&memory, TEXT));
    assert!(is_made(&memory, &numbered(1)));
}

#[test]
fn a_process_forgets_what_nobody_asks_for() {
    let memory = Memory::of_process();
    ask(&memory, TEXT);
    ask(&memory, &numbered(1));
    for _ in 0..=FORGET_AFTER {
        memory.settle();
        assert!(!is_made(&memory, TEXT));
    }
    assert!(is_made(&memory, &numbered(1)));
}

#[test]
fn the_next_run_reads_facts_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    remembered(path(&folder), 20);
    let memory = Memory::none().on_disk(path(&folder));
    for n in 0..20 {
        assert!(!is_made(&memory, &numbered(n)));
    }
    assert!(is_made(&memory, &numbered(20)));
}

#[test]
fn facts_of_one_text_are_told_apart_by_their_reader() {
    let folder = tempfile::tempdir().unwrap();
    let text = "CREATE TABLE a (b int);";
    let memory = Memory::none().on_disk(path(&folder));
    let read = (
        memory.sql(text),
        memory.schema(text),
        memory.module(text, Dialect::TypeScript),
        memory.module(text, Dialect::Tsx),
    );
    memory.settle();
    memory.finish();
    let again = Memory::none().on_disk(path(&folder));
    assert_eq!(read.0, again.sql(text));
    assert_eq!(read.1, again.schema(text));
    assert_eq!(read.2, again.module(text, Dialect::TypeScript));
    assert_eq!(read.3, again.module(text, Dialect::Tsx));
}

#[test]
fn a_broken_file_costs_its_facts_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    remembered(path(&folder), 1);
    let file = &only(path(&folder));
    let whole = fs::read(file).unwrap();
    // Every byte is broken once, and every length is too short once.
    for n in 0..whole.len() {
        let mut broken = whole.clone();
        broken[n] ^= 1 << (n % 8);
        fs::write(file, &broken).unwrap();
        ask(&Memory::none().on_disk(path(&folder)), &numbered(0));
        fs::write(file, &whole[..n]).unwrap();
        assert!(is_made(
            &Memory::none().on_disk(path(&folder)),
            &numbered(0)
        ));
    }
    fs::write(file, &whole).unwrap();
    assert!(!is_made(
        &Memory::none().on_disk(path(&folder)),
        &numbered(0)
    ));
}

#[test]
fn facts_of_another_build_are_none() {
    let key = Key::of([1, 0], TEXT);
    let days = Days {
        today: 5,
        oldest: 0,
    };
    let written =
        Shard::default().rewritten(&stamp(), &[(key, vec![1, 2])], |_| false, days, 1 << 20);
    assert!(Shard::read(written.clone(), &stamp()).get(key).is_some());
    assert!(Shard::read(written, &[7; 32]).get(key).is_none());
}

#[test]
fn what_nobody_asks_for_is_dropped_and_the_oldest_first() {
    let key = |n: usize| Key::of([1, 0], &numbered(n));
    let day = |today| Days {
        today,
        oldest: today - 10,
    };
    let most = 1 << 20;
    let rewritten = |shard: &Shard, added: &[(Key, Vec<u8>)], asked: &[Key], today: u32, most| {
        let bytes = shard.rewritten(
            &stamp(),
            added,
            |key| asked.contains(&key),
            day(today),
            most,
        );
        Shard::read(bytes, &stamp())
    };
    let first = [(key(0), vec![0]), (key(1), vec![1])];
    let shard = rewritten(&Shard::default(), &first, &[], 100, most);
    let shard = rewritten(&shard, &[(key(2), vec![2])], &[key(1)], 108, most);
    assert_eq!(shard.get(key(0)), Some((&[0][..], 100)));
    assert_eq!(shard.get(key(1)), Some((&[1][..], 108)));
    // Nothing may be dated later than today: a clock was wrong.
    let earlier = rewritten(&shard, &[], &[], 107, most);
    assert!(earlier.get(key(2)).is_none());
    let room = 32 + 2 * (56 + 1);
    let small = rewritten(&shard, &[], &[], 109, room);
    assert!(small.get(key(0)).is_none());
    assert!(small.get(key(1)).is_some() && small.get(key(2)).is_some());
    let later = rewritten(&shard, &[], &[], 115, most);
    assert!(later.get(key(0)).is_none() && later.get(key(1)).is_some());
}

#[test]
fn a_folder_that_cannot_be_written_costs_speed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let taken = path(&folder).join("taken");
    fs::write(&taken, "a file").unwrap();
    let memory = Memory::none().on_disk(&taken);
    assert!(is_made(&memory, TEXT));
    memory.settle();
    let why = memory.finish().expect("a reason");
    assert!(why.contains("taken"), "{why}");
    assert_eq!(fs::read_to_string(&taken).unwrap(), "a file");
}

#[cfg(unix)]
#[test]
fn a_link_or_a_folder_in_the_place_of_facts_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    remembered(path(&folder), 1);
    let file = &only(path(&folder));
    let build = file.parent().unwrap();
    fs::remove_dir_all(build).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), build).unwrap();
    let memory = Memory::none().on_disk(path(&folder));
    assert!(is_made(&memory, TEXT));
    memory.settle();
    assert!(memory.finish().is_some());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn runs_at_once_leave_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for first in 0..4 {
            let cache = path(&folder);
            scope.spawn(move || {
                let memory = Memory::none().on_disk(cache);
                for n in first * 10..first * 10 + 20 {
                    ask(&memory, &numbered(n));
                }
                memory.settle();
                assert_eq!(memory.finish(), None);
            });
        }
    });
    let memory = Memory::none().on_disk(path(&folder));
    for n in 0..50 {
        ask(&memory, &numbered(n));
    }
    // Whoever came last forgot nothing of its own.
    let names = shards(path(&folder));
    assert!(
        names
            .iter()
            .all(|name| name.file_name().is_some_and(|name| name.len() == 2))
    );
}
