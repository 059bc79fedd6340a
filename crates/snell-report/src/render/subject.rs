//! Subjects as people read them.

use crate::visible;

/// `model:Post field:authorId` as `Post.authorId`; what has no `key:` is kept.
pub(crate) fn short(subject: &str) -> String {
    let parts: Vec<_> = subject
        .split_whitespace()
        .map(|part| part.split_once(':').map_or(part, |(_, value)| value))
        .filter(|part| !part.is_empty())
        .collect();
    visible::line(&parts.join(".").replace('`', "")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn keys_are_dropped_and_values_joined() {
        assert_eq!(short("model:Post field:authorId"), "Post.authorId");
        assert_eq!(short("query:PostService.list#1"), "PostService.list#1");
        assert_eq!(short("datamodel"), "datamodel");
        assert_eq!(short(""), "");
    }
}
