//! From bytes to text.

use camino::Utf8Path;

use super::{FileSystem, ReadError};
use crate::{Purpose, environment::is_example};

/// A file's text, as every span counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte order mark: spans, lines and columns count from
    /// the character after it, as editors do.
    pub text: String,
    /// Whether bytes that mean nothing were replaced by U+FFFD.
    pub replaced: bool,
}

impl Text {
    /// Decodes UTF-8, and UTF-16 that says so by a byte order mark.
    #[must_use]
    pub fn decode(bytes: Vec<u8>) -> Text {
        match bytes.as_slice() {
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest.to_vec()),
            _ => utf8(bytes),
        }
    }
}

fn utf8(bytes: Vec<u8>) -> Text {
    match String::from_utf8(bytes) {
        Ok(text) => Text {
            text,
            replaced: false,
        },
        Err(error) => Text {
            text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
            replaced: true,
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Text {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut replaced = !rest.is_empty();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|c| {
            c.unwrap_or_else(|_| {
                replaced = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    Text { text, replaced }
}

/// The text of a file, up to the size that its name allows ([`Purpose::limit`]).
///
/// # Errors
/// As [`FileSystem::read`]; and for environment files, of which only examples are read.
pub fn read_text(fs: &dyn FileSystem, path: &Utf8Path) -> Result<Text, ReadError> {
    let purpose = Purpose::of(path);
    if purpose == Some(Purpose::Environment) && !is_example(path) {
        return Err(ReadError::Secret);
    }
    let limit = purpose.map_or(Purpose::CODE_LIMIT, Purpose::limit);
    fs.read(path, limit).map(Text::decode)
}

#[cfg(test)]
mod tests {
    use super::super::Memory;
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, bool) {
        let text = Text::decode(bytes.to_vec());
        (text.text, text.replaced)
    }

    #[test]
    fn byte_order_marks_choose_the_encoding_and_are_dropped() {
        assert_eq!(decoded(b"\xef\xbb\xbfa"), ("a".into(), false));
        assert_eq!(
            decoded(b"\xff\xfea\0\x3d\xd8\x0c\xdc"),
            ("a🐌".into(), false)
        );
        assert_eq!(decoded(b"\xfe\xff\0a"), ("a".into(), false));
    }

    #[test]
    fn wrong_bytes_are_replaced_and_reported() {
        assert_eq!(decoded(b"a\xffb"), ("a\u{fffd}b".into(), true));
        assert_eq!(decoded(b"\xff\xfe\x00\xd8"), ("\u{fffd}".into(), true));
        assert_eq!(decoded(b"\xff\xfea\0b"), ("a".into(), true));
    }

    #[test]
    fn environment_files_are_not_read() {
        let fs: Memory = [(".env.production", "SECRET=1")].into_iter().collect();
        assert_eq!(
            read_text(&fs, ".env.production".into()),
            Err(ReadError::Secret)
        );
    }
}
