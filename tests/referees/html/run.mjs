// Opens snell's pages in a real browser; see README.md.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { big, hostile } from './workspaces.mjs';

const [program, ...workspaces] = process.argv.slice(2);
if (!program) {
  console.error('usage: node run.mjs SNELL [WORKSPACE | PAGE.html]...');
  process.exit(2);
}
const browserPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
if (!browserPath) {
  console.log('no Chromium is found (CHROMIUM names one): the pages are left out');
  process.exit(0);
}
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** The tags that a page is made of. */
const TAGS = new Set('html head meta title link style script body a header p nav ul ol li span div button main section h2 h3 strong form label input datalist option select fieldset legend output details summary dl dt dd figure figcaption pre mark code table thead tbody tr th td br svg rect g path text defs marker circle footer dialog'.split(' '));
const FIRST_PAINT = 1000;

const wrong = [];
const work = mkdtempSync(join(tmpdir(), 'snell-html-'));
const browser = await chromium.launch({ executablePath: browserPath, headless: true, args: FLAGS });

/** A page that tells everything that it must not do. */
async function open(name, file, options = {}) {
  const { width = 1280, ...context } = options;
  const surroundings = await browser.newContext({ viewport: { width, height: 900 }, ...context });
  const page = await surroundings.newPage();
  const say = (what) => wrong.push(`${name} at ${width}: ${what}`);
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) say(message.text()); });
  page.on('pageerror', (error) => say(String(error)));
  page.on('dialog', (dialog) => { say(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) say(`it asks for ${request.url()}`);
  });
  const address = pathToFileURL(file).href;
  await page.goto(address);
  return { page, say, close: () => surroundings.close() };
}

const shownParts = (page) => page.$$eval('.part', (parts) => parts.filter((part) => part.getClientRects().length > 0).map((part) => part.id));
/** What is shown once the page has heard of its new address, which it hears of later than the click is done. */
async function shownAfter(page, id) {
  await page.waitForFunction((part) => [...document.querySelectorAll('.part')].filter((one) => one.getClientRects().length > 0).map((one) => one.id).join() === part, id, { timeout: 3000 }).catch(() => {});
  return shownParts(page);
}
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What must hold of every page, at one width: parts, width, tags. */
async function looks(name, file, width) {
  const { page, say, close } = await open(name, file, { width });
  const elements = await page.$$eval('*', (all) => all.map((one) => [one.localName, one.getAttributeNames().filter((attribute) => attribute.startsWith('on') || attribute === 'style')]));
  for (const [tag, attributes] of elements) {
    if (!TAGS.has(tag)) say(`an element ${tag}`);
    if (attributes.length) say(`an attribute ${attributes}`);
  }
  if (elements.filter(([tag]) => tag === 'script').length !== 1) say('another script than its own');
  for (const link of await page.$$('nav a')) {
    const id = (await link.getAttribute('href')).slice(1);
    await link.click();
    const shown = await shownAfter(page, id);
    if (shown.join() !== id) say(`${id} shows ${shown}`);
    const wide = await overflow(page);
    if (wide > 0) say(`${id} is ${wide} pixels too wide`);
  }
  await close();
  return elements.length;
}

