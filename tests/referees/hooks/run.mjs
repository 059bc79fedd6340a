// Lets real hook managers run snell in real repositories, by the recipes of docs/hooks.md; see README.md.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack, root, serve } from '../npm/registry.mjs';

const here = dirname(fileURLToPath(import.meta.url));
if (!process.argv[2]) {
  console.error('usage: node run.mjs SNELL [PRE-COMMIT]');
  process.exit(2);
}
const [program, preCommit] = process.argv.slice(2).map((path) => resolve(path));
const SCHEMA = 'apps/api/prisma/schema.prisma';
const MIGRATION = 'apps/api/prisma/migrations/20250217140000_agent_settings/migration.sql';
const RULE = 'consistency/schema-migration-drift';

/** The recipes: files of the fences below each heading of docs/hooks.md, in their order. */
function recipes() {
  const found = {};
  let heading = '';
  let fence = null;
  for (const line of readFileSync(join(root, 'docs/hooks.md'), 'utf8').split('\n')) {
    if (fence && line === '```') fence = null;
    else if (fence) fence.text += `${line}\n`;
    else if (line.startsWith('## ')) found[(heading = line.slice(3))] = [];
    else if (line.startsWith('```')) {
      const path = /file=(\S+)/.exec(line)?.[1];
      fence = { path, text: '' };
      if (path) found[heading].push(fence);
    }
  }
  return found;
}

const work = mkdtempSync(join(tmpdir(), 'snell-hooks-'));
const { out, tarballs } = pack(program);
const registry = await serve(tarballs);
const env = {
  ...process.env,
  // The examples name a pnpm of their own, which our registry has not.
  npm_config_manage_package_manager_versions: 'false',
  npm_config_package_manager_strict: 'false',
  NO_COLOR: '1',
  HOME: work,
  PRE_COMMIT_HOME: join(work, 'pre-commit'),
  npm_config_cache: join(work, 'cache'),
  npm_config_registry: `${registry.url}/`,
  GIT_CONFIG_GLOBAL: join(work, 'gitconfig'),
  GIT_AUTHOR_NAME: 't',
  GIT_AUTHOR_EMAIL: 't@example.com',
  GIT_COMMITTER_NAME: 't',
  GIT_COMMITTER_EMAIL: 't@example.com',
};
// A hook that runs this would hand its own repository down.
for (const name of ['GIT_DIR', 'GIT_INDEX_FILE', 'GIT_WORK_TREE', 'SNELL_BINARY', 'HUSKY', 'LEFTHOOK', 'CI']) delete env[name];
writeFileSync(env.GIT_CONFIG_GLOBAL, '[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n');

