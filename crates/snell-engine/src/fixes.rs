//! Fixes put into effect: planned over the texts that were judged, written only while the files
//! still hold those texts, and all together.

use std::{collections::BTreeMap, fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;
use snell_report::{Finding, Report};
use snell_source::{Applicability, Edit, FileId, Fix, NewMigration, Sources};
use snell_workspace::Text;

use crate::Analysis;

/// What fixes would do to the files.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files that become others or come into being, by path.
    pub changes: Vec<Change>,
    /// The fingerprints of the findings that they remove.
    pub fixed: FxHashSet<String>,
    /// Findings whose fix would meet another one: the next run takes them up.
    pub left: usize,
}

/// A file that becomes another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file, from the root.
    pub path: Utf8PathBuf,
    /// What was judged; `None`: there is no such file yet.
    pub before: Option<String>,
    /// What it becomes.
    pub after: String,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// Somebody else wrote to the file.
    #[error("{0} is not what was judged any more: nothing was written")]
    Changed(Utf8PathBuf),
    /// There is a file where a new one was to be.
    #[error("{0} is there already: nothing was written")]
    Exists(Utf8PathBuf),
    /// The system refused.
    #[error("{0} cannot be written: {1}")]
    Io(Utf8PathBuf, io::Error),
}

/// The first 32 hexadecimal digits of blake3 over a text.
pub(crate) fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

impl Analysis {
    /// The migrations that databases have run: nobody edits those.
    pub(crate) fn at_rest(&self) -> FxHashSet<FileId> {
        let histories = self.project.schemas.iter();
        histories
            .filter_map(|(_, schema)| schema.history.as_ref())
            .flat_map(|history| &history.migrations)
            .filter(|migration| migration.age != snell_project::schema::Age::New)
            .map(|migration| migration.file)
            .collect()
    }

    /// What the fixes of a report's active findings come to, the best of each that `most` allows.
    /// `now` is the time as folders of migrations have it, `20250131123000`.
    #[must_use]
    pub fn plan(&self, report: &Report, most: Applicability, now: u64) -> Plan {
        let mut plan = Plan::default();
        let mut taken: Vec<&Fix> = Vec::new();
        for finding in report.findings.iter().filter(|one| one.is_active()) {
            let Some(fix) = best(finding, most) else {
                continue;
            };
            if taken.iter().any(|other| other.edits == fix.edits) {
                plan.fixed.insert(finding.fingerprint.clone());
            } else if taken.iter().any(|other| meet(other, fix)) {
                plan.left += 1;
            } else {
                taken.push(fix);
                plan.fixed.insert(finding.fingerprint.clone());
            }
        }
        plan.changes = edited(&taken, &self.sources);
        let migrations = taken.iter().filter_map(|fix| fix.migration.as_ref());
        plan.changes.extend(self.migrations(migrations, now));
        plan.changes.sort_by(|a, b| a.path.cmp(&b.path));
        plan
    }

    /// New migrations, each after all that are there.
    fn migrations<'a>(
        &self,
        wanted: impl Iterator<Item = &'a NewMigration>,
        now: u64,
    ) -> Vec<Change> {
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, schema) in self.project.schemas.iter() {
            let (Some(folder), Some(history)) = (&schema.migrations, &schema.history) else {
                continue;
            };
            let times = history.migrations.iter().filter_map(|one| time(&one.name));
            last.insert(folder.as_str(), times.max().unwrap_or(0));
        }
        wanted
            .map(|migration| {
                let after = last.entry(&migration.folder).or_insert(0);
                *after = next(*after).max(now);
                let name = format!("{}_{}", after, migration.name);
                Change {
                    path: Utf8Path::new(&migration.folder)
                        .join(name)
                        .join("migration.sql"),
                    before: None,
                    after: migration.sql.clone(),
                }
            })
            .collect()
    }
}

/// The 14 digits at the beginning of a migration's name.
fn time(name: &str) -> Option<u64> {
    name.get(..14)?.parse().ok()
}

/// The number after a time that sorts behind it; seconds beyond 59 are no time, but sort.
fn next(time: u64) -> u64 {
    time + 1
}

/// The first fix that may be applied.
fn best(finding: &Finding, most: Applicability) -> Option<&Fix> {
    let allowed =
        |fix: &&Fix| fix.applicability == Applicability::Safe || fix.applicability == most;
    finding.fixes.iter().find(allowed)
}

/// Whether edits of two fixes overlap. Two insertions at one place do not.
fn meet(a: &Fix, b: &Fix) -> bool {
    let overlap = |x: &Edit, y: &Edit| {
        let (x, y) = (x.at, y.at);
        let inside = x.span.start < y.span.end && y.span.start < x.span.end;
        let same = x.span == y.span && !x.span.is_empty();
        x.file == y.file && (inside || same)
    };
    a.edits
        .iter()
        .any(|x| b.edits.iter().any(|y| overlap(x, y)))
}

/// The texts with all edits made.
fn edited(fixes: &[&Fix], sources: &Sources) -> Vec<Change> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        by_file.entry(edit.at.file).or_default().push(edit);
    }
    let mut changes = Vec::new();
    for (file, mut edits) in by_file {
        let source = sources.file(file);
        edits.sort_by_key(|edit| edit.at.span);
        let mut after = String::with_capacity(source.text.len());
        let mut from = 0;
        for edit in edits {
            let (start, end) = (edit.at.span.start as usize, edit.at.span.end as usize);
            after.push_str(&source.text[from..start]);
            after.push_str(&edit.replacement);
            from = end;
        }
        after.push_str(&source.text[from..]);
        changes.push(Change {
            path: source.path.clone(),
            before: Some(source.text.to_string()),
            after,
        });
    }
    changes
}

