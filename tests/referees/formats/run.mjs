// Hands each machine format to what reads it elsewhere; see README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { parse } from 'junit2json';

const here = dirname(fileURLToPath(import.meta.url));
const [program, ...workspaces] = process.argv.slice(2);
if (!program || workspaces.length === 0) {
  console.error('usage: node run.mjs SNELL WORKSPACE...');
  process.exit(2);
}
const wrong = [];
const work = mkdtempSync(join(tmpdir(), 'snell-formats-'));

function write(format, workspace) {
  const options = ['check', '--exit-zero', '--preset', 'all', '--min-severity', 'info', '--format', format, '--no-cache', workspace];
  return execFileSync(program, options, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** SARIF's own validator; null where there is none for this machine. */
function validator() {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[process.platform];
  const name = process.platform === 'win32' ? 'Sarif.Multitool.exe' : 'Sarif.Multitool';
  const path = join(here, 'node_modules', '@microsoft', `sarif-multitool-${platform}`, name);
  if (process.arch !== 'x64' || !existsSync(path)) return null;
  chmodSync(path, 0o755);
  return path;
}
const multitool = validator();

/** What is wrong with a log, by the official schema and the standard's rules. */
function sarif(text) {
  const log = join(work, 'log.sarif');
  const report = join(work, 'report.sarif');
  rmSync(report, { force: true });
  writeFileSync(log, text);
  const run = spawnSync(multitool, ['validate', log, '--output', report, '--log', 'ForceOverwrite'], {
    encoding: 'utf8',
    env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' },
  });
  if (!existsSync(report)) return [`the validator wrote no report: ${run.stdout}${run.stderr}`.slice(0, 600)];
  const { runs } = JSON.parse(readFileSync(report, 'utf8').replace(/^\uFEFF/, ''));
  const results = runs.flatMap((one) => one.results ?? []);
  return results
    .filter((result) => (result.level ?? 'warning') === 'error')
    .map((result) => `${result.ruleId}: ${result.message.text ?? JSON.stringify(result.message)}`);
}

async function junit(text) {
  let read;
  try {
    read = await parse(text);
  } catch (error) {
    return [error.message];
  }
  const suites = read?.testsuite ?? [];
  if (suites.length === 0) return ['no suite'];
  const found = [];
  let all = 0;
  for (const suite of suites) {
    const cases = suite.testcase ?? [];
    all += cases.length;
    if (suite.tests !== cases.length) found.push(`${suite.name}: ${suite.tests} tests are said, ${cases.length} are there`);
    const failures = cases.filter((one) => one.failure?.length > 0).length;
    if (suite.failures !== failures) found.push(`${suite.name}: ${suite.failures} failures are said, ${failures} are there`);
  }
  if (read.tests !== all) found.push(`${read.tests} tests are said, ${all} are there`);
  return found;
}

// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
const codeQuality = new Ajv().compile({
  type: 'array',
  items: {
    type: 'object',
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', minLength: 1 },
      fingerprint: { type: 'string', minLength: 1 },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        required: ['path', 'lines'],
        properties: {
          path: { type: 'string', pattern: '^(?!\\./|/)' },
          lines: { type: 'object', required: ['begin'], properties: { begin: { type: 'integer', minimum: 1 } } },
        },
      },
    },
  },
});

function gitlab(text) {
  const report = JSON.parse(text);
  if (!codeQuality(report)) return codeQuality.errors.map((one) => `${one.instancePath} ${one.message}`);
  const known = new Set();
  return report.filter((one) => known.has(one.fingerprint) || !known.add(one.fingerprint)).map((one) => `${one.fingerprint} stands twice`);
}

// `::name key=value,key=value::message`, as the runner reads it:
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
/** The folder from which annotations name files: the one that git keeps, else the workspace. */
function repository(workspace) {
  for (let folder = resolve(workspace); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return workspace;
  }
}

function github(text, workspace) {
  const found = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const parts = /^::(error|warning|notice) ([^:]*(?:%3A[^:]*)*)::(.*)$/.exec(line);
    if (!parts) {
      if (line.startsWith('::')) found.push(`no command: ${line.slice(0, 120)}`);
      continue;
    }
    const decode = (value) => value.replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%25/g, '%');
    const properties = Object.fromEntries(parts[2].split(',').map((one) => one.split('=', 2)).map(([key, value]) => [key, decode(value ?? '')]));
    if (parts[3] === '') found.push(`no message: ${line.slice(0, 120)}`);
    // The last one says how many there are, of no file.
    if (parts[1] === 'notice' && !properties.file) continue;
    const path = join(repository(workspace), properties.file ?? '');
    if (!properties.file || !existsSync(path)) found.push(`no such file: ${line.slice(0, 120)}`);
    else if (Number(properties.line) > readFileSync(path, 'utf8').split('\n').length) found.push(`no such line: ${line.slice(0, 120)}`);
  }
  return found;
}

function control(name, faults) {
  if (faults.length === 0) wrong.push(`${name}: a broken text is accepted`);
}

let results = 0;
try {
  if (multitool) control('sarif', sarif(JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: { text: 'x' }, locations: [{ physicalLocation: { artifactLocation: { uri: 'a b' }, region: { startLine: 0 } } }] }] }] })));
  else console.log('there is no SARIF validator for this machine: it is left out');
  control('junit', await junit('<testsuites tests="2"><testsuite name="x" tests="2" failures="0"><testcase name="y"/></testsuite></testsuites>'));
  control('gitlab', gitlab(JSON.stringify([{ description: 'x', check_name: 'y', fingerprint: 'z', severity: 'high', location: { path: './a', lines: { begin: 1 } } }])));
  control('github', github('::error file=no/such/file,line=1::x', work));
  for (const workspace of workspaces) {
    const told = (format, faults) => faults.forEach((fault) => wrong.push(`${workspace}, ${format}: ${fault}`));
    if (multitool) told('sarif', sarif(write('sarif', workspace)));
    told('junit', await junit(write('junit', workspace)));
    told('gitlab', gitlab(write('gitlab', workspace)));
    told('github', github(write('github', workspace), workspace));
    const report = JSON.parse(write('json', workspace));
    const lines = write('jsonl', workspace).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
    results += report.findings.length;
    const listed = lines.filter((line) => 'rule' in line).length;
    if (listed !== report.findings.length) wrong.push(`${workspace}: ${report.findings.length} findings in json, ${listed} in jsonl`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
wrong.forEach((line) => console.log(line.slice(0, 600)));
console.log(`${results} findings in each of 6 formats read, ${wrong.length} wrong`);
process.exit(wrong.length > 0 || results === 0 ? 1 : 0);
