//! The texts of a run, and positions in them.

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use line_index::{LineIndex, WideEncoding};

use crate::{Location, Span};

/// The number of a file in one run's [`Sources`]. Never stored: facts hold no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(u32);

impl FileId {
    /// The position of the file in its [`Sources`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a file's name says that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `.ts`, `.mts`, `.cts`.
    TypeScript,
    /// `.tsx`.
    Tsx,
    /// `.d.ts`, `.d.mts`, `.d.cts`: types without code.
    Declarations,
    /// `.js`, `.mjs`, `.cjs`, `.jsx`.
    JavaScript,
    /// `.prisma`.
    Prisma,
    /// `.sql`.
    Sql,
    /// `.json`, `.jsonc`.
    Json,
    /// `.yaml`, `.yml`.
    Yaml,
    /// Anything else that snell reads (Dockerfiles, shell scripts, ...).
    Other,
}

impl FileKind {
    /// The kind that a path's name says.
    #[must_use]
    pub fn of(path: &Utf8Path) -> FileKind {
        let name = path.file_name().unwrap_or_default();
        match path.extension().unwrap_or_default() {
            "ts" | "mts" | "cts" if is_declaration(name) => FileKind::Declarations,
            "ts" | "mts" | "cts" => FileKind::TypeScript,
            "tsx" => FileKind::Tsx,
            "js" | "mjs" | "cjs" | "jsx" => FileKind::JavaScript,
            "prisma" => FileKind::Prisma,
            "sql" => FileKind::Sql,
            "json" | "jsonc" => FileKind::Json,
            "yaml" | "yml" => FileKind::Yaml,
            _ => FileKind::Other,
        }
    }

    /// Whether the file holds TypeScript code (declarations excluded).
    #[must_use]
    pub fn is_typescript(self) -> bool {
        matches!(self, FileKind::TypeScript | FileKind::Tsx)
    }
}

fn is_declaration(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(stem, _)| stem.ends_with(".d"))
}

/// One file's text.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the root, with `/` on every system.
    pub path: Utf8PathBuf,
    /// What the name says that it holds.
    pub kind: FileKind,
    /// The text; bytes that are not UTF-8 were replaced by U+FFFD when it was read.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// A file with this text; its kind is that of its name.
    pub fn new(path: impl Into<Utf8PathBuf>, text: impl Into<Arc<str>>) -> Self {
        let path = path.into();
        SourceFile {
            kind: FileKind::of(&path),
            path,
            text: text.into(),
            lines: OnceLock::new(),
        }
    }

    /// The line index, made at first use: most files have no finding.
    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The 1-based line and UTF-16 column of a byte offset. An offset past the
    /// end, or inside a character, is moved back to the nearest place before it.
    #[must_use]
    pub fn position(&self, offset: u32) -> LineColumn {
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let offset = u32::try_from(at).unwrap_or(u32::MAX).into();
        let narrow = self.lines().line_col(offset);
        let wide = self.lines().to_wide(WideEncoding::Utf16, narrow);
        LineColumn {
            line: narrow.line + 1,
            column: wide.map_or(narrow.col, |w| w.col) + 1,
        }
    }

    /// The byte range of a 1-based line, its line break left out.
    #[must_use]
    pub fn line_span(&self, line: u32) -> Option<Span> {
        let range = self.lines().line(line.checked_sub(1)?)?;
        let text = &self.text[usize::from(range.start())..usize::from(range.end())];
        let kept = text.trim_end_matches(['\n', '\r']).len();
        let start: u32 = range.start().into();
        Some(Span::new(start, start + u32::try_from(kept).ok()?))
    }

    /// The byte offset of a 1-based line and UTF-16 column, if there is such a place.
    #[must_use]
    pub fn offset(&self, at: LineColumn) -> Option<u32> {
        let wide = line_index::WideLineCol {
            line: at.line.checked_sub(1)?,
            col: at.column.checked_sub(1)?,
        };
        let narrow = self.lines().to_utf8(WideEncoding::Utf16, wide)?;
        self.lines().offset(narrow).map(Into::into)
    }
}

/// A place as people and machine formats name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-16 code units, as SARIF and the language server protocol count.
    pub column: u32,
}

