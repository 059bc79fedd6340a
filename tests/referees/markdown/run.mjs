// Lints the audits of projects; see README.md.
//
//     node run.mjs PROGRAM PROJECT...
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [program, ...projects] = process.argv.slice(2);
if (!program || projects.length === 0) {
  console.error('usage: run.mjs PROGRAM PROJECT...');
  process.exit(2);
}
let wrong = 0;
for (const project of projects) {
  const text = execFileSync(program, ['audit', '-o', '-', project], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const linter = join(here, 'node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs');
  const run = spawnSync(process.execPath, [linter, '--config', join(here, '.markdownlint-cli2.jsonc'), '-'], {
    input: text,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  console.log(`${project}: ${text.split('\n').length} lines, ${run.status === 0 ? 'nothing found' : 'faults'}`);
  if (run.status !== 0) {
    wrong += 1;
    console.error(run.stderr || run.stdout);
  }
}
process.exit(wrong > 0 ? 1 : 0);
