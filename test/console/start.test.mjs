import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { goTo, look, openPage, signedIn, signIn, useBrowser } from './browser.mjs';

useBrowser();

const folder = mkdtempSync(join(tmpdir(), 'console-'));
let privateKey; // file of the key that the last recipe made
let unsigned; // URL of its picture

/** next presses Next and waits for the step that follows. */
async function next(page, heading) {
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('heading', { name: heading, exact: true }).waitFor();
}

/** opened follows a link that opens a tab and gives the tab and its response. */
async function opened(page, link) {
  const target = await link.getAttribute('href');
  const [tab, response] = await Promise.all([
    page.waitForEvent('popup'),
    page.context().waitForEvent('response', (r) => r.url() === target),
    link.click(),
  ]);
  await tab.waitForLoadState();
  return { tab, response };
}

for (const form of ['Modern', 'Legacy']) {
  test(`the recipe in its ${form.toLowerCase()} form, on ${form === 'Modern' ? 'an empty' : 'the same'} server`, async (t) => {
    const page = await openPage(t);
    const bucket = `films-${form.toLowerCase()}`;
    const shot = (name) => form === 'Modern' && look(page, `start-${name}`);
    page.expectError(/404 .*policy=/); // a bucket without a policy says so
    const files = [];
    let saved;
    page.on('download', (d) => {
      files.push(d.suggestedFilename());
      if (d.suggestedFilename().startsWith('pk-')) saved = d.saveAs((privateKey = join(folder, d.suggestedFilename())));
    });
    await signIn(page);
    await goTo(page, 'Start');
    await page.getByRole('heading', { name: 'Bucket', exact: true }).waitFor();
    await page.getByLabel('Bucket name').fill(bucket);
    await shot('1-bucket');
    await next(page, 'File');
    await page.getByRole('button', { name: 'Use a sample picture' }).click();
    await page.getByText('warm-front.png').waitFor();
    await shot('2-file');
    await next(page, 'Distribution');
    await page.getByRole('radio', { name: form }).check();
    await page.getByRole('radio', { name: 'HTTPS only' }).check();
    await shot('3-distribution');
    await next(page, 'Key');
    if (form === 'Modern') await page.getByRole('radio', { name: 'ECDSA P-256' }).check();
    await shot('4-key');
    await next(page, 'Signed URL');
    await page.getByText('Admitted').waitFor();
    await page.getByText('Refused with 403').waitFor();
    await shot('5-result');

    const picture = await opened(page, page.getByRole('link', { name: 'Open signed URL' }));
    assert.equal(picture.response.status(), 200);
    assert.equal(picture.response.headers()['content-type'], 'image/png');
    const width = await picture.tab.getByRole('img').evaluate((img) => img.decode().then(() => img.naturalWidth));
    assert.equal(width, 960, 'the picture is shown');
    const refusal = await opened(page, page.getByRole('link', { name: 'Open without signature' }));
    assert.equal(refusal.response.status(), 403);
    assert.match(await refusal.response.text(), /MissingKey/);

    const id = form === 'Legacy' ? 'APKA[0-9A-Z]+' : 'K[0-9A-Z]+';
    while (files.length < 2) await page.waitForEvent('download');
    await saved;
    assert.match(files[0], new RegExp(`^pk-${id}\\.pem$`));
    assert.match(files[1], new RegExp(`^rsa-${id}\\.pem$`));
    unsigned = await page.getByRole('link', { name: 'Open without signature' }).getAttribute('href');
    await page.getByRole('button', { name: 'Open the bucket' }).click();
    await page.getByRole('link', { name: 'warm-front.png' }).waitFor();
  });
}

