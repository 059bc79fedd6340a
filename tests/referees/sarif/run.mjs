// Lets the TypeScript compiler read snell's SARIF by the standard's published types; see README.md.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const [program, ...workspaces] = process.argv.slice(2);
if (!program || workspaces.length === 0) {
  console.error('usage: node run.mjs SNELL WORKSPACE...');
  process.exit(2);
}
// Logs that the types refuse: without them all else would pass.
const CONTROLS = [
  { version: '2.1.0', runs: [{ results: [] }] },
  { version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: { text: 'x' }, noSuchProperty: 1 }] }] },
  { version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: { text: 'x' }, level: 'high' }] }] },
];
const OPTIONS = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Node10, types: [] };

/** What the compiler says of a log. */
function faults(folder, name, log) {
  const path = join(folder, `${name}.ts`);
  writeFileSync(path, `import type { Log } from 'sarif';\nexport const log: Log = ${JSON.stringify(log, null, 1)};\n`);
  const program = ts.createProgram([path], OPTIONS);
  return ts.getPreEmitDiagnostics(program).map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, ' '));
}

const wrong = [];
let results = 0;
const work = realpathSync(mkdtempSync(join(tmpdir(), 'snell-sarif-')));
try {
  symlinkSync(join(here, 'node_modules'), join(work, 'node_modules'));
  CONTROLS.forEach((log, n) => {
    if (faults(work, `control${n}`, log).length === 0) wrong.push(`control ${n} is accepted: the types are not seen`);
  });
  workspaces.forEach((workspace, n) => {
    const text = execFileSync(program, ['check', '--exit-zero', '--show-suppressed', '--format', 'sarif', workspace], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const log = JSON.parse(text);
    results += log.runs.reduce((sum, run) => sum + run.results.length, 0);
    for (const fault of faults(work, `log${n}`, log)) wrong.push(`${workspace}: ${fault.slice(0, 600)}`);
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
wrong.forEach((line) => console.log(line));
console.log(`${results} results in SARIF read, ${wrong.length} wrong`);
process.exit(wrong.length > 0 || results === 0 ? 1 : 0);
