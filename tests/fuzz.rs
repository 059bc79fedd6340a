//! Broken texts for everything that reads one: no panic, no hang, spans inside the text.
//!
//! Each target takes texts of `examples/` and the rule pages, cuts, splices and repeats them, and reads what comes
//! out. It runs on the stable compiler and needs no instrumentation, so it knows nothing of coverage: what it lacks
//! in wit it makes up by starting from texts that reach every part of the grammars. `SNELL_FUZZ_SECONDS` says how
//! long each target runs (one second in the tests; `.ci/fuzz` for longer), `SNELL_FUZZ_SEED` where it starts. A
//! failure names the seed of its text, and the text is left in the folder of temporary files.

mod support;

use std::{
    fs,
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use camino::Utf8Path;
use snell_correlate::{Selection, Wanted};
use snell_engine::{Memory as Facts, NewMigrations, analyze_with};
use snell_extract::Dialect;
use snell_source::SyntaxError;
use snell_workspace::{Config, Memory, Workspace};
use support::repository::{files, root, text};

/// Longer than this in the development profile, on a busy machine, is a hang.
const HANG: Duration = Duration::from_secs(20);

/// Larger texts make each try slow and reach nothing that smaller ones do not.
const LARGEST: usize = 16 << 10;

/// Stack of the thread that reads: that of the program's own threads.
const STACK: usize = 256 << 20;

/// SplitMix64: a number for each seed, the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A part of these bytes, mostly a short one.
    fn part<'t>(&mut self, bytes: &'t [u8]) -> &'t [u8] {
        let start = self.below(bytes.len() + 1);
        let most = bytes.len() - start;
        let most = if self.below(4) == 0 {
            most
        } else {
            most.min(40)
        };
        &bytes[start..start + self.below(most + 1)]
    }
}

/// What upsets readers, in any language.
const WORDS: [&str; 24] = [
    "(", ")", "{", "}", "[", "]", "`", "${", "'", "\"", "$$", "/*", "*/", "//", "--", "\\", "\0",
    "\u{feff}", "é🐌", "\r\n", "<", ">", "@", ";",
];