async function filters(name, file) {
  const { page, say, close } = await open(name, file);
  await page.click('nav a[href="#findings"]');
  const severities = await page.$$eval('.finding', (all) => all.map((one) => one.dataset.severity));
  const visible = () => page.$$eval('.finding:not([hidden])', (all) => all.map((one) => [one.dataset.severity, one.dataset.category]));
  for (const severity of new Set(severities)) {
    await page.check(`input[value="${severity}"]`);
    await page.waitForTimeout(150);
    const left = await visible();
    const wanted = severities.filter((one) => one === severity).length;
    if (left.length !== wanted || left.some(([one]) => one !== severity)) say(`severity ${severity} leaves ${left.length} of ${wanted}`);
    if (!page.url().includes(`severity=${severity}`)) say('the filter is not in the address');
    await page.uncheck(`input[value="${severity}"]`);
  }
  const category = await page.$eval('select[name="category"] option:nth-child(2)', (option) => option.value);
  await page.selectOption('select[name="category"]', category);
  await page.waitForTimeout(150);
  if ((await visible()).some(([, one]) => one !== category) || (await visible()).length === 0) say(`category ${category} leaves others`);
  await page.click('button[type="reset"]');
  await page.fill('input[name="text"]', 'no such words anywhere');
  await page.waitForTimeout(150);
  if ((await visible()).length !== 0 || !(await page.isVisible('.none'))) say('a text that is nowhere leaves findings');
  await page.fill('input[name="text"]', '');
  await page.waitForTimeout(150);
  const path = await page.$eval('.finding figcaption .at', (at) => at.textContent.split(':')[0]);
  await page.fill('input[name="file"]', path);
  await page.waitForTimeout(150);
  const files = await page.$$eval('.finding:not([hidden])', (all) => all.map((one) => one.querySelector('.body').textContent));
  if (files.length === 0 || files.some((text) => !text.toLowerCase().includes(path.toLowerCase()))) say(`file ${path} leaves others`);
  await close();
}

async function keys(name, file) {
  const { page, say, close } = await open(name, file);
  await page.keyboard.press('2');
  await page.waitForTimeout(100);
  if ((await shownParts(page)).join() !== 'findings') say('2 does not open the findings');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  const opened = await page.$$eval('.finding[open]', (all) => all.map((one) => one.id));
  const first = await page.$eval('.finding', (one) => one.id);
  if (opened.join() !== first) say(`j j k Enter unfolds ${opened}, not ${first}`);
  await page.keyboard.press('/');
  await page.waitForTimeout(100);
  if ((await page.evaluate(() => document.activeElement.name)) !== 'text') say('/ does not search');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  if (!(await page.isVisible('#keys'))) say('? does not show the keys');
  await page.keyboard.press('Escape');
  const color = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await color();
  await page.keyboard.press('t');
  if ((await color()) === before) say('t changes no colour');
  await page.goto(`${pathToFileURL(file).href}#${first}`);
  await page.reload();
  if (!(await page.$eval(`[id="${first}"]`, (one) => one.open && one.getClientRects().length > 0))) say(`#${first} is not shown`);
  await close();
}

async function diagram(name, file) {
  const { page, say, close } = await open(name, file);
  await page.goto(`${pathToFileURL(file).href}#diagram`);
  const box = () => page.$eval('#canvas svg', (svg) => svg.getAttribute('viewBox'));
  const start = await box();
  await page.hover('#canvas');
  await page.mouse.wheel(0, -200);
  await page.waitForTimeout(100);
  const near = await box();
  if (near === start) say('the wheel does not zoom');
  await page.mouse.down();
  await page.mouse.move(700, 300, { steps: 4 });
  await page.mouse.up();
  if ((await box()) === near) say('the diagram is not dragged');
  const hubs = await page.$('#hub-edges');
  if (hubs) {
    const seen = () => page.$eval('.hubs', (group) => getComputedStyle(group).visibility);
    if ((await seen()) !== 'hidden') say('the lines to hubs are shown unasked');
    await hubs.check();
    if ((await seen()) !== 'visible') say('the switch does not show the lines to hubs');
    await hubs.uncheck();
  }
  const model = await page.$eval('.erd .table .name', (text) => text.textContent);
  await page.fill('#find-table', model);
  await page.press('#find-table', 'Enter');
  await page.waitForTimeout(100);
  const at = await page.$eval('.erd .picked', (table) => { const box = table.getBoundingClientRect(); return [box.x + box.width / 2, box.y + 10]; });
  await page.mouse.click(...at);
  await page.waitForTimeout(100);
  const shown = await shownParts(page);
  if (shown.length !== 1 || !shown[0].startsWith('model-')) say(`a click on ${model} shows ${shown}`);
  await close();
}