/** Runs without blocking: the registry answers from this very process. */
function run(folder, [command, ...words]) {
  const path = [join(folder, 'node_modules/.bin'), ...(preCommit ? [dirname(preCommit)] : []), process.env.PATH].join(delimiter);
  return new Promise((done) => {
    const child = spawn(command, words, { cwd: folder, env: { ...env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
    child.on('error', (error) => done({ code: null, text: String(error) }));
    child.on('close', (code) => done({ code, text }));
  });
}
const git = (folder, ...words) => run(folder, ['git', ...words]);

const wrong = [];
let right = 0;
function expect(what, is, detail) {
  if (is) right += 1;
  else wrong.push(`${what}: ${JSON.stringify(detail)}`);
}

/** A repository with a clean project in it, and snell and the managers as a package manager lays them. */
async function repository(name) {
  const folder = join(work, name);
  cpSync(join(root, 'examples/clean'), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  cpSync(join(here, 'node_modules'), modules, { recursive: true, verbatimSymlinks: true });
  for (const [tarball, target] of [[tarballs[0], 'snell'], [tarballs[1], `@snell/cli-${process.platform}-${process.arch}`]]) {
    mkdirSync(join(modules, target), { recursive: true });
    execFileSync('tar', ['-xf', tarball, '--strip-components=1', '-C', join(modules, target)]);
  }
  symlinkSync('../snell/bin/snell.js', join(modules, '.bin/snell'));
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  await git(folder, 'init', '-q', '-b', 'main');
  return folder;
}

/** Writes a recipe's files. */
function write(folder, files, change = (text) => text) {
  for (const { path, text } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    const json = path === 'package.json' && { ...JSON.parse(readFileSync(target, 'utf8')), ...JSON.parse(text) };
    writeFileSync(target, json ? JSON.stringify(json, null, 2) : change(text));
    if (path.includes('/')) chmodSync(target, 0o755);
  }
}

/** Commits of all kinds. */
async function commits(name, folder, { seesDeletions = true } = {}) {
  const schema = join(folder, SCHEMA);
  const good = readFileSync(schema, 'utf8');
  const commit = (...words) => git(folder, 'commit', '-qm', 'a change', ...words);
  const head = async () => (await git(folder, 'rev-parse', 'HEAD')).text;
  const silent = ({ text }) => !/error\[|warning\[|models,|No problems/.test(text);

  const empty = await commit('--allow-empty');
  expect(`${name}: nothing staged is silence`, empty.code === 0 && silent(empty), empty);

  writeFileSync(join(folder, 'README.md'), '# Another\n');
  await git(folder, 'add', 'README.md');
  const other = await commit();
  expect(`${name}: a file of no interest is silence`, other.code === 0 && silent(other), other);

  const before = await head();
  writeFileSync(schema, good.replace('model User {', 'model User {\n  nickname String @default("")'));
  await git(folder, 'add', SCHEMA);
  writeFileSync(schema, good);
  const bad = await commit();
  expect(`${name}: a bad staged change is refused`, bad.code !== 0 && bad.text.includes(RULE), bad);
  expect(`${name}: nothing was committed`, before === (await head()), before);
  expect(`${name}: the working tree is as it was`, readFileSync(schema, 'utf8') === good, {});
  const index = await git(folder, 'show', `:${SCHEMA}`);
  expect(`${name}: the index is as it was`, index.text.includes('nickname'), index.text.slice(0, 200));

  writeFileSync(schema, good.replace('model User {', '/// People who sign in.\nmodel User {'));
  await git(folder, 'add', SCHEMA);
  const mended = await commit();
  expect(`${name}: a good change passes`, mended.code === 0 && before !== (await head()), mended);

  await git(folder, 'rm', '-q', MIGRATION);
  const deletion = await commit();
  expect(`${name}: a deletion is ${seesDeletions ? 'refused' : 'not seen, as its page says'}`, (deletion.code !== 0) === seesDeletions, deletion);
}

/** The first commit, before there are hooks. */
async function first(folder) {
  await git(folder, 'add', '.');
  const done = await git(folder, 'commit', '-qm', 'first', '--no-verify');
  if (done.code !== 0) throw new Error(done.text);
}

const all = recipes();
async function managed(name, heading, install, options, change, pick = (files) => files) {
  const files = pick(all[heading] ?? []);
  if (files.length === 0) throw new Error(`docs/hooks.md has no recipe «${heading}»`);
  const folder = await repository(name);
  if (!files[0].path.startsWith('.git/')) write(folder, files, change);
  await first(folder);
  if (files[0].path.startsWith('.git/')) write(folder, files, change);
  if (install) {
    const done = await run(folder, install);
    if (done.code !== 0) throw new Error(`${name}: ${done.text}`);
  }
  await commits(name, folder, options);
}

/** What `snell init` writes, instead of a recipe of the page. */
async function initialised(name, hook, install, options) {
  const folder = await repository(`init-${name}`);
  await first(folder);
  const done = await run(folder, ['snell', 'init', '--yes', '--hook', hook]);
  expect(`init ${name}: it writes`, done.code === 0, done);
  await git(folder, 'add', '.');
  await git(folder, 'commit', '-qm', 'set up', '--no-verify');
  const again = await run(folder, ['snell', 'init', '--yes', '--hook', hook]);
  const status = await git(folder, 'status', '--porcelain');
  expect(`init ${name}: a second time changes nothing`, again.code === 0 && status.text === '', { again, status });
  const installed = await run(folder, install);
  expect(`init ${name}: the manager takes it`, installed.code === 0, installed);
  await commits(`init ${name}`, folder, options);
}

/** The repository that people name in `.pre-commit-config.yaml`: what its commit holds is what pre-commit installs. */
async function hookRepository() {
  const folder = join(work, 'hook-repository');
  mkdirSync(folder);
  for (const name of ['.pre-commit-hooks.yaml', 'package.json', 'Cargo.toml', 'LICENSE-MIT']) cpSync(join(root, name), join(folder, name));
  await git(folder, 'init', '-q', '-b', 'main');
  await first(folder);
  await git(folder, 'tag', 'v0.1.0');
  return folder;
}

try {
  const runs = [
    managed('none', 'Without a manager', null),
    managed('husky', 'husky', ['husky']),
    managed('lint-staged', 'husky and lint-staged', ['husky'], { seesDeletions: false }),
    managed('lefthook', 'lefthook', ['lefthook', 'install']),
    initialised('husky', 'husky', ['husky']),
    initialised('lefthook', 'lefthook', ['lefthook', 'install']),
  ];
  if (preCommit && existsSync(preCommit)) {
    const place = await hookRepository();
    const here = (text) => text.replace(/repo: https:\S+/, `repo: ${place}`).replace(/rev: \S+/, 'rev: v0.1.0');
    const install = [preCommit, 'install', '--install-hooks'];
    runs.push(managed('pre-commit', 'pre-commit', install, {}, here, (files) => files.slice(0, 1)));
    runs.push(managed('pre-commit, local', 'pre-commit', install, {}, undefined, (files) => files.slice(1)));
    runs.push(initialised('pre-commit', 'pre-commit', install));
  } else {
    console.log('pre-commit is not installed: its recipes are left out');
  }
  await Promise.all(runs);
} finally {
  registry.close();
  for (const each of [work, out]) rmSync(each, { recursive: true, force: true, maxRetries: 3 });
}
wrong.forEach((line) => console.log(line));
console.log(`hooks of managers: ${right} right, ${wrong.length} wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
