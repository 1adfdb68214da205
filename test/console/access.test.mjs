import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { goTo, look, openPage, root, signIn, startProxy, useBrowser, warmfront } from './browser.mjs';

useBrowser();

async function createBucket(page, name) {
  await goTo(page, 'Buckets');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill(name);
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  return dialog;
}

test('a one-time link signs in once and leaves the address bar', async (t) => {
  const page = await openPage(t);
  page.expectError(/403/);
  const link = warmfront('console', '--print');
  assert.match(link, /\/console\/#link=/);
  await page.goto(link);
  await page.getByRole('button', { name: /^ASIA/ }).waitFor();
  assert.ok(!page.url().includes('link='), page.url());
  await createBucket(page, 'linked'); // a temporary key works at every door
  await page.getByRole('link', { name: 'linked' }).waitFor();

  const again = await openPage(t);
  again.expectError(/403/);
  await again.goto(link);
  await again.getByText('InvalidConsoleLink').waitFor();
  await again.getByText('A link works once, for five minutes').waitFor();
  await look(again, 'link-refused');
});

test('a read-only key sees everything and changes nothing', async (t) => {
  const page = await openPage(t);
  page.expectError(/403/);
  const made = JSON.parse(warmfront('access-key', 'create', '--role', 'read-only', '--json'));
  await signIn(page, { id: made.id, secret: made.secretAccessKey });
  await goTo(page, 'Buckets');
  await page.getByRole('link', { name: 'linked' }).waitFor();
  const dialog = await createBucket(page, 'forbidden');
  await dialog.getByText('AccessDenied').waitFor();
  await dialog.getByText('Sign in with one that may').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await goTo(page, 'Keys');
  await page.getByRole('tab', { name: 'Key pairs' }).click();
  await page.getByRole('button', { name: 'Create key pair' }).click();
  const key = page.getByRole('dialog', { name: 'Create key pair' });
  await key.getByRole('button', { name: 'Create key pair' }).click();
  await key.getByText('AccessDenied').waitFor();
});

test('a session that ends in a dialog goes on there after another sign-in', async (t) => {
  const page = await openPage(t);
  page.expectError(/40[03]/);
  await page.goto(warmfront('console', '--print'));
  await page.getByRole('button', { name: /^ASIA/ }).waitFor();
  await goTo(page, 'Buckets');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill('outlasting');
  t.after(() => warmfront('clock', 'reset'));
  warmfront('clock', 'advance', '48h');
  await dialog.getByRole('button', { name: 'Create bucket' }).click();

  // Given up, what was typed stays, with the server's own words.
  const again = page.getByRole('dialog', { name: 'Your session has ended' });
  await look(page, 'session-ended');
  await again.getByRole('button', { name: 'Close' }).click();
  await dialog.getByText('ExpiredToken').waitFor();
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  await again.getByLabel('Access key id').fill(root.id);
  await again.getByLabel('Secret access key').fill('wrong');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.getByText('SignatureDoesNotMatch').waitFor();
  await again.getByLabel('Secret access key').fill(root.secret);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'outlasting' }).waitFor();
  await page.getByRole('button', { name: root.id }).waitFor();
  await goTo(page, 'Keys'); // at every door
  await page.getByText('No public keys yet').waitFor();
});

test('behind TLS, uploads and signatures work alike', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  const at = await startProxy(t, undefined, { key: readFileSync(key), cert: readFileSync(cert) });
  const page = await openPage(t);
  await signIn(page, root, at);
  await goTo(page, 'Buckets');
  await page.getByRole('link', { name: 'linked' }).click();
  await page.getByLabel('Choose files').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('over TLS') });
  await page.getByRole('link', { name: 'a.txt' }).click();
  await page.getByText('over TLS').waitFor();
});

test('an uploaded page neither runs, reads nor frames the console', async (t) => {
  const page = await openPage(t);
  await signIn(page);
  await goTo(page, 'Buckets');
  await page.getByRole('link', { name: 'linked' }).click();
  const evil = `<title>quiet</title><h1>evil</h1><iframe src="/console/"></iframe>
    <script>document.title = 'ran'; opener && (opener.document.title = 'reached'); fetch('/console/');</script>`;
  await page.getByLabel('Choose files').setInputFiles({ name: 'evil.html', mimeType: 'text/html', buffer: Buffer.from(evil) });
  await page.getByRole('checkbox', { name: 'Select evil.html' }).check();
  await page.getByRole('button', { name: 'Presigned link' }).click();
  const [tab] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Open link' }).click()]);
  await tab.getByRole('heading', { name: 'evil' }).waitFor();
  await tab.waitForLoadState();
  assert.equal(await tab.title(), 'quiet', 'its script ran');
  assert.equal(await tab.evaluate(() => self.origin), 'null', 'it has the console’s origin');
  assert.ok(!tab.frames().some((f) => f.url().includes('/console/')), 'it frames the console');
  await tab.close();
});