async function withoutScript(name, file, parts) {
  const { page, say, close } = await open(name, file, { javaScriptEnabled: false });
  for (const id of parts) if (!(await page.isVisible(`[id="${id}"]`))) say(`without scripts ${id} is not there`);
  await page.locator('.finding > summary').first().click();
  if (!(await page.locator('.finding .frame pre').first().isVisible())) say('without scripts nothing unfolds');
  await close();
}

async function paint(name, file) {
  const times = [];
  for (let n = 0; n < 3; n++) {
    const { page, close } = await open(name, file);
    // What is painted late is told late.
    const told = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
    times.push(await (await page.waitForFunction(told, null, { timeout: 10_000 })).jsonValue());
    await close();
  }
  const best = Math.min(...times);
  if (best > FIRST_PAINT) wrong.push(`${name}: first paint after ${Math.round(best)} ms`);
  return Math.round(best);
}

/** A page with a fault in it: were it not seen, all else would pass. */
async function control(name, file, from, to) {
  const before = wrong.length;
  const broken = join(work, `control-${name}.html`);
  const page = readFileSync(file, 'utf8');
  if (!page.includes(from)) throw new Error(`${from} is not on the page`);
  writeFileSync(broken, page.replace(from, to));
  await looks(`control ${name}`, broken, 390);
  if (wrong.length === before) wrong.push(`control ${name}: the fault is not seen`);
  else wrong.splice(before);
}

async function judge(name, file, isAudit) {
  const size = readFileSync(file).length;
  let elements = 0;
  for (const width of [1280, 390]) elements = await looks(name, file, width);
  await filters(name, file);
  if (isAudit) {
    await keys(name, file);
    await diagram(name, file);
    await withoutScript(name, file, ['overview', 'findings', 'models', 'plan', 'coverage']);
  } else {
    await withoutScript(name, file, ['findings', 'coverage']);
  }
  console.log(`${name}: ${(size / 1e6).toFixed(1)} MB, ${elements} elements, first paint ${await paint(name, file)} ms`);
}

/** What snell writes of a workspace. */
function written(name, workspace, command) {
  const file = join(work, `${name}-${command}.html`);
  execFileSync(program, command === 'audit' ? ['audit', '--format', 'html', '-o', file, workspace] : ['check', '--exit-zero', '--format', `html=${file}`, workspace], { stdio: ['ignore', 'ignore', 'pipe'] });
  return file;
}

try {
  const made = { big: join(work, 'big'), hostile: join(work, 'hostile') };
  big(made.big);
  hostile(made.hostile);
  const file = written('hostile', made.hostile, 'check');
  if (!readFileSync(file, 'utf8').includes('&lt;script&gt;alert(')) wrong.push('the hostile names are not on the page');
  await control('markup', file, '<main', '<img alt="x"><main');
  await control('script', file, '<main', '<script>alert(1)</script><main');
  await control('wide', file, '<main', '<svg width="2000" height="10"></svg><main');
  const pages = workspaces.filter((path) => path.endsWith('.html'));
  for (const page of pages) await judge(basename(page), page, readFileSync(page, 'utf8').includes('id="overview"'));
  const folders = workspaces.filter((path) => !path.endsWith('.html')).map((path) => [basename(path), path]);
  for (const [name, workspace] of pages.length && !folders.length ? [] : [...folders, ...Object.entries(made)]) {
    for (const command of ['audit', 'check']) await judge(`${name} ${command}`, written(name, workspace, command), command === 'audit');
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
for (const fault of new Set(wrong)) console.log(`WRONG ${fault}`);
console.log(wrong.length ? `${wrong.length} faults` : 'the pages do what they should');
process.exit(wrong.length ? 1 : 0);
