// A browser for tests of the console. Tests use what a person sees: roles and labels. They wait
// for conditions, with limits so wide that only a broken console meets them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const api = process.env.CONSOLE_API; // http://127.0.0.1:PORT
export const address = `${api}/console/`;
export const root = {
  id: process.env.AWS_ACCESS_KEY_ID,
  secret: process.env.AWS_SECRET_ACCESS_KEY,
};

const shots = process.env.CONSOLE_SCREENSHOTS;
const patience = Number(process.env.CONSOLE_PATIENCE ?? 120_000); // ms

let browser;
let desk; // the page of signedIn

/** useBrowser starts one browser for the tests of a file. */
export function useBrowser() {
  before(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      timeout: patience,
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP console.example 127.0.0.1',
      ],
    });
    if (shots) mkdirSync(shots, { recursive: true });
  });
  after(() => browser?.close());
}

/**
 * openPage opens a tab of its own, and fails the test in the end when the console logged an
 * error, broke its Content-Security-Policy, or asked any other address than its own.
 */
export async function openPage(t, options = {}) {
  const page = await newPage(options);
  t.after(async () => {
    await keepLast(t, page);
    await page.context().close();
    page.assertQuiet();
  });
  return page;
}

/**
 * signedIn is a test on a page that is signed in with the root key, which the tests of a file
 * share: loading the console is a large part of a short test. It is held to what openPage
 * says, and ends with a test that fails.
 */
export function signedIn(name, body) {
  test(name, async (t) => {
    if (!desk) {
      const page = await newPage({});
      await signIn(page);
      desk = page;
    }
    const page = desk;
    desk = undefined;
    await page.evaluate(() => (location.hash = '#/explain')); // away from what was left open
    await page.getByRole('heading', { level: 1, name: 'Explain' }).waitFor();
    try {
      await body(page, t);
      page.assertQuiet();
    } catch (error) {
      await keepLast(t, page);
      throw error;
    }
    desk = page;
  });
}

async function newPage(options) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const wrong = [];
  const expected = [];
  page.on('pageerror', (e) => wrong.push(`exception: ${e.message}`));
  page.on('console', (m) => m.type() === 'error' && wrong.push(`${m.text()} (${m.location().url})`));
  page.on('request', (r) => {
    const own = new URL(page.url() === 'about:blank' ? r.url() : page.url()).origin;
    const url = new URL(r.url());
    if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== own && !r.isNavigationRequest())
      wrong.push(`request to ${r.url()}`);
  });
  /** page.expectError allows logged errors that a test provokes, such as a refusal's status. */
  page.expectError = (pattern) => expected.push(pattern);
  /** page.assertQuiet fails for what was logged since it was last called. */
  page.assertQuiet = () => {
    const left = wrong.splice(0).filter((line) => !expected.some((pattern) => pattern.test(line)));
    expected.length = 0;
    assert.deepEqual(left, [], 'the console logged errors');
  };
  return page;
}

/** keepLast takes a picture of what a test saw last, for those that fail. */
async function keepLast(t, page) {
  if (!shots) return;
  await page.screenshot({ path: join(shots, `last-${t.name.replace(/[^a-z0-9]+/gi, '-')}.png`) }).catch(() => {});
}

/** signIn opens the console and signs in with an access key, the root's unless given. */
export async function signIn(page, key = root, at = address) {
  await page.goto(at);
  await page.getByLabel('Access key id').fill(key.id);
  await page.getByLabel('Secret access key').fill(key.secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: key.id }).waitFor();
}

/** goTo follows a link of the side navigation, opening it where it is folded away. */
export async function goTo(page, screen) {
  const navigation = page.getByRole('navigation', { name: 'Screens' });
  const link = navigation.getByRole('link', { name: screen, exact: true });
  if (!(await link.isVisible())) await page.getByRole('button', { name: 'Open navigation' }).click();
  await link.click();
}

/** flash waits for a message of the flashbar. */
export function flash(page, text) {
  return page.getByText(text).first().waitFor();
}

/**
 * look examines the screen as it stands, light and dark, wide and at 400 px: no serious finding
 * of axe-core, nothing wider than the window, and a screenshot of each. Every rule is tried wide
 * and narrow, and colours in both themes.
 */
export async function look(page, name) {
  if (process.env.CONSOLE_QUICK) return;
  const size = page.viewportSize();
  await examine(page, `${name}-light`, {});
  await page.emulateMedia({ colorScheme: 'dark' });
  await examine(page, `${name}-dark`, { runOnly: ['color-contrast'] });
  await page.setViewportSize({ width: 400, height: 900 });
  await examine(page, `${name}-narrow`, { rules: { 'color-contrast': { enabled: false } } });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: the page is ${wide} px too wide at 400 px`);
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'light' });
}

async function examine(page, name, options) {
  await page.evaluate(() => document.fonts.ready);
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  // What passes is not reported, and style sheets are not fetched again: that takes most of the time.
  const lean = { resultTypes: ['violations'], preload: false, ...options };
  const { violations } = await page.evaluate((lean) => window.axe.run(document, lean), lean);
  const serious = violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.map((n) => n.html).join(' | ')}`);
  assert.deepEqual(serious, [], `${name}: findings of axe-core`);
}

/**
 * startProxy stands before the server, with TLS if a certificate is given, and passes requests
 * on, but for those that treat holds or cuts. It gives the console's address behind it.
 */
export async function startProxy(t, treat = () => 'pass', certificate) {
  const held = [];
  const { hostname, port } = new URL(api);
  const pass = (req, res) => {
    const treatment = treat(new URL(req.url, api));
    if (treatment === 'cut') return req.socket.destroy();
    if (treatment === 'hold') return held.push(res);
    const onward = http.request({ hostname, port, method: req.method, path: req.url, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.on('error', () => onward.destroy());
    req.pipe(onward);
  };
  const proxy = certificate ? https.createServer(certificate, pass) : http.createServer(pass);
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http${certificate ? 's' : ''}://127.0.0.1:${proxy.address().port}/console/`;
}

/** warmfront runs a subcommand against the server and gives what it prints. */
export function warmfront(...args) {
  return execFileSync(process.env.CONSOLE_BINARY, [...args, '--data', process.env.CONSOLE_DATA], { encoding: 'utf8' }).trim();
}
