import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, goTo, openPage, root, signIn, useBrowser, warmfront } from './browser.mjs';

useBrowser();

const proxy = process.env.CONSOLE_PROXY; // https://127.0.0.1:PORT/media/warmfront, by nginx

test('below a path, behind nginx with TLS, every door is reached', async (t) => {
  const page = await openPage(t);
  page.expectError(/404 .*policy=/);
  await signIn(page, root, `${proxy}/console`); // which leads to console/
  await goTo(page, 'Buckets');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill('films');
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  await page.getByRole('link', { name: 'films' }).click();
  const names = ['a b+c%.txt', 'über.txt'];
  for (const name of names)
    await page.getByLabel('Choose files').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(`of ${name}`) });
  for (const name of names) {
    await page.getByRole('link', { name }).click();
    await page.getByText(`of ${name}`).waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  }
  await page.getByRole('checkbox', { name: 'Select über.txt' }).check();
  await page.getByRole('button', { name: 'Presigned link' }).click();
  const link = await page.getByRole('link', { name: 'Open link' }).getAttribute('href');
  assert.ok(link.startsWith(`${proxy}/films/`), link);
  await page.getByRole('button', { name: 'Close', exact: true }).click();

  await goTo(page, 'Keys');
  await page.getByRole('button', { name: 'Create key' }).click();
  const key = page.getByRole('dialog', { name: 'Create key' });
  await key.getByLabel('Name', { exact: true }).fill('films');
  await key.getByRole('radio', { name: 'ECDSA P-256' }).check();
  await key.getByRole('button', { name: 'Create key' }).click();
  await key.getByText('The key has the id').waitFor();
  await key.getByRole('button', { name: 'Done' }).click();
  await goTo(page, 'Live tail');
  await page.getByText('Following').waitFor();
  assert.ok(page.url().startsWith(`${proxy}/console/#`), page.url());
});

test('the link of the command leads below the path', async (t) => {
  const page = await openPage(t);
  const link = warmfront('console', '--print');
  assert.ok(link.startsWith(`${address}#link=`), link);
  await page.goto(link);
  await page.getByRole('button', { name: /^ASIA/ }).waitFor();
});
