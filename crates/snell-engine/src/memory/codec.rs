//! Facts as bytes: postcard, which is compact, has a written specification, and reads what serde
//! derives without a schema of its own.

use serde::{Serialize, de::DeserializeOwned};

/// The bytes of these facts; `None` when they cannot be written.
pub(super) fn encode<T: Serialize>(facts: &T) -> Option<Vec<u8>> {
    postcard::to_stdvec(facts).ok()
}

/// The facts of these bytes, if they are facts and nothing else.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (facts, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(facts)
}
