//! Between paths and the addresses that editors give them.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use gen_lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a path: what RFC 3986 calls unreserved, and `/`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The absolute path of a `file:` address; none for other schemes and for what is no path.
#[must_use]
pub(crate) fn path(uri: &Uri) -> Option<Utf8PathBuf> {
    let rest = uri.as_ref().strip_prefix("file://")?;
    // An authority is a machine: only Windows has paths to those.
    let rest = match rest.strip_prefix("localhost/") {
        Some(path) => format!("/{path}"),
        None => rest.to_owned(),
    };
    let decoded = percent_decode_str(&rest).decode_utf8().ok()?;
    if decoded.contains('\0') {
        return None;
    }
    let drive = decoded
        .strip_prefix('/')
        .filter(|path| is_drive(path.as_bytes()));
    let path = match drive {
        // `/c:/work` is `C:/work`: editors do not agree on the letter's case.
        Some(path) => {
            let (letter, rest) = path.split_at(1);
            format!("{}{rest}", letter.to_ascii_uppercase())
        }
        None if decoded.starts_with('/') => decoded.into_owned(),
        None if !decoded.is_empty() => format!("//{decoded}"),
        None => return None,
    };
    Some(plain(Utf8Path::new(&path)))
}

/// The address of an absolute path.
#[must_use]
pub(crate) fn of_path(path: &Utf8Path) -> Uri {
    let text = path.as_str().replace('\\', "/");
    let rooted = if text.starts_with('/') {
        text
    } else {
        format!("/{text}")
    };
    Uri(format!("file://{}", utf8_percent_encode(&rooted, ESCAPED)))
}

fn is_drive(path: &[u8]) -> bool {
    matches!(path, [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Without `.` and `..`.
fn plain(path: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str) -> Option<String> {
        path(&Uri::from(uri)).map(Utf8PathBuf::into_string)
    }

    #[test]
    fn paths_are_read_from_addresses() {
        assert_eq!(
            read("file:///srv/a%20b/%C3%A9.ts").as_deref(),
            Some("/srv/a b/é.ts")
        );
        assert_eq!(read("file://localhost/a.ts").as_deref(), Some("/a.ts"));
        assert_eq!(
            read("file:///c%3A/srv/a.ts").as_deref(),
            Some("C:/srv/a.ts")
        );
        assert_eq!(read("file:///a/../b/./c.ts").as_deref(), Some("/b/c.ts"));
        assert_eq!(read("untitled:Untitled-1"), None);
        assert_eq!(read("file://"), None);
        assert_eq!(read("file:///a%00b"), None);
    }

    #[test]
    fn addresses_are_made_of_paths() {
        let made = |path: &str| of_path(Utf8Path::new(path)).0;
        assert_eq!(made("/srv/[id]/a b.ts"), "file:///srv/%5Bid%5D/a%20b.ts");
        assert_eq!(made("C:\\srv\\a.ts"), "file:///C%3A/srv/a.ts");
        assert_eq!(read(&made("/é/%41.ts")).as_deref(), Some("/é/%41.ts"));
    }
}
