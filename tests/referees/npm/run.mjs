// Installs what `npm/build.mjs` packs into fresh projects, with npm, pnpm and Yarn, and runs it there; see README.md.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack, root, serve } from './registry.mjs';

const here = dirname(fileURLToPath(import.meta.url));
if (!process.argv[2]) {
  console.error('usage: node run.mjs SNELL');
  process.exit(2);
}
const program = resolve(process.argv[2]);
const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
const wrong = [];
let right = 0;
function expect(what, is, detail) {
  if (is) right += 1;
  else wrong.push(`${what}: ${JSON.stringify(detail)}`);
}

const work = mkdtempSync(join(tmpdir(), 'snell-project-'));
const { out, tarballs } = pack(program);
const registry = await serve(tarballs);
// The project's own settings are enough: no cache or setting of this machine is asked.
const env = { ...process.env, NO_COLOR: '1', npm_config_cache: join(work, 'cache') };
delete env.SNELL_BINARY;

/** A fresh project beside a copy of an example. */
function project(name) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, '.npmrc'), `registry=${registry.url}/\nstore-dir=${join(work, 'store')}\n`);
  writeFileSync(join(folder, 'package.json'), '{ "name": "fresh", "private": true }\n');
  // What the example depends on is not installed: snell needs none of it.
  cpSync(join(root, 'examples/more/guest-list'), join(folder, 'app'), { recursive: true });
  return folder;
}
/** Runs without blocking: the registry answers from this very process. */
function run(folder, [command, ...words], extra = {}) {
  return new Promise((done) => {
    const child = spawn(command, words, { cwd: folder, env: { ...env, ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
    const result = { stdout: '', stderr: '' };
    child.stdout.on('data', (data) => (result.stdout += data));
    child.stderr.on('data', (data) => (result.stderr += data));
    child.on('error', (error) => done({ ...result, code: null, stderr: String(error) }));
    child.on('close', (code, signal) => done({ ...result, code, signal, pid: child.pid }));
  });
}

/** How many findings an output tells, if it is one: a manager may print an error of its own in its place. */
function findings(stdout) {
  try {
    return JSON.parse(stdout).findings.length;
  } catch {
    return undefined;
  }
}

/** Installs, and once more where a manager gave up for a reason of its own: what it said then is in the log. */
async function install(folder, command, extra) {
  for (let left = 2; ; left -= 1) {
    const said = await run(folder, command, extra);
    if (said.code === 0 || left === 0) return said;
    console.log(`${command.slice(1).join(' ')} ended with ${said.code}: ${said.stdout}${said.stderr}`);
  }
}

/** What must hold wherever it was installed. */
async function works(manager, folder, exec) {
  const said = await run(folder, [...exec, '--version']);
  expect(`${manager}: --version`, said.code === 0 && said.stdout.trim() === version, said);
  const direct = spawnSync(program, ['check', '--format', 'json', 'app'], { cwd: folder, env, encoding: 'utf8' });
  const check = await run(folder, [...exec, 'check', '--format', 'json', 'app']);
  const count = findings(check.stdout);
  expect(`${manager}: check finds what the program finds`, count > 0 && count === JSON.parse(direct.stdout).findings.length, check);
  expect(`${manager}: check's exit code`, check.code === direct.status, { code: check.code, direct: direct.status });
  const fails = await run(folder, [...exec, 'check', '--fail-on', 'info', '-q', 'app']);
  expect(`${manager}: findings exit with 1`, fails.code === 1, fails);
  const refused = await run(folder, [...exec, 'check', '--no-such-flag']);
  expect(`${manager}: a bad flag exits with 2`, refused.code === 2, refused);
}

async function withNpm() {
  const folder = project('npm');
  const installed = await install(folder, ['npm', 'install', '--save-dev', '--ignore-scripts', 'snell']);
  expect('npm install', installed.code === 0, installed);
  await works('npm', folder, ['npx', '--no-install', 'snell']);
  for (const name of ['schema.json', 'schema/output-v1.json']) {
    const path = join(folder, 'node_modules/snell', name);
    expect(`${name} is in the package`, existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).$schema, path);
  }
  // The lock file names the packages of all platforms, so that it serves each of them.
  const path = join(folder, 'package-lock.json');
  const lock = existsSync(path) ? readFileSync(path, 'utf8') : '';
  for (const name of ['darwin-arm64', 'linux-x64', 'win32-x64']) expect(`the lock file knows ${name}`, lock.includes(`@snell/cli-${name}`), lock);
  const again = await run(folder, ['npm', 'ci']);
  expect('npm ci', again.code === 0, again);
  return folder;
}

async function withPnpm() {
  const folder = project('pnpm');
  const pnpm = [process.execPath, join(here, 'node_modules/pnpm/bin/pnpm.cjs')];
  const installed = await install(folder, [...pnpm, 'add', '--save-dev', 'snell']);
  expect('pnpm add', installed.code === 0, installed);
  expect('pnpm has no script to warn of', !/build scripts/i.test(installed.stdout + installed.stderr), installed);
  await works('pnpm', folder, [...pnpm, 'exec', 'snell']);
}

/** The old Yarn, and the new one, which keeps packages in archives. */
async function withYarn() {
  const old = project('yarn');
  const classic = [process.execPath, join(here, 'node_modules/yarn/bin/yarn.js')];
  const cache = ['--cache-folder', join(work, 'yarn-cache')];
  const installed = await install(old, [...classic, 'add', '--dev', '--non-interactive', ...cache, 'snell']);
  expect('yarn add (1)', installed.code === 0, installed);
  await works('yarn 1', old, [...classic, '--silent', 'run', 'snell']);
  // A machine's folder for temporary files may be small, and each manager keeps the program twice.
  for (const each of [old, join(work, 'yarn-cache'), join(work, 'pnpm'), join(work, 'store')]) rmSync(each, { recursive: true, force: true });
  const young = project('yarn-pnp');
  writeFileSync(
    join(young, '.yarnrc.yml'),
    `npmRegistryServer: ${registry.url}\nunsafeHttpWhitelist: ["127.0.0.1"]\nenableTelemetry: false\nenableGlobalCache: false\nglobalFolder: ${join(work, 'berry')}\n`,
  );
  writeFileSync(join(young, 'yarn.lock'), '');
  const berry = [process.execPath, join(here, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js')];
  const environment = { YARN_ENABLE_IMMUTABLE_INSTALLS: '0' };
  const added = await install(young, [...berry, 'add', '--dev', 'snell'], environment);
  expect('yarn add (4, without node_modules)', added.code === 0 && !existsSync(join(young, 'node_modules')), added);
  await works('yarn 4', young, [...berry, 'run', 'snell']);
}

/** The GitHub action's script, as a runner starts it: installs from the registry, checks, says what it did. */
async function action(direct) {
  const folder = project('action');
  const outputs = join(work, 'outputs');
  const inputs = { SNELL_VERSION: version.split(' ')[1], SNELL_ARGUMENTS: '--preset strict .', SNELL_FAIL_ON: 'info', SNELL_DIRECTORY: 'app', SNELL_SARIF: 'snell.sarif' };
  const runner = { RUNNER_TEMP: join(work, 'runner'), GITHUB_OUTPUT: outputs, npm_config_registry: `${registry.url}/` };
  writeFileSync(outputs, '');
  const checked = await run(folder, ['bash', join(root, 'scripts/action.sh')], { ...inputs, ...runner });
  const said = readFileSync(outputs, 'utf8');
  expect('the action fails for findings', checked.code === 1 && said === 'exit-code=1\nsarif=app/snell.sarif\n', { checked, said });
  expect('the action annotates', /^::(error|warning|notice) file=/m.test(checked.stdout), checked);
  const sarif = join(folder, 'app/snell.sarif');
  expect('the action writes SARIF', existsSync(sarif) && JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results.length >= direct, {});
  expect('the action leaves the project alone', !existsSync(join(folder, 'node_modules')), {});
  const installed = { ...inputs, SNELL_VERSION: 'installed', SNELL_FAIL_ON: 'none', SNELL_ARGUMENTS: '', SNELL_SARIF: '' };
  await run(folder, ['npm', 'install', '--ignore-scripts', 'snell']);
  writeFileSync(outputs, '');
  const passed = await run(folder, ['bash', join(root, 'scripts/action.sh')], { ...installed, ...runner });
  expect('the action runs what is installed', passed.code === 0 && readFileSync(outputs, 'utf8') === 'exit-code=0\n', passed);
  // What an input holds is an argument, never a command.
  const hostile = { ...installed, SNELL_ARGUMENTS: '$(touch hurt) ; touch hurt' };
  const refused = await run(folder, ['bash', join(root, 'scripts/action.sh')], { ...hostile, ...runner });
  expect('inputs are no commands', !existsSync(join(folder, 'app/hurt')) && refused.stderr.includes('$(touch'), refused);
}

/** What the launcher says when it has nothing to run. */
async function refusals(folder) {
  const launcher = join(folder, 'node_modules/snell/bin/snell.js');
  const as = (platform, arch) => {
    const lie = `Object.defineProperty(process,'platform',{value:'${platform}'});Object.defineProperty(process,'arch',{value:'${arch}'});`;
    const file = join(work, `${platform}-${arch}.cjs`);
    writeFileSync(file, lie);
    return run(folder, [process.execPath, '-r', file, launcher, '--version']);
  };
  const unknown = await as('freebsd', 'riscv64');
  expect('a platform without a program is named', unknown.code === 2 && unknown.stderr.includes('freebsd-riscv64'), unknown);
  const absent = await as('darwin', 'arm64');
  expect('the missing package is named', absent.code === 2 && absent.stderr.includes('@snell/cli-darwin-arm64'), absent);
  const other = await run(folder, [process.execPath, launcher, '--version'], { SNELL_BINARY: join(work, 'nowhere') });
  expect('a program that cannot run is named', other.code === 2 && other.stderr.includes('nowhere'), other);
}

/** Signals reach the program, and its end is the launcher's. */
async function signals(folder) {
  const launcher = join(folder, 'node_modules/snell/bin/snell.js');
  const slow = join(work, 'slow');
  const mark = join(work, 'pid');
  writeFileSync(slow, `#!/bin/sh\necho $$ > '${mark}'\nexec sleep 60\n`);
  chmodSync(slow, 0o755);
  for (const signal of ['SIGTERM', 'SIGINT']) {
    rmSync(mark, { force: true });
    const child = spawn(process.execPath, [launcher], { env: { ...env, SNELL_BINARY: slow }, stdio: 'ignore' });
    const ended = new Promise((done) => child.on('exit', (code, by) => done({ code, by })));
    while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await new Promise((done) => setTimeout(done, 20));
    child.kill(signal);
    const end = await ended;
    expect(`${signal} ends the launcher as it ends the program`, end.by === signal, end);
    let alive = true;
    try {
      process.kill(Number(readFileSync(mark, 'utf8')), 0);
    } catch {
      alive = false;
    }
    expect(`${signal} reaches the program`, !alive, {});
  }
  const hurt = join(work, 'hurt');
  writeFileSync(hurt, '#!/bin/sh\nkill -SEGV $$\n');
  chmodSync(hurt, 0o755);
  const dead = await run(folder, [process.execPath, launcher], { SNELL_BINARY: hurt });
  expect('a program that dies is not taken for a clean run', dead.signal === 'SIGSEGV', dead);
}

try {
  const folder = await withNpm();
  await refusals(folder);
  await signals(folder);
  await withPnpm();
  const foreign = registry.asked.filter((path) => path.includes('/none-'));
  expect('npm and pnpm do not fetch the programs of other platforms', foreign.length === 0, foreign);
  // Yarn looks for some of them, and goes on without.
  await withYarn();
  await action(1);
} finally {
  registry.close();
  for (const each of [work, out]) rmSync(each, { recursive: true, force: true });
}
wrong.forEach((line) => console.log(line));
console.log(`packages for npm, pnpm and Yarn: ${right} right, ${wrong.length} wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
