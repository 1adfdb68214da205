// Uploads one large file through a network that fails now and then, leaving the page in the
// middle. The Go test beside this file watches the server's memory meanwhile, and compares the
// object with the file.
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { basename } from 'node:path';
import { test } from 'node:test';
import { api, openPage, root, signIn, useBrowser } from './browser.mjs';

useBrowser();

const file = process.env.CONSOLE_FILE;
const parts = Math.ceil(statSync(file).size / (8 << 20));

/**
 * startNetwork passes requests on to the server. treat says what becomes of a part: it is passed,
 * refused with a 503, or cut in the middle. stored counts, for each part, how often the server
 * has taken it.
 */
async function startNetwork(t, treat) {
  const seen = { stored: {}, cut: 0, refused: 0, bytes: 0 };
  const { hostname, port } = new URL(api);
  const agent = new http.Agent({ keepAlive: true });
  const network = http.createServer((req, res) => {
    const part = new URL(req.url, api).searchParams.get('partNumber');
    const treatment = part && req.method === 'PUT' ? treat(part) : 'pass';
    if (treatment === 'refuse') {
      seen.refused++;
      req.resume().on('end', () => res.writeHead(503, { 'content-type': 'text/plain' }).end('out of service'));
      return;
    }
    const onward = http.request({ hostname, port, agent, method: req.method, path: req.url, headers: req.headers }, (answer) => {
      if (part && req.method === 'PUT' && answer.statusCode === 200) seen.stored[part] = (seen.stored[part] ?? 0) + 1;
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.on('error', () => onward.destroy());
    req.on('close', () => req.complete || onward.destroy());
    let passed = 0;
    req.on('data', (chunk) => {
      seen.bytes += chunk.length;
      passed += chunk.length;
      if (treatment === 'cut' && passed > 1 << 20) {
        seen.cut++;
        onward.destroy();
        req.socket.destroy();
      }
    });
    req.pipe(onward);
  });
  await new Promise((resolve) => network.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    agent.destroy();
    network.closeAllConnections();
    network.close();
  });
  seen.address = `http://127.0.0.1:${network.address().port}/console/`;
  return seen;
}

/** failing cuts every ninth part in its middle, and refuses every eleventh, when first sent. */
function failing() {
  const known = new Set();
  return (part) => {
    if (known.has(part)) return 'pass';
    known.add(part);
    if (part % 9 === 0) return 'cut';
    return part % 11 === 0 ? 'refuse' : 'pass';
  };
}

/** open opens a page that may log what the network does to it. */
async function open(t) {
  const page = await openPage(t);
  page.expectError(/partNumber=/);
  // A refusal that is no XML: the browser's parser says so with styles of its own, which are not let in.
  page.expectError(/Applying inline style/);
  return page;
}

async function choose(page, at) {
  await signIn(page, root, at);
  await page.goto(`${at}#/buckets/archive`);
  await page.getByRole('heading', { level: 1, name: 'archive' }).waitFor();
  await page.getByLabel('Choose files').setInputFiles([file]);
}

test('a large upload goes on after failures and after the page was left', async (t) => {
  const seen = await startNetwork(t, failing());
  const began = Date.now();
  const first = await open(t);
  await choose(first, seen.address);
  while (Object.keys(seen.stored).length < parts / 2) await first.waitForTimeout(50);
  await first.close();
  const before = Object.keys(seen.stored).length;

  const left = Date.now();
  const page = await open(t);
  await choose(page, seen.address);
  await page.getByText('were here from before').first().waitFor();
  const finding = (Date.now() - left) / 1000;
  await page.getByText('1 file uploaded').waitFor({ timeout: 30 * 60_000 });
  await page.getByRole('link', { name: basename(file) }).waitFor();
  const { cut, refused, bytes } = seen;
  const results = { parts, before, cut, refused, bytes, took: (Date.now() - began) / 1000, finding };
  writeFileSync(process.env.CONSOLE_RESULTS, JSON.stringify(results));
  const others = Object.entries(seen.stored).filter(([, n]) => n !== 1);
  assert.deepEqual(others, [], 'parts stored more than once');
  assert.equal(Object.keys(seen.stored).length, parts);
});
