//! What a guard does, read from its class.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, MemberKind, Pattern};

use super::{
    counting::{self, Counting},
    given, headers, house, optional,
    reads::{Reads, hands_on, metadata_keys},
    refusal, scan,
    sent::{self, SentKey},
    sieve,
};
use crate::{
    module::{ClassRef, ExpressionRef, In, Modules, Symbol},
    types::Types,
};

/// What a guard does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) does: Does,
    /// What it looks at of what the client sent: it may check whose these are.
    pub(super) checks: Vec<SentKey>,
    /// Whom it lets through may see the rows of all, as far as can be told.
    pub(super) exempts: bool,
    /// The metadata of which one that may look at anything asks where to look.
    pub(super) looks_by: Vec<SmolStr>,
    /// The metadata with which it lets through early: that asks for less, not for more.
    pub(super) opened_by: Vec<SmolStr>,
    /// It signs in, whatever else it does.
    pub(super) signs_in: bool,
    /// What it asks metadata for.
    pub(super) reads: Reads,
}

/// What a guard does with who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing that matters to whose rows are read: throttling, caching.
    Nothing,
    /// Signs in; also asks for what these metadata keys hold.
    Authenticates(Vec<SmolStr>),
    /// Refuses some who are signed in: always (no key), or where metadata says so.
    Restricts(SmolStr, Vec<SmolStr>),
    /// The same, but lets through everybody where none of this metadata is.
    Allows(SmolStr, Vec<SmolStr>),
    /// May look at whatever the client asks for.
    Unknown(SmolStr),
    /// The same, but lets through what has none of this metadata.
    Asked(SmolStr, Vec<SmolStr>),
    /// Signs in who can be, and lets the others through.
    Offers(SmolStr),
}

impl From<Does> for Guard {
    fn from(does: Does) -> Self {
        let more = !matches!(
            does,
            Does::Nothing | Does::Authenticates(_) | Does::Offers(_)
        );
        Guard {
            does,
            checks: Vec::new(),
            exempts: true,
            looks_by: Vec::new(),
            opened_by: Vec::new(),
            signs_in: false,
            reads: Reads {
                more,
                ..Reads::default()
            },
        }
    }
}

impl Guard {
    /// The metadata that it asks for.
    pub(super) fn keys(&self) -> &[SmolStr] {
        match &self.does {
            Does::Authenticates(keys)
            | Does::Restricts(_, keys)
            | Does::Allows(_, keys)
            | Does::Asked(_, keys) => keys,
            Does::Nothing | Does::Unknown(_) | Does::Offers(_) => &[],
        }
    }
}

/// Words for those who may see the rows of all.
const ADMINISTRATORS: [&str; 12] = [
    "admin",
    "super",
    "root",
    "staff",
    "system",
    "internal",
    "operator",
    "moderat",
    "support",
    "platform",
    "global",
    "backoffice",
];

/// Words in the names of what says who asks.
const PRINCIPALS: [&str; 8] = [
    "user",
    "auth",
    "session",
    "account",
    "principal",
    "member",
    "tenant",
    "org",
];

/// Whether a word is about those who may see the rows of all.
pub(super) fn is_of_administrators(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ADMINISTRATORS.iter().any(|known| lower.contains(known))
}

/// What the argument of `UseGuards`, or the class of `APP_GUARD`, does.
pub(super) fn of(modules: &Modules, at: ExpressionRef) -> Guard {
    let facts = modules.facts(at.module);
    let id = facts.unwrap_casts(at.id);
    let named = match facts.expression(id) {
        // `AuthGuard('jwt')`, `new RolesGuard(reflector)`
        Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
        _ => id,
    };
    let is_call = matches!(facts.expression(id), Expression::Call { .. });
    let named = In {
        module: at.module,
        id: named,
    };
    match scan::symbol(modules, named) {
        Symbol::Class(class) if !is_call => {
            let mut guard = of_class(modules, class);
            // `new RolesGuard(['admin'])`
            guard.exempts |= scan::words(modules, at.module, facts.span(id))
                .iter()
                .any(|word| is_of_administrators(word));
            guard
        }
        Symbol::External { .. } if house::is_strategy_of_the_house(modules, at) => Guard {
            signs_in: true,
            ..Does::Restricts(label(modules, named), Vec::new()).into()
        },
        Symbol::External { specifier, name } => of_package(&specifier, &name),
        Symbol::Unresolved => by_name(&label(modules, named)),
        _ => Does::Unknown(label(modules, named)).into(),
    }
}

fn of_package(specifier: &str, name: &str) -> Guard {
    if specifier.contains("throttler") || name.contains("Throttler") {
        Does::Nothing.into()
    } else if name == "AuthGuard" || name == "JwtAuthGuard" {
        Does::Authenticates(Vec::new()).into()
    } else {
        by_name(name)
    }
}

/// Words in the names of guards that sign in, where nothing but the name is there.
const SIGNS_IN: [&str; 7] = [
    "token", "apikey", "bearer", "clerk", "firebase", "keycloak", "supabase",
];