signedIn('URLs and cookies are signed with a dropped private key and explained', async (page, t) => {
  await goTo(page, 'Sign');
  await page.getByLabel('Choose private key').setInputFiles({
    name: 'public.pem',
    mimeType: 'text/plain',
    buffer: Buffer.from('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
  });
  await page.getByText('This is the public key').waitFor();
  await page.getByLabel('Choose private key').setInputFiles(privateKey);
  await page.getByText('(RSA)').waitFor();
  await page.getByLabel('URL', { exact: true }).fill(unsigned);
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.getByText('Admitted').waitFor();
  await page.getByText('Canned policy').waitFor();

  // A custom policy: a wildcard, a start, a network, SHA-256.
  const { origin } = new URL(unsigned);
  await page.getByLabel('Resource').fill(`${origin}/*`);
  await page.getByLabel('Starts on').fill('2020/01/02');
  await page.getByLabel('Network').fill('2001:db8::/129');
  await page.getByText('The network is one address or range').waitFor();
  await page.getByLabel('Network').fill('2001:db8::/32');
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.getByText('"AWS:SourceIp":"2001:db8::/32"').waitFor();
  await page.getByLabel('Network').fill('127.0.0.0/8');
  await page.getByLabel('Sign with SHA-256').check();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.getByText('Custom policy').first().waitFor();
  await page.getByText('It depends on the viewer’s address').waitFor();
  await page.getByRole('button', { name: 'QR code' }).click();
  await page.getByRole('img', { name: 'QR code of the signed URL' }).waitFor();
  await look(page, 'sign');
  const { response } = await opened(page, page.getByRole('link', { name: /^Open/ }));
  assert.equal(response.status(), 200);

  await page.getByRole('radio', { name: 'Signed cookies' }).check();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.getByText('CloudFront-Hash-Algorithm=SHA256').waitFor();
  await page.getByRole('link', { name: 'Explain' }).last().click();
  await page.getByRole('heading', { name: 'Explain', level: 1 }).waitFor();
  await page.getByRole('table', { name: 'Checks' }).waitFor();
  assert.ok(!page.url().includes('Signature'), 'the address bar keeps the signature');

  await page.getByLabel('URL').fill(`${unsigned}?Expires=1600000000&Signature=AAAA&Key-Pair-Id=APKAUNKNOWN`);
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByText('Refused with 403').waitFor();
  await look(page, 'explain');
});

signedIn('the use of keys is shown, and they are rotated', async (page, t) => {
  const files = [];
  page.on('download', (d) => files.push(d.suggestedFilename()));
  await goTo(page, 'Keys');
  await page.getByRole('cell', { name: '1', exact: true }).waitFor(); // the request of the picture
  await look(page, 'key-usage');
  await page.getByRole('radio', { name: /^Select/ }).check();
  await page.getByRole('button', { name: 'Rotate' }).click();
  const dialog = page.getByRole('dialog', { name: /^Rotate / });
  await dialog.getByText('It is in a key group; the new key joins it there').waitFor();
  await look(page, 'rotation-begin');
  await dialog.getByRole('button', { name: 'Start rotation' }).click();
  await dialog.getByText('The new key is trusted in its place').waitFor();
  await dialog.getByText('A date must be set for the old key, and come').waitFor();
  await look(page, 'rotation');
  assert.ok(await dialog.getByRole('button', { name: 'Remove the old key' }).isDisabled());
  await dialog.getByRole('button', { name: 'Later' }).click();

  // Later, when the date has come.
  await page.getByText(/is being replaced by K/).waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByLabel('Old key may be removed on').fill('2020/01/02');
  await dialog.getByText('Links have been seen that expire later').first().waitFor();
  await dialog.getByRole('button', { name: 'Set the date' }).click();
  await dialog.getByText('The old key may be removed', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Remove the old key' }).click();
  await page.getByText('It is trusted no more').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  assert.match(files.sort().join(), /^pk-K\w+\.pem,rsa-K\w+\.pem$/);

  await page.getByRole('tab', { name: 'Key pairs' }).click();
  await page.getByRole('radio', { name: 'Select APKA' }).check();
  await page.getByRole('button', { name: 'Rotate' }).click();
  await dialog.getByText('No other key pair is active; the new one will be').waitFor();
  await dialog.getByRole('button', { name: 'Start rotation' }).click();
  await dialog.getByLabel('Remove it now').check();
  await dialog.getByRole('button', { name: 'Remove the old key' }).click();
  await page.getByText('It is trusted no more').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('cell', { name: 'Inactive', exact: true }).waitFor();
  await page.getByRole('cell', { name: 'Active', exact: true }).waitFor();
});
