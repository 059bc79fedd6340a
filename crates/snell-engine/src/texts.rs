//! Reads files in parallel, in a fixed order.

use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use snell_report::{Notice, NoticeKind};
use snell_workspace::{FileSystem, read_text};

/// The text of a file.
pub(crate) struct ReadFile {
    pub(crate) path: Utf8PathBuf,
    pub(crate) text: Arc<str>,
}

/// Reads all these files; what cannot be read becomes a notice.
pub(crate) fn read_all(
    fs: &dyn FileSystem,
    paths: Vec<Utf8PathBuf>,
    notices: &mut Vec<Notice>,
) -> Vec<ReadFile> {
    let read: Vec<_> = paths
        .into_par_iter()
        .map(|path| (read_text(fs, &path), path))
        .collect();
    let mut files = Vec::with_capacity(read.len());
    for (text, path) in read {
        match text {
            Ok(text) => {
                if text.replaced {
                    notices.push(notice(
                        &path,
                        "not valid UTF-8: the bytes that are not were replaced".to_owned(),
                    ));
                }
                files.push(ReadFile {
                    path,
                    text: text.text.into(),
                });
            }
            Err(error) => notices.push(notice(&path, error.to_string())),
        }
    }
    files
}

fn notice(path: &Utf8PathBuf, message: String) -> Notice {
    Notice {
        kind: NoticeKind::Unreadable,
        path: Some(path.to_string()),
        message,
    }
}
