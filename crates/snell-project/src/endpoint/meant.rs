//! Guards that let everybody through by mistake: who wrote them took it that they sign in.

use smol_str::SmolStr;

use super::Endpoint;
use crate::module::ModuleId;

/// Words in the names of guards that are meant to let everybody through.
const FOR_ALL: [&str; 8] = [
    "optional",
    "maybe",
    "anonymous",
    "guest",
    "public",
    "soft",
    "loose",
    "try",
];

/// Closes the endpoints before which a guard takes it that nobody is signed in, where no other guard of the application
/// signs anybody in and its name does not say that it is for guests: whose rows they reach is asked as if it did what
/// it is there for.
pub(super) fn mark(endpoints: &mut [Endpoint], is_production: &dyn Fn(ModuleId) -> bool) {
    let closed = |one: &Endpoint| {
        one.kind.is_request()
            && is_production(one.module)
            && one.access.authenticated
            && one.access.public.is_none()
            && one.access.restricted.is_empty()
    };
    if endpoints.iter().any(closed) {
        return;
    }
    let is_meant = |name: &SmolStr| {
        let lower = name.to_ascii_lowercase();
        FOR_ALL.iter().any(|word| lower.contains(word))
    };
    for access in endpoints.iter_mut().map(|one| &mut one.access) {
        if access.opened_by.as_ref().is_some_and(|by| !is_meant(by)) {
            access.public = None;
            access.authenticated = true;
        }
    }
}
