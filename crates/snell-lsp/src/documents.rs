//! What editors hold open: texts that count more than those on the disk.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};
use rustc_hash::FxHashMap;
use snell_source::SourceFile;

use crate::{position, uri};

/// An open document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// As the editor writes it.
    pub(crate) uri: Uri,
    /// The file, absolute.
    pub(crate) path: Utf8PathBuf,
    /// The editor's number for this text.
    pub(crate) version: i32,
    /// The text, under the file's path.
    pub(crate) file: Arc<SourceFile>,
}

/// All open documents, by their files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents {
    by_path: FxHashMap<Utf8PathBuf, Document>,
}

impl Documents {
    /// Opens a document, or another text of one; false when it is no file.
    pub(crate) fn open(&mut self, uri: Uri, version: i32, text: String) -> bool {
        let Some(path) = uri::path(&uri) else {
            return false;
        };
        let document = Document {
            uri,
            version,
            file: Arc::new(SourceFile::new(path.clone(), text)),
            path: path.clone(),
        };
        self.by_path.insert(path, document);
        true
    }

    /// Applies edits in their order; false when no such document is open.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let path = uri::path(uri);
        let Some(document) = path.and_then(|path| self.by_path.get_mut(&path)) else {
            return false;
        };
        for change in changes {
            let text = edited(&document.file, change);
            document.file = Arc::new(SourceFile::new(document.path.clone(), text));
        }
        document.version = version;
        true
    }

    /// Closes a document: from now on the disk counts.
    pub(crate) fn close(&mut self, uri: &Uri) -> bool {
        uri::path(uri).is_some_and(|path| self.by_path.remove(&path).is_some())
    }

    /// The document of a file.
    pub(crate) fn get(&self, path: &Utf8Path) -> Option<&Document> {
        self.by_path.get(path)
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Document> {
        self.by_path.values()
    }

    /// The address of a file: as the editor writes it, when it is open.
    pub(crate) fn uri(&self, path: &Utf8Path) -> Uri {
        self.get(path)
            .map_or_else(|| uri::of_path(path), |document| document.uri.clone())
    }
}

/// The text after an edit. A range whose end comes first is taken as empty at its start.
fn edited(file: &SourceFile, change: TextDocumentContentChangeEvent) -> String {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
            let start = position::offset(file, change.range.start) as usize;
            let end = position::offset(file, change.range.end) as usize;
            let mut text = file.text.to_string();
            text.replace_range(start..end.max(start), &change.text);
            text
        }
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
            change.text
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(text: &str, changes: serde_json::Value) -> String {
        let uri = Uri::from("file:///a.ts");
        let mut documents = Documents::default();
        assert!(documents.open(uri.clone(), 1, text.to_owned()));
        let changes = serde_json::from_value(changes).expect("changes");
        assert!(documents.change(&uri, 2, changes));
        let document = documents.get("/a.ts".into()).expect("it is open");
        assert_eq!(document.version, 2);
        document.file.text.to_string()
    }

    fn change(from: (u32, u32), to: (u32, u32), text: &str) -> serde_json::Value {
        json!({
            "range": {
                "start": { "line": from.0, "character": from.1 },
                "end": { "line": to.0, "character": to.1 },
            },
            "text": text,
        })
    }

    #[test]
    fn edits_apply_one_after_the_other_in_utf16_units() {
        let text = "let a = '🐌';\r\nlet b;\r\n";
        let changes = json!([change((0, 9), (0, 11), "é"), change((1, 4), (1, 5), "bb")]);
        assert_eq!(after(text, changes), "let a = 'é';\r\nlet bb;\r\n");
    }

    #[test]
    fn whole_texts_and_odd_ranges_are_taken() {
        assert_eq!(after("a", json!([{ "text": "b" }])), "b");
        assert_eq!(after("ab", json!([change((0, 9), (7, 0), "c")])), "abc");
        assert_eq!(after("ab", json!([change((0, 1), (0, 0), "c")])), "acb");
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let mut documents = Documents::default();
        assert!(!documents.open(Uri::from("untitled:1"), 1, String::new()));
        assert!(!documents.change(&Uri::from("file:///a.ts"), 2, Vec::new()));
        assert!(!documents.close(&Uri::from("file:///a.ts")));
    }
}
