//! Trees that nobody would commit on purpose, and surroundings that refuse: each costs itself, is told, and no more.

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use camino::Utf8Path;
use snell_engine::analyze;
use snell_workspace::{Config, FileSystem, ListedFile, Listing, Memory, ReadError};
use support::door::{snell, stderr, stdout, workspace};
use tempfile::TempDir;

const SCHEMA: &str = "datasource db {
  provider = \"postgresql\"
  url      = env(\"DATABASE_URL\")
}

model User {
  id    String @id @unique
  posts Post[]
}

model Post {
  id       String @id
  authorId String
  author   User   @relation(fields: [authorId], references: [id])
}
";

const MIGRATION: &str = "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));
CREATE UNIQUE INDEX \"User_id_key\" ON \"User\"(\"id\");
CREATE TABLE \"Post\" (\"id\" TEXT NOT NULL, \"authorId\" TEXT NOT NULL, CONSTRAINT \"Post_pkey\" PRIMARY KEY (\"id\"));
ALTER TABLE \"Post\" ADD CONSTRAINT \"Post_authorId_fkey\" FOREIGN KEY (\"authorId\") REFERENCES \"User\"(\"id\") ON DELETE RESTRICT ON UPDATE CASCADE;
";

const CLIENT: &str = "import { PrismaClient } from '@prisma/client';\n";

/// Brackets that no person opens.
const DEEP: usize = 10_000;

/// A workspace with a finding of its own (a unique index that its key is already), and these files.
fn with(files: &[(&str, &str)]) -> TempDir {
    let mut all = vec![
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", SCHEMA),
        ("prisma/migrations/1_init/migration.sql", MIGRATION),
    ];
    all.extend(files);
    workspace(&all)
}

/// Checks a folder: what is said of it, where the rest of the workspace must be judged.
fn told(folder: &TempDir) -> String {
    let said = said(folder);
    assert!(said.contains("index/duplicate"), "{said}");
    said
}

/// Checks a folder in which nothing is severe: what is said of it.
fn said(folder: &TempDir) -> String {
    let output = snell(folder.path(), &["check", "--color", "never"]);
    let (out, err) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(!err.contains("internal error"), "{err}");
    assert!(
        !format!("{out}{err}").contains('\u{1b}'),
        "an escape sequence reached the terminal"
    );
    out + &err
}

#[test]
fn a_large_file_is_skipped() {
    let folder = with(&[]);
    let file = fs::File::create(folder.path().join("large.ts")).unwrap();
    file.set_len(200 << 20).unwrap();
    let said = told(&folder);
    assert!(
        said.contains("large.ts: skipped: 209715200 bytes, more than the limit of 4194304"),
        "{said}"
    );
}

