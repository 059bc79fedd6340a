//! Fields and models whose lives say nothing.

use snell_prisma::{Field, Model, ScalarType};

/// Why nothing is said of a field.
pub(super) fn field(model: &Model, field: &Field) -> Option<&'static str> {
    let name = field.name.to_ascii_lowercase();
    if model.ignored.is_some() || field.ignored.is_some() {
        Some("it is ignored")
    } else if !field.is_column() {
        Some("it is a relation")
    } else if model.is_id(field.id) {
        Some("it is a key")
    } else if model.is_foreign_key(field.id) {
        Some("it is a foreign key")
    } else if field.updated_at.is_some() || is_timestamp(field, &name) {
        Some("it is a timestamp")
    } else {
        None
    }
}

/// `createdAt`, and what the database fills with the time of the row.
fn is_timestamp(field: &Field, name: &str) -> bool {
    let now = field
        .default
        .as_ref()
        .is_some_and(|default| default.value.is_function("now"));
    let plain = name.replace('_', "");
    field.scalar() == Some(ScalarType::DateTime)
        && (now
            || matches!(
                plain.as_str(),
                "createdat" | "updatedat" | "createdon" | "updatedon" | "created" | "updated"
            ))
}

/// Packages that keep rows of their own through the client.
const LIBRARIES: [&str; 10] = [
    "next-auth",
    "@next-auth/",
    "@auth/",
    "better-auth",
    "@better-auth/",
    "lucia",
    "@lucia-auth/",
    "@quixo3/prisma-session-store",
    "rate-limiter-flexible",
    "@shopify/shopify-app-session-storage-prisma",
];

/// The models that they ask for.
const MODELS: [&str; 18] = [
    "user",
    "account",
    "session",
    "verificationtoken",
    "verificationrequest",
    "verification",
    "authenticator",
    "passkey",
    "twofactor",
    "organization",
    "member",
    "invitation",
    "team",
    "teammember",
    "apikey",
    "jwks",
    "key",
    "ratelimit",
];

/// Whether a package keeps rows of its own.
pub(super) fn is_library(specifier: &str) -> bool {
    LIBRARIES.iter().any(|name| {
        specifier == *name
            || specifier
                .strip_prefix(name)
                .is_some_and(|rest| name.ends_with('/') || rest.starts_with('/'))
    })
}

/// Whether such a package asks for a model of this name.
pub(super) fn is_of_library(model: &str) -> bool {
    let plain = snell_project::names::plain(model);
    MODELS.contains(&plain.as_str()) || plain.starts_with("oauth")
}

#[cfg(test)]
mod tests {
    use super::{is_library, is_of_library};

    #[test]
    fn libraries_are_told_by_their_packages() {
        assert!(is_library("next-auth"));
        assert!(is_library("better-auth/adapters/prisma"));
        assert!(is_library("@auth/prisma-adapter"));
        assert!(!is_library("next-authority"));
        assert!(is_of_library("VerificationToken"));
        assert!(!is_of_library("Agent"));
    }
}
