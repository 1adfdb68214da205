import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, api, goTo, look, openPage, root, signIn, useBrowser } from './browser.mjs';

useBrowser();

test('the sign-in refuses a wrong secret in the API’s words and keeps nothing', async (t) => {
  const page = await openPage(t);
  page.expectError(/403/);
  await page.goto(address);
  await page.getByLabel('Access key id').waitFor();
  await look(page, 'sign-in');
  await page.getByLabel('Access key id').fill(root.id);
  await page.getByLabel('Secret access key').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('SignatureDoesNotMatch').waitFor();
  await signIn(page);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
  );
  assert.ok(!kept.includes(root.secret) && !kept.includes(root.id), `the browser keeps ${kept}`);
  await page.getByRole('button', { name: 'Dark mode' }).click();
  await page.getByRole('button', { name: 'Light mode' }).waitFor();
  await page.getByRole('button', { name: root.id }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Access key id').waitFor();
});

test('the first visit is small, compressed, cacheable and guarded', async (t) => {
  const page = await openPage(t);
  let received = 0;
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  network.on('Network.loadingFinished', (e) => (received += e.encodedDataLength));
  const response = await page.goto(address);
  assert.equal(response.headers()['cache-control'], 'no-store');
  assert.match(response.headers()['content-security-policy'], /default-src 'self'.*frame-ancestors 'none'/);
  await signIn(page);
  await page.getByRole('heading', { level: 1 }).waitFor();
  t.diagnostic(`first visit with sign-in and the first screen: ${(received / 1024).toFixed(0)} KiB`);
  assert.ok(received < 700 * 1024, `${received} bytes`);
});

test('beyond loopback in clear text no secret is asked for', async (t) => {
  const page = await openPage(t);
  page.expectError(/Cross-Origin-Opener-Policy/);
  await page.goto(`http://console.example:${new URL(api).port}/console/`);
  await page.getByText('This connection is not secure').waitFor();
  await page.getByText('--api-cert').waitFor();
  assert.equal(await page.getByLabel('Secret access key').count(), 0);
  await look(page, 'insecure');
});

test('a wrong clock of this computer is said, and does not keep it out', async (t) => {
  const page = await openPage(t);
  page.expectError(/403/);
  await page.addInitScript(() => {
    const Real = Date;
    const late = 3 * 3600 * 1000;
    globalThis.Date = class extends Real {
      constructor(...parts) {
        if (parts.length) super(...parts);
        else super(Real.now() - late);
      }
      static now() {
        return Real.now() - late;
      }
    };
  });
  await signIn(page);
  await page.getByText('This computer’s clock is about 3 hours behind the server’s.').waitFor();
  await goTo(page, 'Buckets');
  await page.getByText('No buckets yet').waitFor();
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill('late');
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  await page.getByRole('link', { name: 'late' }).click();
  await page.getByLabel('Choose files').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('in time') });
  await page.getByRole('link', { name: 'a.txt' }).click();
  await page.getByText('in time').waitFor(); // by a presigned URL
});
