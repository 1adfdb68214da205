import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { flash, goTo, look, signedIn, useBrowser } from './browser.mjs';

useBrowser();

/** downloads collects a page's downloads by name; text waits for one and reads it. */
function downloads(page) {
  const all = [];
  page.on('download', (d) => all.push(d));
  return async (pattern) => {
    while (!all.some((d) => pattern.test(d.suggestedFilename()))) await page.waitForEvent('download');
    const found = all.find((d) => pattern.test(d.suggestedFilename()));
    return readFileSync(await found.path(), 'utf8');
  };
}

/** sent collects what the page sends to the server. */
function sent(page) {
  const bodies = [];
  page.on('request', (r) => bodies.push(r.postData() ?? ''));
  return bodies;
}

signedIn('a key is made in the browser, grouped, and deleted once nothing trusts it', async (page, t) => {
  page.expectError(/409/);
  await goTo(page, 'Keys');
  await page.getByText('No public keys yet').waitFor();
  const file = downloads(page);
  const bodies = sent(page);
  await page.getByRole('button', { name: 'Create key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create key' });
  await dialog.getByLabel('Name', { exact: true }).fill('films-2026');
  await dialog.getByRole('radio', { name: 'ECDSA P-256' }).check();
  await look(page, 'key-create');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await dialog.getByText('The key has the id').waitFor();
  const privatePem = await file(/^pk-K[0-9A-Z]+\.pem$/);
  const publicPem = await file(/^rsa-K[0-9A-Z]+\.pem$/);
  assert.equal(createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'pem' }), publicPem);
  assert.ok(!bodies.some((b) => b.includes(privatePem.split('\n')[1])), 'the private key was sent');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('ECDSA P-256').waitFor();
  await look(page, 'public-keys');

  await page.getByRole('radio', { name: 'Select films-2026' }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await flash(page, 'PublicKeyInUse');

  await page.getByRole('tab', { name: 'Key groups' }).click();
  await page.getByRole('radio', { name: 'Select films-2026' }).check();
  await look(page, 'key-groups');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const form = page.getByRole('dialog', { name: 'Edit key group' });
  await form.getByLabel('Name').fill('films');
  await form.getByRole('button', { name: 'Save' }).click();
  await flash(page, 'Key group films was changed.');
  await page.getByRole('radio', { name: 'Select films' }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No key groups yet').waitFor();

  await page.getByRole('tab', { name: 'Public keys' }).click();
  await page.getByRole('radio', { name: 'Select films-2026' }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No public keys yet').waitFor();
});

signedIn('a legacy key pair is made, deactivated, activated and deleted', async (page, t) => {
  await goTo(page, 'Keys');
  await page.getByRole('tab', { name: 'Key pairs' }).click();
  await page.getByText('No key pairs yet').waitFor();
  const file = downloads(page);
  await page.getByRole('button', { name: 'Create key pair' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create key pair' });
  await dialog.getByRole('button', { name: 'Create key pair' }).click();
  assert.match(await file(/^pk-APKA[0-9A-Z]+\.pem$/), /BEGIN RSA PRIVATE KEY/);
  assert.match(await file(/^rsa-APKA[0-9A-Z]+\.pem$/), /BEGIN PUBLIC KEY/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('radio', { name: 'Select APKA' });
  for (const [button, status] of [
    ['Deactivate', 'Inactive'],
    ['Activate', 'Active'],
    ['Deactivate', 'Inactive'],
  ]) {
    await row.check();
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.getByRole('cell', { name: status, exact: true }).waitFor();
  }
  await look(page, 'key-pairs');
  await row.check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No key pairs yet').waitFor();
});
