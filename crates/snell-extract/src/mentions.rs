//! What a text mentions, found without parsing it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// What the bytes of a file mention, as a set. A mention in a comment counts:
/// the set decides which files are worth parsing, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mentions(u16);

impl Mentions {
    /// `prisma`, in any case.
    pub const PRISMA: Mentions = Mentions(1);
    /// `@nestjs/`
    pub const NESTJS: Mentions = Mentions(1 << 1);
    /// `class-validator`
    pub const CLASS_VALIDATOR: Mentions = Mentions(1 << 2);
    /// `zod`
    pub const ZOD: Mentions = Mentions(1 << 3);
    /// `enum `
    pub const ENUM: Mentions = Mentions(1 << 4);
    /// `queryRaw`, `executeRaw`, `runCommandRaw`
    pub const RAW_SQL: Mentions = Mentions(1 << 5);
    /// `.findMany` or another operation whose name is Prisma's alone; see
    /// [`mentions_delegate`] for the others.
    pub const OPERATION: Mentions = Mentions(1 << 6);
    /// `createParamDecorator`
    pub const PARAM_DECORATOR: Mentions = Mentions(1 << 7);
    /// `@Controller`, `@Injectable`, `@Resolver`, ...: a decorator of NestJS.
    pub const NEST_DECORATOR: Mentions = Mentions(1 << 8);
    /// `snell-ignore`
    pub const SUPPRESSION: Mentions = Mentions(1 << 9);

    const ALL: u16 = (1 << 10) - 1;

    /// The set of what either mentions.
    #[must_use]
    pub fn union(self, other: Mentions) -> Mentions {
        Mentions(self.0 | other.0)
    }

    /// Whether anything of `other` is mentioned.
    #[must_use]
    pub fn intersects(self, other: Mentions) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is mentioned.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const WORDS: &[(Mentions, &[&str])] = &[
    (Mentions::PRISMA, &["prisma"]),
    (Mentions::NESTJS, &["@nestjs/"]),
    (Mentions::CLASS_VALIDATOR, &["class-validator"]),
    (Mentions::ZOD, &["zod"]),
    (Mentions::ENUM, &["enum "]),
    (
        Mentions::RAW_SQL,
        &["queryRaw", "executeRaw", "runCommandRaw"],
    ),
    (
        Mentions::OPERATION,
        &[
            ".findUnique",
            ".findFirst",
            ".findMany",
            ".createMany",
            ".updateMany",
            ".deleteMany",
            ".findRaw",
        ],
    ),
    (
        Mentions::PARAM_DECORATOR,
        &["createParamDecorator", ".createParamDecorator"],
    ),
    (
        Mentions::NEST_DECORATOR,
        &[
            "@Controller",
            "@Injectable",
            "@Module",
            "@Resolver",
            "@WebSocketGateway",
            "@Processor",
            "@Catch",
        ],
    ),
    (Mentions::SUPPRESSION, &["snell-ignore"]),
];

struct Search {
    automaton: AhoCorasick,
    /// The meaning and the exact spelling of each pattern.
    words: Vec<(Mentions, &'static str)>,
}

static SEARCH: LazyLock<Option<Search>> = LazyLock::new(|| {
    let words: Vec<_> = WORDS
        .iter()
        .flat_map(|(mention, words)| words.iter().map(|word| (*mention, *word)))
        .collect();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(words.iter().map(|(_, word)| word))
        .ok()?;
    Some(Search { automaton, words })
});

/// What a text mentions.
#[must_use]
pub fn mentions(text: &str) -> Mentions {
    let Some(search) = &*SEARCH else {
        return Mentions(Mentions::ALL);
    };
    let mut found = Mentions::default();
    for hit in search.automaton.find_iter(text) {
        let (mention, word) = search.words[hit.pattern().as_usize()];
        if mention == Mentions::PRISMA || text[hit.range()] == *word {
            found = found.union(mention);
            if found.0 == Mentions::ALL {
                break;
            }
        }
    }
    found
}

/// Operations of a Prisma model whose names many other things have.
const COMMON_OPERATIONS: &[&str] = &[
    ".create",
    ".update",
    ".upsert",
    ".delete",
    ".count",
    ".aggregate",
    ".groupBy",
];

static COMMON_SEARCH: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(COMMON_OPERATIONS).ok());

/// Whether an operation is called on something that may be a model's delegate:
/// on a member with the name of one (`db.user.create(`), or on one that is
/// chosen at run time (`db[model].create(`).
#[must_use]
pub fn mentions_delegate(text: &str, is_delegate: impl Fn(&str) -> bool) -> bool {
    let Some(search) = &*COMMON_SEARCH else {
        return true;
    };
    search.find_iter(text).any(|hit| {
        let whole = !text[hit.end()..].starts_with(is_word);
        let before =
            text[..hit.start()].trim_end_matches(|c: char| c.is_whitespace() || "?!".contains(c));
        let name = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let member = before[..before.len() - name.len()]
            .trim_end()
            .ends_with(['.', '?']);
        whole && (before.ends_with(']') || member && is_delegate(name))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delegates_are_told_by_the_member_before() {
        let found = |text| mentions_delegate(text, |name| name == "user");
        assert!(found("await db.user.create({})"));
        assert!(found("await db.user\n  .count()"));
        assert!(found("tx[model].delete({})"));
        assert!(!found("user.create({})"));
        assert!(!found("document.createElement('a')"));
        assert!(!found("this.map.delete(key)"));
        assert!(!found("db.users.create({})"));
        assert!(!found("db.user.created"));
    }

    #[test]
    fn each_word_sets_its_bit_alone() {
        for (mention, words) in WORDS {
            for word in *words {
                assert_eq!(mentions(&format!("a {word} b")), *mention, "{word}");
            }
        }
        assert!(mentions("const a = 1;").is_empty());
    }

    #[test]
    fn only_prisma_is_found_in_any_case() {
        assert_eq!(mentions("PRISMA"), Mentions::PRISMA);
        assert!(mentions("ZOD Enum @NestJS/").is_empty());
    }
}
