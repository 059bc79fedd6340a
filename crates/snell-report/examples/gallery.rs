//! Prints findings of many shapes, to look at: `cargo run -p snell-report --example gallery -- [ascii] [color] [WIDTH]`.

use snell_report::{
    Counts, Finding, Format, Hidden, HiddenBecause, Notice, NoticeKind, RenderOptions, Report,
    render,
};
use snell_source::{
    Confidence, Diagnostic, FileId, Location, Preset, RuleMetadata, Severity, SourceFile, Sources,
    Span,
};

const fn rule(name: &'static str, severity: Severity, summary: &'static str) -> RuleMetadata {
    RuleMetadata {
        name,
        severity,
        preset: Preset::Recommended,
        summary,
        page: "",
        since: "0.1.0",
        joined: None,
    }
}

static UNIQUE: RuleMetadata = rule(
    "integrity/nullable-unique",
    Severity::High,
    "A unique constraint does not stop duplicates because a column is nullable",
);
static VECTOR: RuleMetadata = rule(
    "vector/missing-index",
    Severity::Medium,
    "A similarity search has no vector index",
);
static REDUNDANT: RuleMetadata = rule(
    "index/redundant",
    Severity::Low,
    "An index repeats the prefix of another one",
);
static RAW: RuleMetadata = rule(
    "raw-sql/unparameterized",
    Severity::Critical,
    "A value is written into SQL text",
);
static LOOP: RuleMetadata = rule(
    "query/n-plus-one",
    Severity::Medium,
    "A query runs in a loop",
);

#[derive(Default)]
struct Gallery {
    sources: Sources,
    report: Report,
}

impl Gallery {
    fn file(&mut self, path: &str, text: &str) -> FileId {
        self.sources.add(SourceFile::new(path, text))
    }

    /// The place of the first `needle` in a file.
    fn find(&self, file: FileId, needle: &str) -> Location {
        let start = self.sources.file(file).text.find(needle).unwrap_or(0);
        Location::new(file, Span::from_range(start..start + needle.len()))
    }

    fn add(&mut self, diagnostic: Diagnostic) {
        let fingerprint = format!("{:032x}", self.report.findings.len());
        self.report
            .findings
            .push(Finding::new(diagnostic, fingerprint));
    }

    fn across_languages(&mut self) {
        let schema = self.file(
            "apps/api/prisma/schema.prisma",
            &format!(
                "{}model Setting {{\n  id    String @id\n  key   String\n  scope Scope? @map(\"scope\") // null: for all\n\n  value Json\n  @@unique([key, scope]) // one value for each\n}}\n",
                "// head\n".repeat(120)
            ),
        );
        let service = self.file(
            "apps/api/src/settings.repository.ts",
            "export class SettingsRepository {\n  async set(key: string) {\n    const existing = await this.prisma.setting.findFirst({\n      where: { key, scope: null },\n    });\n  }\n}\n",
        );
        let migration = self.file(
            "apps/api/prisma/migrations/20250102000000_scope/migration.sql",
            "-- AddScope\nALTER TABLE \"settings\" ADD CONSTRAINT \"settings_key_scope_key_of_every_environment_that_we_run\" UNIQUE (\"key\", \"scope\");\n",
        );
        let finding = Diagnostic::at(
            &UNIQUE,
            self.find(schema, "@@unique([key, scope])"),
            "`@@unique([key, scope])` does not stop duplicate rows: `scope` is nullable",
        )
        .label("NULL is never equal to NULL, so (`theme`, NULL) can repeat")
        .related(self.find(schema, "Scope?"), "nullable")
        .related(
            self.find(service, "findFirst"),
            "code finds, then creates: two requests can insert twice",
        )
        .related(
            self.find(migration, "UNIQUE (\"key\", \"scope\")"),
            "no `NULLS NOT DISTINCT` in the database either",
        )
        .help("in SQL (PostgreSQL 15+): UNIQUE NULLS NOT DISTINCT (\"key\", \"scope\")")
        .subject("model:Setting unique:key,scope");
        self.add(finding);
    }

    fn without_remarks(&mut self) {
        let schema = self.file(
            "apps/api/prisma/account.prisma",
            "model Account {\n  @@unique([userId, provider])\n  @@index([userId])\n}\n",
        );
        let finding = Diagnostic::at(
            &REDUNDANT,
            self.find(schema, "@@index([userId])"),
            "index on (`userId`) repeats the prefix of unique index (`userId`, `provider`)",
        )
        .label("redundant: costs a write on every insert and update")
        .related(
            self.find(schema, "@@unique([userId, provider])"),
            "already serves lookups by `userId`",
        )
        .subject("model:Account index:userId");
        self.add(finding);
    }