/// Words in the names of guards that look at the rows that are asked for.
const OF_ROWS: [&str; 9] = [
    "owner", "polic", "abilit", "casl", "access", "tenant", "member", "resource", "acl",
];

/// A guard of which nothing but its name is there. One that signs in does nothing else; one that
/// asks for roles looks at what stands at the endpoint, which is judged by itself.
fn by_name(name: &str) -> Guard {
    let lower = name.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let does = if says(&OF_ROWS) {
        Does::Unknown(name.into())
    } else if is_of_administrators(name) {
        Does::Restricts(name.into(), Vec::new())
    } else if says(&["role", "permission", "rbac"]) || refusal::is_beside(name) {
        Does::Nothing
    } else if signs_in_by_name(name) || says(&SIGNS_IN) {
        Does::Authenticates(Vec::new())
    } else {
        Does::Unknown(name.into())
    };
    let mut guard: Guard = does.into();
    // It may read any metadata.
    guard.reads.more = true;
    guard
}

/// What a guard's class and its bases say together.
#[derive(Default)]
struct Said {
    keys: Vec<SmolStr>,
    /// `None` when it may look at anything that the client sent.
    checks: Option<Vec<SentKey>>,
    words: Vec<SmolStr>,
    signs_in: bool,
    inherits_unknown: bool,
}

impl Said {
    fn of(modules: &Modules, ancestry: &[ClassRef]) -> Self {
        let mut said = Said {
            checks: Some(Vec::new()),
            ..Said::default()
        };
        for class in ancestry {
            let facts = modules.facts(class.module);
            let declared = facts.class(class.id);
            said.keys.extend(metadata_keys(modules, *class));
            said.words
                .extend(scan::words(modules, class.module, declared.span));
            said.checks = said
                .checks
                .zip(sent::keys(modules, *class))
                .map(|(all, own)| [all, own].concat());
            let puts = scan::assigned_on_request(modules, class.module, declared.span);
            said.signs_in |= !puts.is_empty() && !sieve::notes_alone(modules, *class);
            if *class == *ancestry.last().unwrap_or(class)
                && let Some(base) = declared.extends
            {
                let base = In {
                    module: class.module,
                    id: base,
                };
                match of(modules, base).does {
                    Does::Authenticates(_) => said.signs_in = true,
                    Does::Nothing => {}
                    _ => said.inherits_unknown = true,
                }
            }
        }
        said
    }
}

/// What a guard's class does.
pub(super) fn of_class(modules: &Modules, class: ClassRef) -> Guard {
    of_class_within(modules, class, given::DEPTH)
}

fn of_class_within(modules: &Modules, class: ClassRef, depth: u32) -> Guard {
    let guard = of_the_house(modules, class, of_class_alone(modules, class));
    // Where a request comes from, and how many there are, ties no row to anybody.
    let signs_in = guard.signs_in || matches!(guard.does, Does::Authenticates(_));
    if !signs_in && guard.keys().is_empty() && refusal::is_beside(&name_of(modules, class)) {
        return Guard {
            reads: guard.reads,
            ..Does::Nothing.into()
        };
    }
    let takes_nobody = || {
        let ancestry = Types::new(modules).ancestry(class);
        let mut all = ancestry.iter();
        all.any(|one| sieve::takes_nobody(modules, *one))
    };
    if guard.keys().is_empty() && takes_nobody() {
        return Guard {
            exempts: false,
            reads: guard.reads,
            ..Does::Offers(name_of(modules, class)).into()
        };
    }
    // One that asks others, and no metadata itself, does what those do.
    if !guard.keys().is_empty() || matches!(guard.does, Does::Unknown(_)) {
        return guard;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return guard;
    };
    let asked = given::asked(modules, class);
    let asked: Vec<Guard> = asked
        .into_iter()
        .map(|one| of_class_within(modules, one, depth))
        .collect();
    match asked.is_empty() {
        true => guard,
        false => given::together(name_of(modules, class), guard, asked),
    }
}

/// The same guard, where it signs in nobody but those who run the application.
fn of_the_house(modules: &Modules, class: ClassRef, guard: Guard) -> Guard {
    let opens = guard.keys().iter().all(|key| guard.opened_by.contains(key));
    let signs_in = guard.signs_in && matches!(guard.does, Does::Authenticates(_));
    let name = name_of(modules, class);
    let ancestry = || Types::new(modules).ancestry(class);
    match signs_in && opens && house::is_of_the_house(modules, &name, &ancestry()) {
        true => Guard {
            does: Does::Restricts(name, Vec::new()),
            ..guard
        },
        false => guard,
    }
}