impl Plan {
    /// Writes all changes below `root`, or none.
    ///
    /// # Errors
    /// When a file is not what was judged any more, or the system refuses; then everything is as
    /// it was.
    pub fn write(&self, root: &Utf8Path) -> Result<(), FixError> {
        let mut originals: Vec<(Utf8PathBuf, Option<Vec<u8>>)> = Vec::new();
        for change in &self.changes {
            let path = root.join(&change.path);
            let bytes = match fs::read(&path) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(FixError::Io(change.path.clone(), error)),
            };
            match (&change.before, &bytes) {
                (None, Some(_)) => return Err(FixError::Exists(change.path.clone())),
                (Some(before), bytes) if !bytes.as_ref().is_some_and(|b| holds(b, before)) => {
                    return Err(FixError::Changed(change.path.clone()));
                }
                _ => originals.push((path, bytes)),
            }
        }
        for (n, change) in self.changes.iter().enumerate() {
            let (path, original) = &originals[n];
            if let Err(error) = put(path, original.as_deref(), &change.after) {
                for (path, original) in &originals[..=n] {
                    restore(path, original.as_deref());
                }
                return Err(FixError::Io(change.path.clone(), error));
            }
        }
        Ok(())
    }
}

/// The mark of UTF-8, which no span counts.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Whether the bytes are the text that was judged, as it can be written again.
fn holds(bytes: &[u8], text: &str) -> bool {
    let plain = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let decoded = Text::decode(plain.to_vec());
    plain == text.as_bytes() && !decoded.replaced && hash(&decoded.text) == hash(text)
}

/// Writes a file beside its place and moves it there: a reader sees the old text or the new one.
fn put(path: &Utf8Path, original: Option<&[u8]>, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let name = path.file_name().unwrap_or("file");
    let beside = path.with_file_name(format!(".{name}.snell"));
    let marked = original.is_some_and(|bytes| bytes.starts_with(MARK));
    let bytes = [if marked { MARK } else { &[] }, text.as_bytes()].concat();
    fs::write(&beside, bytes)?;
    if let Ok(metadata) = fs::metadata(path) {
        fs::set_permissions(&beside, metadata.permissions())?;
    }
    fs::rename(&beside, path)
}

/// Puts back what was there. Nothing better can be done about a failure here.
fn restore(path: &Utf8Path, original: Option<&[u8]>) {
    let _ = match original {
        Some(bytes) => fs::write(path, bytes),
        None => fs::remove_file(path),
    };
    if original.is_none()
        && let Some(folder) = path.parent()
    {
        // Only when it is empty: the folder of a migration that was not to be.
        let _ = fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: Option<&str>, after: &str) -> Change {
        Change {
            path: path.into(),
            before: before.map(str::to_owned),
            after: after.to_owned(),
        }
    }

    fn plan(changes: Vec<Change>) -> Plan {
        Plan {
            changes,
            ..Plan::default()
        }
    }

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, root)
    }

    #[test]
    fn a_schema_and_its_migration_are_written_together_or_not_at_all() {
        let (_folder, root) = folder();
        fs::write(root.join("schema.prisma"), "old").expect("a file");
        let migration = change("migrations/1_a/migration.sql", None, "SELECT 1;");
        let both = plan(vec![
            migration.clone(),
            change("schema.prisma", Some("other"), "new"),
        ]);
        let refused = both.write(&root).expect_err("the schema is another");
        assert!(matches!(refused, FixError::Changed(_)), "{refused}");
        assert!(!root.join("migrations").exists());
        let both = plan(vec![
            migration.clone(),
            change("schema.prisma", Some("old"), "new"),
        ]);
        both.write(&root).expect("it is written");
        let read = |path: &str| fs::read_to_string(root.join(path)).expect("a file");
        assert_eq!(read("schema.prisma"), "new");
        assert_eq!(read("migrations/1_a/migration.sql"), "SELECT 1;");
        let again = plan(vec![migration]).write(&root).expect_err("it is there");
        assert!(matches!(again, FixError::Exists(_)), "{again}");
    }

    #[test]
    fn what_cannot_be_finished_is_undone() {
        let (_folder, root) = folder();
        fs::write(root.join("a"), "old").expect("a file");
        fs::write(root.join("b"), "a file where a folder must be").expect("a file");
        let both = plan(vec![
            change("a", Some("old"), "new"),
            change("b/c/migration.sql", None, "x"),
        ]);
        // `b` is a file: reading below it fails before anything is written, or making the
        // folder fails after `a` was.
        assert!(both.write(&root).is_err());
        assert_eq!(fs::read_to_string(root.join("a")).expect("a file"), "old");
    }

    #[test]
    fn the_mark_of_utf8_stays() {
        let (_folder, root) = folder();
        fs::write(root.join("a"), [MARK, b"old"].concat()).expect("a file");
        plan(vec![change("a", Some("old"), "new")])
            .write(&root)
            .expect("it is written");
        let bytes = fs::read(root.join("a")).expect("a file");
        assert_eq!(bytes, [MARK, b"new"].concat());
    }
}
