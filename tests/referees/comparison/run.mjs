// Runs other tools on the example whose faults are marked, and counts; see README.md.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const page = join(root, 'docs/comparison.md');
const work = realpathSync(mkdtempSync(join(tmpdir(), 'snell-comparison-')));
const project = join(work, 'openai-chat');
const others = join(work, 'migrations');
const MARK = /\s*(?:\/\/|--) error(?:-next-line)?: (.+)$/;
/** What other tools call a marked fault, read generously: near its line, and about it at least in part. */
const SAME = {
  'consistency/cast-hides-mismatch': ['@typescript-eslint/no-explicit-any'],
  'consistency/enum-value-unknown': ['@typescript-eslint/no-explicit-any'],
  'index/foreign-key-without-index': ['require-field-index'],
  'integrity/enum-like-string': ['ban-unbounded-string-type'],
  'query/unbounded-find-many': ['find-many-without-take'],
  'raw-sql/unparameterized': ['prisma/no-unsafe', 'raw-sql-unsafe', 'raw-sql-from-template'],
  'schema/required-ignored-field': ['forbid-required-ignored-field'],
};
/** squawk says these of nearly every migration. */
const OF_EACH = ['prefer-robust-stmts', 'require-lock-timeout', 'require-statement-timeout'];
const python = (name) => join(here, '.venv/bin', name);
const node = (name) => join(here, 'node_modules/.bin', name);

/** All files below a folder. */
function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** Takes the marks out of the copy, so that no tool stumbles over them; lines stay where they are. */
function marks(project) {
  const found = [];
  for (const path of walk(project)) {
    if (!/\.(ts|tsx|prisma|sql)$/.test(path)) continue;
    const lines = readFileSync(path, 'utf8').split('\n');
    const clean = lines.map((line, n) => {
      const rules = MARK.exec(line)?.[1].match(/[a-z-]+\/[a-z-]+/g);
      if (!rules) return line;
      const at = n + (line.includes('error-next-line') ? 2 : 1);
      found.push(...rules.map((rule) => ({ rule, path: relative(project, path), line: at })));
      return line.replace(MARK, '');
    });
    writeFileSync(path, clean.join('\n'));
  }
  return found;
}

/** What a tool prints, whatever its exit code says. */
function said(command, ...words) {
  const { stdout, stderr, error } = spawnSync(command, words, { cwd: work, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, SEMGREP_SEND_METRICS: 'off' } });
  if (error) throw error;
  return { stdout, stderr };
}

/** One JSON document in what was printed. */
function json({ stdout, stderr }) {
  for (const text of [stdout, stderr]) {
    const start = text.search(/^[[{]/m);
    if (start >= 0) return JSON.parse(text.slice(start));
  }
  throw new Error(`no JSON: ${stderr.slice(0, 400)}`);
}

const migrations = (folder) => walk(folder).filter((path) => path.endsWith('migration.sql'));
const at = (path, line, rule) => ({ path: relative(project, path), line, rule });
const squawk = (folder) =>
  json(said(python('squawk'), '--reporter', 'Json', ...migrations(folder))).map((each) => ({ path: relative(folder, each.file), line: each.line + 1, rule: each.rule_name }));
const TOOLS = {
  'prisma-lint 0.13.1': () =>
    json(said(node('prisma-lint'), '--config', join(here, 'prismalintrc.json'), '--output-format', 'json', join(project, 'apps/api/prisma/schema.prisma'))).violations.map(
      (each) => at(join(project, 'apps/api/prisma/schema.prisma'), each.location.startLine, each.ruleName),
    ),
  'squawk 2.70.0': () => squawk(project),
  'sqlfluff 4.5.0': () =>
    json(said(python('sqlfluff'), 'lint', '--dialect', 'postgres', '--format', 'json', ...migrations(project))).flatMap(({ filepath, violations }) =>
      violations.map((each) => at(filepath, each.start_line_no, `${each.code} ${each.name}`)),
    ),
  'ESLint 9.39.5 with typescript-eslint 8.74.0 and eslint-plugin-prisma 2.0.0': () =>
    json(said(node('eslint'), '--format', 'json', 'openai-chat')).flatMap(({ filePath, messages }) =>
      messages.map((each) => at(filePath, each.line, each.ruleId ?? 'parse error')),
    ),
  'Semgrep 1.185.0 with the three rules of semgrep.yml': () =>
    json(said(python('semgrep'), 'scan', '--metrics', 'off', '--disable-version-check', '--json', '--config', join(here, 'semgrep.yml'), 'openai-chat')).results.map(
      (each) => at(join(work, each.path), each.start.line, each.check_id.split('.').at(-1)),
    ),
};

/** How often, worst first. */
function count(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function tables() {
  const marked = marks(project);
  const rows = ['| tool | reports | most of them | marked faults that it names |', '|---|---|---|---|'];
  for (const [name, run] of Object.entries(TOOLS)) {
    const reports = run();
    const most = count(reports.map(({ rule }) => rule)).slice(0, 3);
    const names = (mark) => (each) => each.path === mark.path && Math.abs(each.line - mark.line) <= 3 && SAME[mark.rule]?.includes(each.rule);
    const named = marked.filter((mark) => reports.some(names(mark))).map(({ rule }) => rule);
    const which = named.length > 0 ? `: ${count(named).map(([rule]) => `\`${rule}\``).join(', ')}` : '';
    rows.push(`| ${name} | ${reports.length} | ${most.map(([rule, n]) => `${n} \`${rule}\``).join(', ')} | ${named.length} of ${marked.length}${which} |`);
  }
  const own = marks(others).filter(({ path }) => path.endsWith('.sql'));
  const seen = squawk(others).filter(({ rule }) => !OF_EACH.includes(rule));
  const met = own.filter((mark) => seen.some((each) => each.path === mark.path && Math.abs(each.line - mark.line) <= 1));
  const unmet = count(own.filter((mark) => !met.includes(mark)).map(({ rule }) => rule)).map(([rule]) => `\`${rule}\``);
  const more = `\nIn the migrations of \`examples/more/migrations\`, squawk has a report at ${met.length} of the ${own.length} marked lines, those aside that it makes of nearly every file; not at ${unmet.join(', ')}.\n`;
  return `${rows.join('\n')}\n${more}`;
}

try {
  cpSync(join(root, 'examples/openai-chat'), project, { recursive: true });
  cpSync(join(root, 'examples/more/migrations'), others, { recursive: true });
  symlinkSync(join(here, 'node_modules'), join(work, 'node_modules'));
  cpSync(join(here, 'eslint.config.mjs'), join(work, 'eslint.config.mjs'));
  if (!existsSync(python('squawk'))) throw new Error('install requirements.txt into .venv first: README.md');
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split('<!-- counted -->\n');
  const [shown, after] = rest.split('<!-- /counted -->');
  const counted = tables();
  if (process.argv.includes('--update')) writeFileSync(page, `${before}<!-- counted -->\n${counted}<!-- /counted -->${after}`);
  else if (shown !== counted) {
    console.log(`docs/comparison.md shows other numbers; run with --update:\n${counted}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