fn of_class_alone(modules: &Modules, class: ClassRef) -> Guard {
    let ancestry = Types::new(modules).ancestry(class);
    let Said {
        keys,
        checks,
        words,
        signs_in,
        inherits_unknown,
    } = Said::of(modules, &ancestry);
    let name = name_of(modules, class);
    let reads = Reads {
        more: inherits_unknown || ancestry.iter().any(|class| hands_on(modules, *class)),
        ..Reads::of(modules, &name, &keys, &ancestry)
    };
    let all = ancestry.iter();
    let opened_by = all
        .flat_map(|class| optional::opening(modules, *class))
        .collect();
    let optional = &reads.optional;
    let Some(checks) = checks.filter(|_| !inherits_unknown) else {
        let does = match inherits_unknown || optional.is_empty() {
            true => Does::Unknown(name),
            false => Does::Asked(name, optional.clone()),
        };
        return Guard {
            looks_by: keys,
            opened_by,
            signs_in,
            reads,
            ..does.into()
        };
    };
    let exempts = exempts(&name, &keys, &checks, &words);
    if keys.is_empty() && sieve::lets_everybody_through(modules, class) {
        return Guard {
            reads,
            ..Does::Nothing.into()
        };
    }
    if keys.is_empty()
        && checks.is_empty()
        && !signs_in
        && let Some(does) = counts(modules, class)
    {
        return Guard {
            exempts: false,
            reads,
            ..does.into()
        };
    }
    let plain = keys.is_empty() && checks.is_empty() && !exempts;
    let notes = sieve::notes_alone(modules, class);
    let looks = is_of_administrators(&name) || looks_somebody_up(&words);
    let switch = || !looks && ancestry.iter().all(|class| is_switch(modules, *class));
    let beside = || name.to_ascii_lowercase().contains("throttl") || notes || switch();
    let does = if signs_in || signs_in_by_name(&name) {
        Does::Authenticates(keys)
    } else if plain && sieve::asks_for_a_state(modules, class) {
        // There is a state to ask for where somebody is signed in.
        Does::Authenticates(Vec::new())
    } else if beside() {
        Does::Nothing
    } else {
        match !keys.is_empty() && keys.iter().all(|key| optional.contains(key)) {
            true => Does::Allows(name, keys),
            false => Does::Restricts(name, keys),
        }
    };
    // Without who asks, nothing can be asked of what they sent but whether it is there.
    let checks = match notes {
        true => Vec::new(),
        false => [checks, headers::asked_about(modules, &ancestry)].concat(),
    };
    Guard {
        does,
        checks,
        exempts,
        looks_by: Vec::new(),
        opened_by,
        signs_in,
        reads,
    }
}

/// What a guard does that asks how much of a plan is used: that says nothing of whose rows are asked
/// for.
fn counts(modules: &Modules, class: ClassRef) -> Option<Does> {
    Some(match counting::of(modules, class)? {
        Counting::SignedIn => Does::Authenticates(Vec::new()),
        Counting::Anybody => Does::Nothing,
    })
}

fn name_of(modules: &Modules, class: ClassRef) -> SmolStr {
    let declared = modules.facts(class.module).class(class.id);
    let name = declared.name.as_ref();
    name.map_or_else(SmolStr::default, |name| name.text.clone())
}

/// Whether the words of a guard say that it looks up who asks: nothing of the request has to be read for that where
/// it stands in a store of the request's own (`cls.get('user.id')`).
fn looks_somebody_up(words: &[SmolStr]) -> bool {
    let lower = |word: &SmolStr| word.to_ascii_lowercase();
    let finds = words.iter().any(|word| lower(word).starts_with("find"));
    let somebody = |word: &SmolStr| PRINCIPALS.iter().any(|known| lower(word).contains(known));
    finds && words.iter().any(somebody)
}

/// Whether a guard looks at nothing of the request: a feature that is on or off for all.
fn is_switch(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let Some(MemberKind::Method(method)) = facts
        .class(class.id)
        .member("canActivate")
        .map(|member| &member.kind)
    else {
        return false;
    };
    match facts.function(*method).parameters.as_slice() {
        [] => true,
        [context] => match context.pattern {
            Pattern::Binding(own) => facts.uses(own).is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// Whether those whom a guard lets through may see the rows of all. One that
/// asks for metadata is judged by that, one that looks a tenant up asks within it.
pub(super) fn exempts(name: &str, keys: &[SmolStr], checks: &[SentKey], words: &[SmolStr]) -> bool {
    if is_of_administrators(name) {
        return true;
    }
    let names_rows = |key: &SentKey| key.name.to_ascii_lowercase().ends_with("id");
    if !keys.is_empty() || checks.iter().any(names_rows) {
        return false;
    }
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let says = |wanted: &[&str]| {
        let mut all = lower.iter();
        all.any(|word| wanted.iter().any(|wanted| word.contains(wanted)))
    };
    let hands_on = lower.iter().any(|word| word == "(request)");
    hands_on || !says(&PRINCIPALS) || says(&ADMINISTRATORS) || says(&["role", "permission"])
}

pub(super) fn signs_in_by_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let other = [
        "role",
        "admin",
        "permission",
        "authoriz",
        "authoris",
        "owner",
        "author",
    ];
    ["auth", "jwt", "session", "login"]
        .iter()
        .any(|word| lower.contains(word))
        && !other
            .iter()
            .any(|word| lower.replace("auth", "").contains(word) || lower.contains("authori"))
}

pub(super) fn label(modules: &Modules, at: ExpressionRef) -> SmolStr {
    let facts = modules.facts(at.module);
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Identifier { name, .. } => name.clone(),
        Expression::Member { property, .. } => property.text.clone(),
        _ => "a guard".into(),
    }
}