/// A text of the corpus with some changes.
fn changed(corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let piece = match chance.below(6) {
            0 => WORDS[chance.below(WORDS.len())].as_bytes().to_vec(),
            1 => {
                let other = &corpus[chance.below(corpus.len())];
                chance.part(other).to_vec()
            }
            2 => {
                let times = 1 + chance.below(400);
                let part = chance.part(&bytes).to_vec();
                let kept = part.len().min(8);
                part[..kept].repeat(times)
            }
            3 => vec![chance.next().to_le_bytes()[0]],
            // Only something is left out.
            _ => Vec::new(),
        };
        let end = match chance.below(3) {
            0 => at,
            _ => at + chance.below((bytes.len() - at).min(60) + 1),
        };
        bytes.splice(at..end, piece);
    }
    bytes.truncate(LARGEST);
    bytes
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Tries changed texts until the time is over.
fn fuzz(target: &str, corpus: Vec<Vec<u8>>, read: impl Fn(&[u8]) + Send) {
    assert!(!corpus.is_empty(), "{target} has nothing to start from");
    let seconds = number("SNELL_FUZZ_SECONDS").unwrap_or(1);
    let start = number("SNELL_FUZZ_SEED").unwrap_or(0);
    let run = move || {
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut seed = start;
        while Instant::now() < until {
            let bytes = changed(&corpus, &mut Chance(seed));
            let began = Instant::now();
            let fine = catch_unwind(AssertUnwindSafe(|| read(&bytes))).is_ok();
            let took = began.elapsed();
            if !fine || took > HANG {
                let name = format!("snell-fuzz-{target}-{seed}");
                let left = std::env::temp_dir().join(name);
                fs::write(&left, &bytes).expect("the text is kept");
                panic!("{target}, seed {seed}, {took:?}: see {}", left.display());
            }
            seed += 1;
        }
        // Nobody minds when this cannot be told.
        let _ = writeln!(
            std::io::stderr(),
            "{target}: {} texts from {} in {seconds} s",
            seed - start,
            corpus.len()
        );
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let running = thread.spawn_scoped(scope, run).expect("a thread");
        if let Err(panic) = running.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// The texts of the examples with this ending, and the fences of the rule pages with this name.
fn corpus(ending: &str, fence: &str) -> Vec<Vec<u8>> {
    let folders = [
        root().join("examples"),
        root().join("crates/snell-correlate/src/rules"),
    ];
    let all = folders.iter().flat_map(|folder| files(folder));
    let mut corpus = Vec::new();
    for path in all {
        let is = |wanted: &str| path.extension().is_some_and(|own| own == wanted);
        if is(ending) {
            corpus.push(text(&path).into_bytes());
        } else if is("md") {
            corpus.extend(fences(&text(&path), fence));
        }
    }
    corpus.retain(|bytes| bytes.len() <= LARGEST);
    corpus
}

fn fences(page: &str, name: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut inside = false;
    for line in page.split_inclusive('\n') {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(info) if info.split_whitespace().next() == Some(name) => {
                inside = true;
                found.push(Vec::new());
            }
            Some(_) => {}
            None if inside => found.last_mut().expect("a fence").extend(line.bytes()),
            None => {}
        }
    }
    found
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn within(text: &str, errors: &[SyntaxError]) {
    for error in errors {
        let end = error.span.end as usize;
        assert!(
            error.span.start <= error.span.end && end <= text.len(),
            "{error:?}"
        );
    }
}

#[test]
fn prisma_schemas() {
    fuzz("prisma", corpus("prisma", "prisma"), |bytes| {
        let text = lossy(bytes);
        let parse = snell_prisma::parse(&text);
        within(&text, &parse.errors);
        let (datamodel, _) = snell_prisma::lower(&[(0, &parse)]);
        assert!(datamodel.models().len() <= text.len());
    });
}

#[test]
fn sql_texts() {
    fuzz("sql", corpus("sql", "sql"), |bytes| {
        let text = lossy(bytes);
        let parse = snell_sql::parse(&text);
        within(&text, &parse.errors);
        let migrations = [snell_sql::Migration {
            name: "1",
            parse: &parse,
            traced: true,
        }];
        let replay = snell_sql::replay(&migrations, snell_sql::OnFailure::Statement);
        assert!(replay.catalog.tables().count() <= text.len());
    });
}

#[test]
fn typescript_modules() {
    let corpus = corpus("ts", "ts");
    fuzz("typescript", corpus, |bytes| {
        let text = lossy(bytes);
        for dialect in [Dialect::TypeScript, Dialect::Tsx] {
            within(&text, &snell_extract::extract(&text, dialect).errors);
        }
    });
}

#[test]
fn configurations() {
    let mut corpus = corpus("jsonc", "jsonc");
    corpus.extend(fences(&text(root().join("README.md")), "jsonc"));
    fuzz("configuration", corpus, |bytes| {
        let mut files = Memory::new();
        files.insert("snell.jsonc", bytes.to_vec());
        let workspace = Workspace::discover(&files);
        // Faults are told; that they are, the tests of the configuration say.
        let _ = Config::read(&files, &workspace.packages);
    });
}

/// What is found in a small workspace, with facts that are kept in a folder.
fn found(cache: &Path) -> Vec<String> {
    let mut files = Memory::new();
    let schema = "datasource db {\n  provider = \"postgresql\"\n}\nmodel A {\n  id Int @id\n  b B[]\n}\nmodel B {\n  id Int @id\n  aId Int\n  a A @relation(fields: [aId], references: [id])\n}\n";
    files.insert("prisma/schema.prisma", schema);
    files.insert("a.ts", "import { PrismaClient } from '@prisma/client';\nexport const all = () => new PrismaClient().b.findMany({ where: { aId: 1 } });\n");
    let workspace = Workspace::discover(&files);
    let config = Config::default();
    let facts = Facts::none().on_disk(Utf8Path::from_path(cache).expect("UTF-8"));
    let analysis = analyze_with(
        &files,
        workspace,
        &config,
        &NewMigrations::Configured,
        &facts,
    );
    let judgement = analysis.judge(&Selection::new(&config, &Wanted::default()));
    let verdicts = judgement.verdicts.iter();
    verdicts
        .map(|verdict| format!("{:?}", verdict.diagnostic))
        .collect()
}

#[test]
fn kept_facts() {
    let cache = tempfile::tempdir().expect("a folder");
    let expected = found(cache.path());
    assert!(!expected.is_empty());
    let kept: Vec<_> = files(cache.path())
        .into_iter()
        .filter(|path| path.extension().is_none())
        .filter(|path| path.file_name().is_some_and(|name| name.len() == 2))
        .collect();
    let whole: Vec<Vec<u8>> = kept
        .iter()
        .map(|path| fs::read(path).expect("bytes"))
        .collect();
    fuzz("cache", whole, |bytes| {
        for path in &kept {
            fs::write(path, bytes).expect("written");
        }
        assert_eq!(found(cache.path()), expected);
    });
}
