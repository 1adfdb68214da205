// Opens each screen of a busy server again and again. The Go test beside this file makes the
// server busy, and judges what is written into CONSOLE_RESULTS.
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPage, signIn, useBrowser } from './browser.mjs';

useBrowser();

const rounds = Number(process.env.CONSOLE_ROUNDS);
const id = process.env.CONSOLE_DISTRIBUTION; // one of many

/** screens are places, their titles, and what stands on them when they are of use. */
const screens = [
  { screen: 'Buckets', at: '#/buckets', title: 'Buckets', shows: 'tbody a', text: 'archive' },
  { screen: 'Bucket', at: '#/buckets/archive', title: 'archive', shows: 'tbody a', text: 'films/' },
  { screen: 'Folder', at: '#/buckets/archive?prefix=films%2F', title: 'archive', shows: 'tbody a', text: '00009.jpg' },
  { screen: 'Distributions', at: '#/distributions', title: 'Distributions', shows: 'tbody tr:nth-child(10) a', text: 'E' },
  { screen: 'Distribution', at: `#/distributions/${id}`, title: id, shows: 'body', text: 'Deployed' },
  { screen: 'Create distribution', at: '#/distributions/create', title: 'Create distribution', shows: 'main input' },
  { screen: 'Keys', at: '#/keys', title: 'Keys', shows: 'tbody', text: 'films' },
  { screen: 'Sign', at: '#/sign', title: 'Sign', shows: 'main input' },
  { screen: 'Explain', at: '#/explain', title: 'Explain', shows: 'main textarea' },
  { screen: 'Overview', at: '#/overview', title: 'Overview', shows: 'main svg path' },
  { screen: 'Live tail', at: '#/tail', title: 'Live tail', shows: 'tbody tr:nth-child(10) th', text: '/films/' },
];

/** visit goes to a place and gives the milliseconds until its title and an element with a text are shown. */
function visit(page, place) {
  return page.evaluate(async ({ at, title, shows, text = '' }) => {
    const patience = 120_000;
    const shown = (selector, text) =>
      [...document.querySelectorAll(selector)].some((e) => e.textContent.includes(text) && e.getClientRects().length);
    const began = performance.now();
    location.hash = at;
    do {
      await new Promise(requestAnimationFrame);
      if (performance.now() - began > patience) throw new Error(`${at} does not show what it should`);
    } while (!shown('h1', title) || !shown(shows, text));
    return performance.now() - began;
  }, place);
}

/** turn turns to the next page of a table and gives the milliseconds until another first row is shown. */
function turn(page) {
  return page.evaluate(async () => {
    const first = () => document.querySelector('tbody tr:nth-child(1) a')?.textContent;
    const before = first();
    const began = performance.now();
    document.querySelector('button[aria-label="Next page"]').click();
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (first() && first() !== before) return performance.now() - began;
    }
  });
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const worst = (all) => Math.max(...all);

/** plots watches the overview for some seconds and tells how old the newest whole step is while it is shown. */
async function plots(page, seconds) {
  const behind = [];
  const drawn = [];
  let shown; // end of the newest step on the screen
  page.on('response', async (r) => {
    if (!r.url().includes('/_warmfront/v1/overview')) return;
    const { now, stepSeconds } = await r.json().catch(() => ({}));
    if (!now) return;
    const arrived = Date.now();
    await page.evaluate(() => new Promise((f) => requestAnimationFrame(() => setTimeout(f))));
    drawn.push((Date.now() - arrived) / 1000);
    shown = Math.floor(new Date(now).getTime() / (stepSeconds * 1000)) * stepSeconds * 1000;
  });
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end || !behind.length) {
    await page.waitForTimeout(250);
    if (shown) behind.push((Date.now() - shown) / 1000);
  }
  return { median: median(behind), worst: worst(behind), drawn: worst(drawn) };
}

/** tailed tells how many seconds the newest row of the tail is behind the clock, at worst. */
async function tailed(page, seconds) {
  let behind = 0;
  const end = Date.now() + seconds * 1000;
  do {
    await page.waitForTimeout(200);
    const time = await page.locator('tbody tr:nth-child(1) td').first().textContent();
    const now = await page.evaluate(() => new Date().toLocaleTimeString());
    behind = Math.max(behind, clock(now) - clock(time));
  } while (Date.now() < end);
  return behind;
}

/** clock reads “3:04:05 PM” or “15:04:05” as seconds. */
function clock(text) {
  const [h, m, s] = text.match(/\d+/g).map(Number);
  return (h % 12) * 3600 + m * 60 + s;
}

test('every screen is opened again and again', async (t) => {
  const page = await openPage(t);
  await signIn(page);
  const took = new Map();
  const note = (screen, ms) => took.set(screen, [...(took.get(screen) ?? []), ms]);
  for (let round = 0; round < rounds; round++) {
    for (const s of screens) {
      note(s.screen, await visit(page, s));
      if (rounds > 1 && s.screen === 'Distributions') {
        await turn(page);
        note('Distributions, page 3', await turn(page)); // the next of the API's pages
      }
    }
  }
  await visit(
    page,
    screens.find((s) => s.screen === 'Overview'),
  );
  const lag = await plots(page, rounds > 1 ? 30 : 1);
  await page.screenshot({ path: `${process.env.CONSOLE_SCREENSHOTS}/scale-overview.png`, fullPage: true });
  await visit(
    page,
    screens.find((s) => s.screen === 'Live tail'),
  );
  lag.tail = await tailed(page, rounds > 1 ? 15 : 1);
  const all = [...took].map(([screen, ms]) => ({ screen, median: median(ms), worst: worst(ms) }));
  writeFileSync(process.env.CONSOLE_RESULTS, JSON.stringify({ screens: all, lag }));
});