#[test]
fn other_encodings_are_read_or_told() {
    let folder = with(&[]);
    let code = format!("{CLIENT}export const db = new PrismaClient();\r\n")
        + "export const all = () => db.post.findMany({ where: { nothing: 1 } });\r\n";
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(code.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let marked = [&[0xef, 0xbb, 0xbf][..], code.as_bytes()].concat();
    let broken = [code.as_bytes(), b"// \xff\xfe\r\n"].concat();
    for (name, bytes) in [
        ("wide.ts", utf16),
        ("marked.ts", marked),
        ("broken.ts", broken),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = snell(
        folder.path(),
        &[
            "check",
            "--format",
            "concise",
            "--only",
            "consistency/unknown-field",
        ],
    );
    let (out, err) = (stdout(&output), stderr(&output));
    for name in ["wide.ts", "marked.ts", "broken.ts"] {
        assert!(out.contains(&format!("{name}:3:")), "{name}: {out}{err}");
    }
    let output = snell(folder.path(), &["check"]);
    let said = stdout(&output) + &stderr(&output);
    assert!(said.contains("broken.ts: not valid UTF-8"), "{said}");
    assert!(
        !said.contains("wide.ts: ") && !said.contains("marked.ts: "),
        "{said}"
    );
}

#[test]
fn deep_code_costs_the_part_that_is_deep() {
    let (open, close) = ("[".repeat(DEEP), "]".repeat(DEEP));
    let (when, end) = ("if (a) { ".repeat(DEEP), "}".repeat(DEEP));
    let chain = ".then(f)".repeat(DEEP);
    let folder = with(&[
        (
            "value.ts",
            &format!("{CLIENT}export const x = {open}{close};\n"),
        ),
        (
            "statement.ts",
            &format!("{CLIENT}export function f() {{ {when}{end} }}\n"),
        ),
        (
            "chain.ts",
            &format!("{CLIENT}export const x = f(){chain};\n"),
        ),
    ]);
    let said = told(&folder);
    for name in ["value.ts", "statement.ts"] {
        let line = said.lines().find(|line| line.contains(name));
        assert!(
            line.is_some_and(|line| line.contains("nested too deeply")),
            "{name}: {said}"
        );
    }
}

#[test]
fn answers_that_are_handed_on_do_not_double() {
    let mut steps = String::from("    const a0 = check(req.user, id);\n");
    for n in 1..64 {
        let last = n - 1;
        steps += &format!("    const a{n} = check(a{last}, a{last});\n");
    }
    let code = format!(
        "import {{ Body, Controller, Post, Req, UseGuards }} from '@nestjs/common';
import {{ AuthGuard }} from '@nestjs/passport';
import {{ check }} from 'checks';
import {{ PrismaClient }} from '@prisma/client';

@Controller('posts')
@UseGuards(AuthGuard('jwt'))
export class PostsController {{
  private readonly prisma = new PrismaClient();

  @Post()
  async remove(@Req() req: {{ user: {{ id: string }} }}, @Body('id') id: string) {{
{steps}    if (a63) await this.prisma.post.delete({{ where: {{ id }} }});
  }}
}}
"
    );
    told(&with(&[("src/posts.controller.ts", &code)]));
}

#[test]
fn deep_sql_is_left_out_and_blamed_on_nobody() {
    let (open, close) = ("(".repeat(DEEP), ")".repeat(DEEP));
    let deep = format!("SELECT {open}1{close}");
    let folder = with(&[
        (
            "prisma/migrations/2_deep/migration.sql",
            &format!("{deep};\n"),
        ),
        (
            "raw.ts",
            &format!(
                "{CLIENT}const db = new PrismaClient();\nexport const one = () => db.$queryRaw`{deep}`;\n"
            ),
        ),
    ]);
    let said = said(&folder);
    assert!(
        said.contains(
            "prisma/migrations/2_deep/migration.sql:1: this statement is nested too deeply"
        ),
        "{said}"
    );
    assert!(
        said.contains("raw.ts: a raw query is nested too deeply"),
        "{said}"
    );
    assert!(
        !said.contains("cannot be applied") && !said.contains("refuses"),
        "{said}"
    );
}

#[test]
fn a_deep_schema_costs_its_line() {
    let deep = "[".repeat(DEEP) + &"]".repeat(DEEP);
    let schema = format!("{SCHEMA}\nmodel Deep {{\n  id Int @id\n  a Int @default({deep})\n}}\n");
    let folder = workspace(&[("package.json", "{}"), ("prisma/schema.prisma", &schema)]);
    let output = snell(folder.path(), &["check", "--format", "concise"]);
    let out = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("nested too deeply"), "{out}");
    let models = stdout(&snell(folder.path(), &["facts", "schema"]));
    assert!(
        models.contains("\"Post\"") && models.contains("\"Deep\""),
        "{models}"
    );
}

/// A tree in which a file is listed that is gone when it is read.
#[derive(Debug)]
struct Vanishing(Memory);

const GONE: [&str; 4] = [
    "src/gone.ts",
    "prisma/gone.prisma",
    "prisma/migrations/2_gone/migration.sql",
    "packages/a/package.json",
];

impl FileSystem for Vanishing {
    fn list(&self) -> Listing {
        let mut listing = self.0.list();
        listing.files.extend(GONE.map(|path| ListedFile {
            path: path.into(),
            size: 10,
        }));
        listing.files.sort_by(|a, b| a.path.cmp(&b.path));
        listing
    }

    fn read(&self, path: &Utf8Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.0.read(path, limit)
    }
}

#[test]
fn a_file_that_vanishes_is_told() {
    let mut files = Memory::new();
    files.insert("package.json", "{\"workspaces\": [\"packages/*\"]}");
    files.insert("prisma/schema.prisma", SCHEMA);
    files.insert("prisma/migrations/1_init/migration.sql", MIGRATION);
    let analysis = analyze(&Vanishing(files), &Config::default());
    assert_eq!(analysis.counts().models, 2);
    for path in GONE {
        let told = |notice: &snell_report::Notice| notice.path.as_deref() == Some(path);
        assert!(
            analysis.notices.iter().any(told),
            "{path}: {:?}",
            analysis.notices
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = with(&[]);
    let mut child = program(folder.path())
        .args(["rules", "--format", "markdown"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "");
}

/// The program, with what it keeps of this workspace in a folder that the test names.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snell"));
    command.current_dir(folder).env_remove("SNELL_NO_CACHE");
    command
}

fn check_with_cache(folder: &Path, cache: &str) -> Output {
    program(folder)
        .args(["check", "--format", "json", "--cache-dir", cache])
        .output()
        .unwrap()
}

/// The files below a folder.
fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files_below(&entry.path())),
            _ => found.push(entry.path()),
        }
    }
    found
}