    fn stacked(&mut self) {
        let file = self.file(
            "src/stacked.ts",
            "const rows = await prisma.$queryRawUnsafe(`SELECT * FROM t WHERE id = ${id}`, page, limit);\n",
        );
        let finding = Diagnostic::at(
            &RAW,
            self.find(file, "${id}"),
            "`id` of the request is written into SQL text",
        )
        .label("anyone who calls the endpoint writes SQL here")
        .related(self.find(file, "$queryRawUnsafe"), "takes SQL as text")
        .related(self.find(file, "`SELECT * FROM t WHERE id = ${id}`"), "the text")
        .related(self.find(file, "page"), "a parameter")
        .related(self.find(file, "limit"), "another parameter, whose label is so long that it has to be wrapped over several lines of the frame")
        .help("use the tagged template: prisma.$queryRaw`SELECT * FROM t WHERE id = ${id}`")
        .help("or `Prisma.sql`")
        .note("every other query of this class is parameterized")
        .note("a second note")
        .confidence(Confidence::Likely)
        .subject("query:list#1");
        self.add(finding);
    }

    fn many_lines(&mut self) {
        let file = self.file(
            "src/loop.ts",
            "async function all(ids: string[]) {\n  for (const id of ids) {\n    const user = await prisma.user.findUnique({\n      where: { id },\n      include: { posts: true },\n      a: 1,\n      b: 2,\n      c: 3,\n    });\n    use(user);\n  }\n}\n",
        );
        let text = self.sources.file(file).text.clone();
        let whole = self.find(file, &text[text.find("for").unwrap_or(0)..text.len() - 3]);
        let call = self.find(
            file,
            &text[text.find("prisma.user").unwrap_or(0)..text.find(";\n    use").unwrap_or(0)],
        );
        let finding = Diagnostic::at(&LOOP, call, "one query for each element of `ids`")
            .label("runs once for each id")
            .related(whole, "the loop")
            .related(self.find(file, "id }"), "the key")
            .help("one query for all: `findMany({ where: { id: { in: ids } } })`")
            .subject("query:all#1");
        self.add(finding);
        let short = self.find(file, "{ id },\n      include: {");
        let finding = Diagnostic::at(&LOOP, short, "over two lines")
            .label("from a line's middle to another one's middle")
            .subject("query:all#2");
        self.add(finding);
    }

    fn odd_texts(&mut self) {
        let long = format!(
            "{}DANGER(x){}",
            "var a=1;".repeat(12_000),
            "var b=2;".repeat(12_000)
        );
        let minified = self.file("dist/app.min.js", &long);
        let finding = Diagnostic::at(
            &VECTOR,
            self.find(minified, "DANGER(x)"),
            "in a minified file",
        )
        .label("here")
        .related(self.find(minified, "var b=2;"), "right beside")
        .related(Location::new(minified, Span::new(0, 3)), "far to the left")
        .subject("file:min");
        self.add(finding);
        let odd = self.file(
            "src/odd\x1b[31m\u{202e}.ts",
            "\tconst\t名前 = '漢字🐌' + evil\x1b[31m\u{202e};\r\n// é",
        );
        let end = u32::try_from(self.sources.file(odd).text.len()).unwrap_or(0);
        let finding = Diagnostic::at(
            &VECTOR,
            self.find(odd, "'漢字🐌'"),
            "tabs, wide\nand \x07 evil characters",
        )
        .label("eight columns")
        .related(self.find(odd, "名前"), "four columns")
        .related(self.find(odd, "evil"), "evil \x1b[0m label\nin two lines")
        .related(Location::new(odd, Span::empty(end)), "the end of the file")
        .related(Location::new(odd, Span::new(900, 1000)), "out of bounds")
        .lowered(Severity::Low, "only a test")
        .help("first line\nsecond line\x1b[2J")
        .subject("file:odd");
        self.add(finding);
    }

    fn repeated(&mut self) {
        let file = self.file("src/many.ts", "a();\nb();\nc();\nd();\ne();\nf();\n");
        for (n, needle) in ["a()", "b()", "c()", "d()", "e()", "f()"]
            .iter()
            .enumerate()
        {
            let finding = Diagnostic::at(&REDUNDANT, self.find(file, needle), "again")
                .label("here")
                .subject(format!("model:Model{n} field:someRatherLongFieldName"));
            self.add(finding);
        }
    }
}

#[allow(clippy::print_stdout)]
fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let options = RenderOptions {
        width: arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(100),
        color: has("color"),
        unicode: !has("ascii"),
        links: has("links"),
        max_findings: if has("all") { None } else { Some(50) },
        ..RenderOptions::default()
    };
    let mut gallery = Gallery::default();
    gallery.across_languages();
    gallery.without_remarks();
    gallery.stacked();
    gallery.many_lines();
    gallery.odd_texts();
    gallery.repeated();
    gallery.report.workspace = "gallery".to_owned();
    gallery.report.counts = Counts {
        models: 14,
        migrations: 29,
        client_calls: 80,
        raw_queries: 9,
        owned_queries: 70,
        undecided_queries: 3,
        blind: false,
        files: 686,
    };
    gallery.report.hidden.push(Hidden {
        count: 3,
        why: HiddenBecause::Confidence,
    });
    gallery.report.notices.push(Notice {
        kind: NoticeKind::Unreadable,
        path: Some("src/broken.ts".to_owned()),
        message: "3 lines could not be understood".to_owned(),
    });
    let format = Format::ALL
        .iter()
        .find(|format| has(format.as_str()))
        .copied()
        .unwrap_or(Format::Human);
    print!(
        "{}",
        render(&gallery.report, &gallery.sources, format, &options)
    );
}
