//! Who is let through to an endpoint: what its marks and guards say together.

use smol_str::SmolStr;
use snell_workspace::Isolation;

use super::{
    Access,
    decorator::Mark,
    guard::{self, Guard},
};
use crate::module::Modules;

/// Words of markers that open an endpoint to everybody.
const PUBLIC: [&str; 8] = [
    "public",
    "skipauth",
    "anonymous",
    "noauth",
    "unauth",
    "allowall",
    "isopen",
    "optionalauth",
];

/// Words of metadata that asks for more than to be signed in.
const RESTRICTING: [&str; 12] = [
    "role",
    "permission",
    "scope",
    "admin",
    "ability",
    "abilities",
    "polic",
    "acl",
    "access",
    "authorize",
    "require",
    "feature",
];

/// Packages whose decorators check nothing.
const NEUTRAL: [&str; 8] = [
    "@nestjs/",
    "class-validator",
    "class-transformer",
    "nestjs-zod",
    "@sentry/",
    "nest-winston",
    "@willsoto/",
    "nestjs-i18n",
];

/// Who the marks of a method and its class, and the guards before them, let through.
pub(super) fn access(
    modules: &Modules,
    marks: &[&Mark],
    before: &[&Guard],
    settings: &Isolation,
) -> Access {
    let mut access = Access::default();
    let mut metadata: Vec<SmolStr> = Vec::new();
    for mark in marks {
        match mark {
            Mark::Metadata(name, key) => {
                if is_public(name, key.as_deref(), settings) {
                    access.public = Some(name.clone());
                } else if says(name, key.as_deref(), &RESTRICTING)
                    || settings.admin_markers.value.iter().any(|m| m == name)
                {
                    access.restricted.push(name.clone());
                }
                metadata.push(name.clone());
                metadata.extend(key.clone());
            }
            Mark::Unknown(name) if is_public(name, None, settings) => {
                access.public = Some(name.clone());
            }
            Mark::Unknown(name) => access.unknown.push(name.clone()),
            Mark::Framework(specifier, name, _)
                if !NEUTRAL.iter().any(|known| specifier.starts_with(known)) =>
            {
                access.unknown.push(name.clone());
            }
            Mark::Framework(..) | Mark::Guard(_) => {}
        }
    }
    let guards = marks.iter().filter_map(|mark| match mark {
        Mark::Guard(at) => Some(guard::of(modules, *at)),
        _ => None,
    });
    let guards: Vec<Guard> = guards.collect();
    for guard in before.iter().copied().chain(&guards) {
        admit(&mut access, guard, &metadata);
    }
    let idle = guards.iter().filter_map(|guard| match guard {
        Guard::Allows(name, keys) if !is_asked(keys, &metadata) => Some(name.clone()),
        _ => None,
    });
    access.idle = idle.collect();
    access
}

/// Whether an endpoint has metadata that a guard asks for, other than what opens it.
fn is_asked(keys: &[SmolStr], metadata: &[SmolStr]) -> bool {
    keys.iter()
        .any(|key| metadata.contains(key) && !PUBLIC.iter().any(|word| plain(key).contains(word)))
}

/// Adds what a guard does before an endpoint that has this metadata.
fn admit(access: &mut Access, guard: &Guard, metadata: &[SmolStr]) {
    let asked = |keys: &[SmolStr]| is_asked(keys, metadata);
    match guard {
        Guard::Neutral => {}
        Guard::Authenticates(keys) => {
            access.authenticated = true;
            if asked(keys) {
                access.restricted.push("metadata of the guard".into());
            }
        }
        Guard::Restricts(name, keys) | Guard::Allows(name, keys) => {
            if keys.is_empty() || asked(keys) {
                access.restricted.push(name.clone());
            }
        }
        Guard::Unknown(name) => access.unknown.push(name.clone()),
        Guard::Asked(name, keys) => {
            if keys.iter().any(|key| metadata.contains(key)) {
                access.unknown.push(name.clone());
            }
        }
    }
}

fn is_public(name: &str, key: Option<&str>, settings: &Isolation) -> bool {
    says(name, key, &PUBLIC)
        || settings
            .public_markers
            .value
            .iter()
            .any(|marker| marker.trim_start_matches('@') == name)
}

fn says(name: &str, key: Option<&str>, words: &[&str]) -> bool {
    let (name, key) = (plain(name), key.map(plain).unwrap_or_default());
    words
        .iter()
        .any(|word| name.contains(word) || key.contains(word))
}

/// Lower case letters alone: `IS_PUBLIC` and `isPublic` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

pub(super) fn is_admin(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("/admin") || lower.contains(" admin") || lower.contains("internal/")
}