#[test]
fn what_is_kept_changes_nothing_but_the_time() {
    let code = format!("{CLIENT}export const all = () => new PrismaClient().post.findMany();\n");
    let folder = with(&[("a.ts", &code)]);
    let cache = tempfile::tempdir().unwrap();
    let place = cache.path().to_str().unwrap();
    let plain = snell(folder.path(), &["check", "--format", "json"]);
    let before = files_below(folder.path()).len();
    let cold = check_with_cache(folder.path(), place);
    let kept = files_below(cache.path());
    assert!(kept.len() > 2, "{kept:?}");
    let warm = check_with_cache(folder.path(), place);
    for file in &kept {
        fs::write(file, "nonsense").unwrap();
    }
    let broken = check_with_cache(folder.path(), place);
    for (name, output) in [("cold", cold), ("warm", warm), ("broken", broken)] {
        assert_eq!(stdout(&plain), stdout(&output), "{name}");
    }
    assert_eq!(
        files_below(folder.path()).len(),
        before,
        "snell wrote into the workspace"
    );
}

#[test]
fn a_cache_that_cannot_be_written_costs_nothing_else() {
    let folder = with(&[]);
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let plain = snell(folder.path(), &["check", "--format", "json"]);
    // A file in the way, and a file system on which nobody writes.
    let mut places = vec![taken.to_str().unwrap()];
    if cfg!(target_os = "linux") {
        places.push("/proc/snell");
    }
    for place in places {
        let output = check_with_cache(folder.path(), place);
        assert_eq!(stdout(&plain), stdout(&output), "{place}");
        assert_eq!(plain.status, output.status, "{place}");
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{fs::symlink, process::ExitStatusExt as _};

    use super::*;

    #[test]
    fn links_are_not_followed_in_circles_nor_out() {
        let outside = workspace(&[("secret.ts", CLIENT)]);
        let folder = with(&[("src/a.ts", CLIENT)]);
        let at = |name: &str| folder.path().join("src").join(name);
        symlink(".", at("here")).unwrap();
        symlink("..", at("up")).unwrap();
        symlink("b.ts", at("c.ts")).unwrap();
        symlink("c.ts", at("b.ts")).unwrap();
        symlink(outside.path(), at("out")).unwrap();
        symlink(outside.path().join("secret.ts"), at("secret.ts")).unwrap();
        let said = told(&folder);
        for name in ["here", "up", "b.ts", "c.ts"] {
            assert!(
                said.contains(&format!(
                    "src/{name}: skipped: a link that leads back to itself"
                )),
                "{name}: {said}"
            );
        }
        assert!(
            said.contains("src/secret.ts: skipped: a link that leads out of the root"),
            "{said}"
        );
    }

    #[test]
    fn a_pipe_is_never_opened() {
        let folder = with(&[]);
        for name in ["pipe.ts", "pipe.prisma", "pipe.sql", "tsconfig.json"] {
            let made = Command::new("mkfifo")
                .arg(folder.path().join(name))
                .status();
            assert!(made.unwrap().success());
        }
        let said = told(&folder);
        for name in ["pipe.ts", "pipe.prisma", "pipe.sql", "tsconfig.json"] {
            assert!(
                said.contains(&format!("{name}: skipped: not a regular file")),
                "{name}: {said}"
            );
        }
    }

    #[test]
    fn names_cannot_paint_on_a_terminal() {
        let folder = with(&[("na\nme\u{1b}[31m.ts", CLIENT), ("\u{202e}st.a.ts", CLIENT)]);
        let said = told(&folder);
        assert!(said.contains("na\\u{a}me\\u{1b}[31m.ts: skipped"), "{said}");
        assert!(said.contains("\\u{202e}st.a.ts: skipped"), "{said}");
    }

    #[test]
    fn what_may_not_be_read_is_told() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = with(&[("shut/a.ts", CLIENT), ("closed.ts", CLIENT)]);
        let at = |name: &str| folder.path().join(name);
        for name in ["shut", "closed.ts"] {
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o0)).unwrap();
        }
        let refused = fs::read(at("closed.ts")).is_err();
        let said = told(&folder);
        fs::set_permissions(at("shut"), fs::Permissions::from_mode(0o700)).unwrap();
        // Root may read everything.
        if refused {
            assert!(said.contains("shut: cannot be read"), "{said}");
            assert!(said.contains("closed.ts: "), "{said}");
        }
    }

    /// Whether this process was started so that an interrupt does nothing to it.
    fn ignores_interrupts() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & 0b10 != 0)
    }

    #[test]
    fn an_interrupt_ends_the_run_as_shells_expect() {
        // A shell starts what runs in its background deaf to interrupts, and so are its children.
        if ignores_interrupts() {
            return;
        }
        let folder = with(&[]);
        // It has more to say than a pipe holds: it waits for a reader that never reads.
        let mut child = program(folder.path())
            .args(["rules", "--format", "markdown"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        // Ended by the signal: a shell says 130.
        assert_eq!(child.wait().unwrap().signal(), Some(2));
    }
}
