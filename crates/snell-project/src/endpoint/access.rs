//! Who is let through to an endpoint: what its marks and guards say together.

use smol_str::SmolStr;
use snell_workspace::Isolation;

use super::{
    Access, Noted,
    decorator::{Mark, Metadata},
    guard::{self, Does, Guard},
    ranks::Ranks,
    reads, right,
    sent::SentKey,
};
use crate::module::Modules;

/// Words of markers that open an endpoint to everybody.
const PUBLIC: [&str; 9] = [
    "public",
    "skipauth",
    "bypassauth",
    "anonymous",
    "noauth",
    "unauth",
    "allowall",
    "isopen",
    "optionalauth",
];

/// Words of metadata that asks for more than to be signed in.
const RESTRICTING: [&str; 9] = [
    "role",
    "permission",
    "scope",
    "admin",
    "ability",
    "abilities",
    "polic",
    "acl",
    "authorize",
];

/// Words of metadata that lets through more than without it.
const LOOSENING: [&str; 12] = [
    "skip",
    "ignore",
    "bypass",
    "allow",
    "optional",
    "disable",
    "without",
    "exempt",
    "open",
    "exclude",
    "unprotected",
    "free",
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

/// The metadata that asks for something which not everybody has.
fn asking(metadata: &[&Metadata], ranks: &Ranks) -> Vec<Metadata> {
    metadata
        .iter()
        .filter(|noted| !ranks.are_of_everybody(noted) && !noted.asks_nothing)
        .map(|noted| Metadata {
            administrators: noted.administrators && !ranks.are_of_tenant(noted),
            ..Metadata::clone(noted)
        })
        .collect()
}

/// Who the marks of a method (the first `own` of them) and its class, and the guards before them, let through, where
/// interceptors put who asks into what the client sent: at the places that metadata of the
/// keys `put` names.
pub(super) fn access(
    modules: &Modules,
    (marks, own): (&[&Mark], usize),
    before: &[&Guard],
    put: &[SmolStr],
    (settings, ranks): (&Isolation, &Ranks),
) -> Access {
    let mut access = Access::default();
    let mut metadata: Vec<&Metadata> = Vec::new();
    for mark in marks {
        match mark {
            Mark::Metadata(noted) => {
                if is_public(&noted.name, noted.key.as_deref(), settings) {
                    access.public = Some(noted.name.clone());
                }
                metadata.push(noted);
            }
            // Words of documentation: `@ApiUnauthorizedResponse()`.
            Mark::Framework(specifier, ..) if is_neutral(specifier) => {}
            // A package's marker says in its name what it is for.
            Mark::Unknown(name) | Mark::Framework(_, name, _)
                if is_public(name, None, settings) =>
            {
                access.public = Some(name.clone());
            }
            Mark::Unknown(name) => access.unknown.push(name.clone()),
            Mark::Framework(_, name, _) if !name.to_ascii_lowercase().contains("throttl") => {
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
    let all: Vec<&Guard> = before.iter().copied().chain(&guards).collect();
    // Roles of which everybody has one ask for nothing; those of a tenant say nothing beyond it.
    let of_everybody = metadata
        .iter()
        .filter(|noted| ranks.are_of_everybody(noted));
    // What asks for a role asks who is signed in.
    access.authenticated |= of_everybody.count() > 0 && !all.is_empty();
    let asking = asking(&metadata, ranks);
    let asking: Vec<&Metadata> = asking.iter().collect();
    access.may_read = marks.iter().any(|mark| is_closed(mark, settings))
        || all.iter().any(|guard| guard.reads.more);
    for noted in &asking {
        note(&mut access, noted, &all, settings);
    }
    for (n, guard) in all.iter().enumerate() {
        admit(&mut access, guard, n < before.len(), &asking);
    }
    let mut closed = guards
        .iter()
        .filter(|one| is_closed_to(one, &metadata, settings));
    access.public = access.public.filter(|_| closed.next().is_none());
    offer(&mut access, &guards, before);
    let put = metadata
        .iter()
        .filter(|noted| put.iter().any(|key| noted.is(key)));
    for name in put.flat_map(|noted| &noted.places) {
        let name = name.clone();
        access.checked.push(SentKey { part: "Args", name });
    }
    let asked_for = metadata
        .iter()
        .filter(|noted| access.restricted.contains(&noted.name));
    access.of_staff = asked_for.clone().any(|noted| ranks.are_of_staff(noted));
    for (within, over_all) in metadata.iter().map(|noted| ranks.within_tenant(noted)) {
        access.within.extend(within);
        access.over_all |= over_all;
    }
    access.roles = roles(&asked_for.clone().copied().collect::<Vec<_>>());
    access.of_row = of_row(&access.restricted, &metadata, &all);
    let rights = asked_for.flat_map(|noted| &noted.values);
    access.rights = rights.filter_map(|value| right::about(value)).collect();
    access.noted = noted(&marks[..own], &metadata, &all, settings);
    let idle = guards.iter().filter_map(|guard| match &guard.does {
        Does::Allows(name, _) if asked(guard, &metadata).is_empty() => Some(name.clone()),
        _ => None,
    });
    access.idle = idle.collect();
    access
}

/// Opens an endpoint before which a guard takes it that nobody is signed in, and nothing asks for more. One that stands
/// at the endpoint itself says that it is meant for everybody: what stands before the whole application and is not
/// called so signs nobody in then, though it leaves something on the request.
fn offer(access: &mut Access, own: &[Guard], before: &[&Guard]) {
    if !access.restricted.is_empty() || !access.unknown.is_empty() {
        return;
    }
    let signs_in = |guard: &Guard| guard.signs_in || matches!(guard.does, Does::Authenticates(_));
    let named = |guard: &&Guard| guard::signs_in_by_name(&guard.reads.by);
    let meant = !own.iter().any(signs_in) && !before.iter().any(named);
    let offers = |guard: &Guard| match &guard.does {
        Does::Offers(name) => Some(name.clone()),
        _ => None,
    };
    let offered = match access.authenticated {
        false => before.iter().find_map(|guard| offers(guard)),
        true => None,
    };
    let at_itself = || own.iter().find_map(offers);
    let name = offered.or_else(|| at_itself().filter(|_| meant || !access.authenticated));
    if let Some(name) = name {
        if access.public.is_none() {
            access.opened_by = Some(name.clone());
            access.public = Some(name);
        }
        access.authenticated = false;
    }
}

/// The roles that guards ask of what they look up, beside those that the endpoint's restrictions name.
fn of_row(restricted: &[SmolStr], metadata: &[&Metadata], guards: &[&Guard]) -> Vec<SmolStr> {
    let asked = |noted: &&Metadata| {
        let mut all = guards.iter();
        !restricted.contains(&noted.name)
            && all.any(|guard| guard.reads.compares_roles && !asked(guard, &[noted]).is_empty())
    };
    let found: Vec<&Metadata> = metadata.iter().copied().filter(asked).collect();
    roles(&found)
}

/// The roles that are asked for, of which one is enough. What stands at the method takes the place of
/// what its class has; what several decorators ask for is asked for together: `a and b`.
fn roles(asked_for: &[&Metadata]) -> Vec<SmolStr> {
    let mut by_name: Vec<(&SmolStr, Vec<SmolStr>)> = Vec::new();
    for noted in asked_for {
        let known = by_name.iter().any(|(name, _)| **name == noted.name);
        if known || noted.roles.names.is_empty() {
            continue;
        }
        let mut names: Vec<SmolStr> = Vec::new();
        for name in &noted.roles.names {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        by_name.push((&noted.name, names));
    }
    match by_name.as_slice() {
        [(_, one)] => one.clone(),
        [] => Vec::new(),
        several => {
            let each: Vec<String> = several
                .iter()
                .map(|(_, names)| names.join(" or "))
                .collect();
            vec![each.join(" and ").into()]
        }
    }
}

/// Whether a decorator may be any: a guard that reads metadata as well.
fn is_closed(mark: &Mark, settings: &Isolation) -> bool {
    match mark {
        Mark::Unknown(name) => !is_public(name, None, settings),
        Mark::Framework(specifier, ..) => !NEUTRAL.iter().any(|known| specifier.starts_with(known)),
        Mark::Metadata(noted) => noted.unseen,
        Mark::Guard(_) => false,
    }
}

/// What is noted for guards that refuse, and which of those before the endpoint reads it.
fn noted(
    own: &[&Mark],
    metadata: &[&Metadata],
    guards: &[&Guard],
    settings: &Isolation,
) -> Vec<Noted> {
    let own: Vec<&Metadata> = own
        .iter()
        .filter_map(|mark| match mark {
            Mark::Metadata(noted) => Some(noted),
            _ => None,
        })
        .collect();
    metadata
        .iter()
        .filter_map(|noted| {
            let (name, key) = (&noted.name, noted.key.as_ref()?);
            let says_so = says(name, Some(key), &RESTRICTING);
            if is_public(name, Some(key), settings) || !says_so && says(name, Some(key), &LOOSENING)
            {
                return None;
            }
            let mut all = guards.iter().map(|guard| &guard.reads);
            let reader = all.find(|reads| reads.keys.iter().any(|read| noted.is(read)));
            let optional = |reads: &&reads::Reads| reads.optional.iter().any(|key| noted.is(key));
            Some(Noted {
                name: name.clone(),
                key: key.clone(),
                own: own.iter().any(|own| std::ptr::eq(*own, *noted)),
                reader: reader.map(|reads| reads.by.clone()),
                restricts: says_so || reader.as_ref().is_some_and(optional),
            })
        })
        .collect()
}

/// Whether a guard of the endpoint or its class signs in, or refuses, whatever marker opens the endpoint to
/// everybody: the marker is for another guard, and this one does not read it.
fn is_closed_to(guard: &Guard, metadata: &[&Metadata], settings: &Isolation) -> bool {
    let mut markers = metadata
        .iter()
        .filter(|noted| is_public(&noted.name, noted.key.as_deref(), settings))
        .peekable();
    let refuses = match &guard.does {
        Does::Authenticates(_) => true,
        Does::Restricts(_, keys) => keys.is_empty(),
        _ => false,
    };
    let reads = |noted: &&&Metadata| guard.reads.keys.iter().any(|key| noted.is(key));
    markers.peek().is_some() && refuses && !guard.reads.more && !markers.any(|noted| reads(&noted))
}

/// Adds what metadata says of who is let through, when something asks for it.
fn note(access: &mut Access, noted: &Metadata, guards: &[&Guard], settings: &Isolation) {
    let name = &noted.name;
    let key = noted.key.as_deref();
    if is_public(name, key, settings) {
        return;
    }
    if settings.admin_markers.value.iter().any(|m| m == name) {
        access.restricted.push(name.clone());
        access.exempt = true;
        return;
    }
    if !says(name, key, &RESTRICTING) {
        return;
    }
    // Not all that stands before an endpoint could be read.
    let unseen = key.is_none()
        || !access.unknown.is_empty()
        || guards
            .iter()
            .any(|guard| matches!(guard.does, Does::Unknown(_)));
    let asked = guards
        .iter()
        .any(|guard| guard.keys().iter().any(|asked| noted.is(asked)));
    // A note refuses nobody: something has to read it.
    if asked || unseen || noted.administrators && access.may_read {
        access.restricted.push(name.clone());
        access.exempt |= key.is_none() && !noted.unseen || noted.administrators;
    }
}

impl Metadata {
    fn is(&self, key: &SmolStr) -> bool {
        self.name == *key || self.key.as_ref() == Some(key)
    }
}

/// The metadata of an endpoint that a guard asks for, other than what opens it.
fn asked<'m>(guard: &Guard, metadata: &[&'m Metadata]) -> Vec<&'m Metadata> {
    let opens = |key: &SmolStr| {
        guard.opened_by.contains(key) || PUBLIC.iter().any(|word| plain(key).contains(word))
    };
    let keys = guard.keys();
    let wanted = |noted: &&&Metadata| keys.iter().any(|key| noted.is(key) && !opens(key));
    metadata.iter().filter(wanted).copied().collect()
}

/// Adds what a guard does before an endpoint that has this metadata. One that stands before all
/// endpoints and asks for no metadata sets nobody apart: whoever is signed in at all comes past it.
fn admit(access: &mut Access, guard: &Guard, before_all: bool, metadata: &[&Metadata]) {
    let asked = asked(guard, metadata);
    let mut restricts = |name: &str| {
        access.restricted.push(name.into());
        access.exempt |= guard.exempts || asked.iter().any(|noted| noted.administrators);
    };
    access.authenticated |= guard.signs_in;
    match &guard.does {
        Does::Nothing | Does::Offers(_) => {}
        Does::Authenticates(_) => {
            if !asked.is_empty() {
                restricts("metadata of the guard");
            }
            access.authenticated = true;
        }
        Does::Restricts(name, keys) | Does::Allows(name, keys) => {
            let of_everybody = before_all && keys.is_empty() && !guard.exempts;
            if !of_everybody && (keys.is_empty() || !asked.is_empty()) {
                restricts(name);
                // Who has the role that is asked for has signed in.
                access.authenticated |= !asked.is_empty();
            }
        }
        Does::Unknown(name) => access.unknown.push(name.clone()),
        Does::Asked(name, keys) => {
            if keys
                .iter()
                .any(|key| metadata.iter().any(|noted| noted.is(key)))
            {
                access.unknown.push(name.clone());
            }
        }
    }
    // `@Owned('where.id')`: where to look stands at the endpoint.
    let looks_at = metadata
        .iter()
        .filter(|noted| guard.looks_by.iter().any(|key| noted.is(key)))
        .flat_map(|noted| &noted.places);
    for name in looks_at {
        let parts = ["Args", "Param", "Query", "Body"].map(|part| SentKey {
            part,
            name: name.clone(),
        });
        access.checked.extend(parts);
    }
    // One that lets everybody through looks at nothing.
    let passes = matches!(guard.does, Does::Allows(..)) && asked.is_empty();
    if !passes {
        access.checked.extend(guard.checks.iter().cloned());
    }
}

pub(super) fn is_neutral(specifier: &str) -> bool {
    NEUTRAL.iter().any(|known| specifier.starts_with(known))
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
    // Who is not authorized is turned away, not let in.
    let word = |text: &str| plain(text).replace("unauthorized", "");
    let (name, key) = (word(name), key.map(word).unwrap_or_default());
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
    lower.contains("/admin") || lower.contains(" admin") || is_internal(name)
}

/// Whether the path says that other systems of the house call the endpoint.
pub(super) fn is_internal(name: &str) -> bool {
    name.to_ascii_lowercase().contains("internal/")
}