/// All the texts of one run, in the order of their paths.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Sources::default()
    }

    /// Adds a file and names it.
    ///
    /// # Panics
    /// With more than `u32::MAX` files.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.files.push(file);
        id
    }

    /// The file of this number.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// All files with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(n, f)| (FileId(n as u32), f))
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The same files with their paths below a folder.
    #[must_use]
    pub fn below(&self, folder: &Utf8Path) -> Sources {
        let moved = |file: &SourceFile| {
            let path = format!("{folder}/{}", file.path);
            SourceFile::new(path, Arc::clone(&file.text))
        };
        Sources {
            files: self.files.iter().map(moved).collect(),
        }
    }

    /// The same files with the text at these places covered, all but its
    /// first characters; what stands elsewhere keeps its place.
    #[must_use]
    pub fn covered(&self, places: &[Location]) -> Sources {
        let covered = |(id, file): (FileId, &SourceFile)| {
            if places.iter().all(|place| place.file != id) {
                return SourceFile::new(file.path.clone(), Arc::clone(&file.text));
            }
            let mut text = file.text.to_string();
            for place in places.iter().filter(|place| place.file == id) {
                let inside = place.span.text(&file.text);
                let cover = cover(inside);
                let start = place.span.start as usize;
                text.replace_range(start..start + inside.len(), &cover);
            }
            SourceFile::new(file.path.clone(), text)
        };
        Sources {
            files: self.iter().map(covered).collect(),
        }
    }

    /// The text under a location.
    #[must_use]
    pub fn text(&self, at: Location) -> &str {
        at.span.text(&self.file(at.file).text)
    }
}

/// Characters of a secret that stay, so that people know it again.
const SHOWN: usize = 4;

/// A text of as many bytes in which a secret cannot be read.
fn cover(secret: &str) -> String {
    let quote = secret.chars().next().filter(|c| "'\"`".contains(*c));
    let inner = secret
        .len()
        .saturating_sub(2 * usize::from(quote.is_some()));
    let kept = if inner >= 3 * SHOWN { SHOWN } else { 0 };
    let shown = kept + usize::from(quote.is_some());
    let last = secret.len() - usize::from(quote.is_some() && secret.len() > 1);
    secret
        .char_indices()
        .map(|(n, c)| match n < shown || n >= last || c == '\n' {
            true => c.to_string(),
            false => "*".repeat(c.len_utf8()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_covered_in_place() {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a.ts", "a('0123456789abcdef', 'é')"));
        let place = |start, end| Location {
            file,
            span: Span::new(start, end),
        };
        let covered = sources.covered(&[place(2, 20), place(22, 26)]);
        let text = &covered.file(file).text;
        assert_eq!(&**text, "a('0123************', '**')");
    }

    #[test]
    fn columns_count_utf16_units() {
        let file = SourceFile::new("a.ts", "let a = '🐌';\nlet b;");
        let after_snail = u32::try_from(file.text.find("';").unwrap()).unwrap();
        assert_eq!(
            file.position(after_snail),
            LineColumn {
                line: 1,
                column: 12
            }
        );
        assert_eq!(
            file.offset(LineColumn {
                line: 1,
                column: 12
            }),
            Some(after_snail)
        );
    }

    #[test]
    fn offsets_out_of_bounds_or_inside_a_character_are_moved_back() {
        let file = SourceFile::new("a.ts", "é");
        assert_eq!(file.position(1), LineColumn { line: 1, column: 1 });
        assert_eq!(file.position(99), LineColumn { line: 1, column: 2 });
    }

    #[test]
    fn line_spans_leave_the_line_break_out() {
        let file = SourceFile::new("a.sql", "one\r\ntwo\n");
        assert_eq!(file.line_span(1), Some(Span::new(0, 3)));
        assert_eq!(file.line_span(2), Some(Span::new(5, 8)));
        assert_eq!(file.line_span(0), None);
    }

    #[test]
    fn kinds_follow_names() {
        assert_eq!(FileKind::of("x/a.d.mts".into()), FileKind::Declarations);
        assert_eq!(FileKind::of("x/a.cts".into()), FileKind::TypeScript);
        assert_eq!(FileKind::of("Dockerfile".into()), FileKind::Other);
    }
}
