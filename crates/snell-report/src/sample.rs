//! Reports for tests.

use snell_source::{
    Confidence, Diagnostic, FileId, Location, Preset, RuleMetadata, Severity, SourceFile, Sources,
    Span,
};

use crate::{Applicability, Counts, Edit, Finding, Fix, Report, Schema, Suppression};

const fn rule(name: &'static str, severity: Severity) -> RuleMetadata {
    RuleMetadata {
        name,
        severity,
        preset: Preset::Recommended,
        summary: "A rule's fault in one sentence",
        page: "# A rule\n\nWhy it is bad.\n",
        since: "0.1.0",
        joined: None,
    }
}

pub(crate) static HIGH: RuleMetadata = rule("integrity/nullable-unique", Severity::High);
pub(crate) static MEDIUM: RuleMetadata = rule("isolation/missing-owner-filter", Severity::Medium);
pub(crate) static LOW: RuleMetadata = rule("index/redundant", Severity::Low);
pub(crate) static INFO: RuleMetadata = rule("schema/remark", Severity::Info);

/// A set of texts with places found by what stands there.
#[derive(Debug, Default)]
pub(crate) struct Texts(pub(crate) Sources);

impl Texts {
    pub(crate) fn add(&mut self, path: &str, text: &str) -> FileId {
        self.0.add(SourceFile::new(path, text))
    }

    /// The place of the first `needle`.
    pub(crate) fn find(&self, file: FileId, needle: &str) -> Location {
        let start = self.0.file(file).text.find(needle).expect("the needle");
        Location::new(file, Span::from_range(start..start + needle.len()))
    }
}

/// A report with a finding of every kind: across files, suppressed, baselined, fixable.
pub(crate) fn report() -> (Report, Texts) {
    let mut texts = Texts::default();
    let service = texts.add("apps/api/src/b.ts", "find({ '🐌': 1 });\nlist();\n");
    let schema = texts.add(
        "apps/api/schema.prisma",
        "model A {\n  b String?\n  @@unique([b])\n}\n",
    );
    let migration = texts.add("migrations/1/migration.sql", "CREATE UNIQUE INDEX;\n");
    let mut findings = vec![
        Finding::new(
            Diagnostic::at(
                &HIGH,
                texts.find(schema, "@@unique([b])"),
                "`b` | is, nullable: 100%",
            )
            .label("NULL repeats")
            .related(texts.find(schema, "String?"), "nullable")
            .related(texts.find(service, "1"), "the code's [side]")
            .related(texts.find(migration, "UNIQUE"), "")
            .help("make it required")
            .help("or use NULLS NOT DISTINCT")
            .subject("model:A unique:b"),
            "0123456789abcdef0123456789abcdef",
        ),
        Finding::new(
            Diagnostic::at(
                &MEDIUM,
                texts.find(service, "list()"),
                "`list` sees all rows",
            )
            .confidence(Confidence::Likely)
            .lowered(Severity::Low, "only a few")
            .subject("query:B.list#1"),
            "1123456789abcdef0123456789abcdef",
        ),
        Finding::new(
            Diagnostic::at(&LOW, texts.find(schema, "b String?"), "suppressed").subject("model:A"),
            "2123456789abcdef0123456789abcdef",
        ),
        Finding::new(
            Diagnostic::at(&LOW, texts.find(service, "find"), "known").subject("query:B.find#1"),
            "3123456789abcdef0123456789abcdef",
        ),
        Finding::new(
            Diagnostic::at(&INFO, texts.find(service, "find"), "a remark")
                .subject("query:B.find#1"),
            "4123456789abcdef0123456789abcdef",
        ),
    ];
    findings[1].fixes.push(Fix {
        title: "Filter by owner".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![Edit {
            at: texts.find(service, "list()"),
            replacement: "list(owner)".to_owned(),
        }],
        migration: None,
    });
    findings[2].suppressed = Some(Suppression {
        reason: Some("known to be small".to_owned()),
    });
    findings[3].baselined = true;
    let report = Report {
        workspace: "shop".to_owned(),
        schemas: vec![Schema {
            path: "apps/api/schema.prisma".to_owned(),
            provider: "postgresql".to_owned(),
        }],
        findings,
        counts: Counts {
            models: 1,
            migrations: 1,
            client_calls: 2,
            raw_queries: 0,
            owned_queries: 2,
            files: 3,
            ..Counts::default()
        },
        ..Report::default()
    };
    (report, texts)
}
