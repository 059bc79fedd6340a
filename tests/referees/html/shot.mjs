import { chromium } from 'playwright-core';
const [file, out] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: ['--no-sandbox','--disable-gpu'] });
for (const width of [1280, 390]) {
  const c = await browser.newContext({ viewport: { width, height: 1100 } });
  const p = await c.newPage();
  p.on('console', m => console.log('console', m.text()));
  for (const [name, hash] of [['home',''],['findings','#findings'],['diagram','#diagram'],['models','#models'],['model','#model-AgentMemory'],['endpoints','#endpoints'],['plan','#plan'],['isolation','#isolation'],['questions','#questions'],['migrations','#migrations']]) {
    await p.goto('file://' + file + hash);
    await p.waitForTimeout(250);
    await p.screenshot({ path: `${out}-${name}-${width}.png` });
  }
  const ids = await p.$$eval('[id^="endpoint-"]', a => a.map(e => e.id).slice(0,5));
  if (width === 1280) console.log(ids.join(' '));
  if (ids[0]) { await p.goto('file://' + file + '#' + ids[0]); await p.waitForTimeout(200); await p.screenshot({ path: `${out}-endpoint-${width}.png` }); }
  await c.close();
}
await browser.close();
