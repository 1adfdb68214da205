import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { flash, goTo, look, openPage, root, signedIn, signIn, startProxy, useBrowser } from './browser.mjs';

useBrowser();

const folder = mkdtempSync(join(tmpdir(), 'console-'));
const big = join(folder, 'big.bin'); // three parts: 8, 8 and 1 MiB
writeFileSync(big, randomFillSync(Buffer.alloc(17 << 20)));
writeFileSync(join(folder, 'notes.txt'), 'the private notes\n');
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
writeFileSync(join(folder, 'dot.png'), Buffer.from(pixel, 'base64'));

async function openBucket(page, name) {
  await goTo(page, 'Buckets');
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function createBucket(page, name) {
  await goTo(page, 'Buckets');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill(name);
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  await page.getByRole('link', { name, exact: true }).waitFor();
}

/** choose gives files to the control that opens the browser's own dialog. */
function choose(page, ...files) {
  return page.getByLabel('Choose files').setInputFiles(files);
}

/** drop lets files fall onto what a text names, as a drag from the desktop would. */
async function drop(page, text, files) {
  const data = await page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    for (const { name, content } of all) transfer.items.add(new File([content], name, { type: 'text/plain' }));
    return transfer;
  }, files);
  const target = page.getByText(text);
  for (const event of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(event, { dataTransfer: data });
}

/** dropFolder lets a folder of this computer fall onto what a text names. */
async function dropFolder(page, text, path) {
  const { x, y, width, height } = await page.getByText(text).boundingBox();
  const at = { x: x + width / 2, y: y + height / 2, data: { items: [], files: [path], dragOperationsMask: 1 } };
  const browser = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop']) await browser.send('Input.dispatchDragEvent', { type, ...at });
}

signedIn('a bucket is created and deleted', async (page, t) => {
  await goTo(page, 'Buckets');
  await page.getByText('No buckets yet').waitFor();
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill('Films');
  await dialog.getByText('A bucket name has no capital letters.').waitFor();
  await look(page, 'bucket-create');
  await dialog.getByLabel('Bucket name').fill('films');
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  await page.getByRole('link', { name: 'films' }).waitFor();
  await look(page, 'buckets');

  await page.getByRole('radio', { name: 'Select films' }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const confirm = page.getByRole('dialog', { name: 'Delete bucket films?' });
  await confirm.getByLabel('To confirm, type films').fill('films');
  await confirm.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No buckets yet').waitFor();
});

signedIn('files are uploaded into folders, previewed, linked to and deleted', async (page, t) => {
  await createBucket(page, 'archive');
  await openBucket(page, 'archive');
  await page.getByRole('button', { name: 'Create folder' }).click();
  await page.getByLabel('Folder name').fill('2026');
  await page.getByRole('dialog').getByRole('button', { name: 'Create folder' }).click();
  await page.getByRole('link', { name: '2026/' }).click();
  await choose(page, join(folder, 'notes.txt'), join(folder, 'dot.png'));
  await page.getByRole('link', { name: 'notes.txt' }).waitFor();
  await page.getByRole('link', { name: 'dot.png' }).waitFor();
  await drop(page, 'Drop files or folders here to upload them into 2026/', [{ name: 'dropped.txt', content: 'dropped' }]);
  await page.getByRole('link', { name: 'dropped.txt' }).waitFor();
  await look(page, 'bucket');

  await page.getByRole('link', { name: 'notes.txt' }).click();
  await page.getByText('the private notes').waitFor();
  await look(page, 'preview-text');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('link', { name: 'dot.png' }).click();
  await page.getByRole('img', { name: 'Preview of dot.png' }).evaluate((img) => img.decode());
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  await page.getByRole('checkbox', { name: 'Select notes.txt' }).check();
  await page.getByRole('button', { name: 'Presigned link' }).click();
  const link = page.getByRole('dialog').getByRole('link', { name: 'Open link' });
  const [tab] = await Promise.all([page.waitForEvent('popup'), link.click()]);
  await tab.getByText('the private notes').waitFor();
  await tab.close();
  await look(page, 'presigned');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  await page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: 'archive' }).click();
  await page.getByRole('checkbox', { name: 'Select 2026/' }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await flash(page, '2026/ deleted.');
  await page.getByText('Nothing here yet').waitFor();
});

signedIn('a bucket policy is edited with the API’s messages', async (page, t) => {
  page.expectError(/40[04] .*policy=/);
  await openBucket(page, 'archive');
  await page.getByRole('tab', { name: 'Bucket policy' }).click();
  await page.getByText('There is no policy').waitFor();
  const editor = page.getByLabel('Policy document');
  await editor.fill('{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}');
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('MalformedPolicy').waitFor();
  await look(page, 'policy');
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::archive/public/*',
  };
  await editor.fill(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  await page.getByRole('button', { name: 'Save policy' }).click();
  await flash(page, 'The policy was saved.');
  await page.getByRole('button', { name: 'Delete policy' }).click();
  await page.getByText('There is no policy').waitFor();
});

test('an upload in parts is paused, fails, is left and goes on without sending a part twice', async (t) => {
  const passed = {}; // times each part was let through to the server
  let second = 'hold'; // what happens to part 2
  const at = await startProxy(t, (url) => {
    const part = url.searchParams.get('partNumber');
    if (!part) return 'pass';
    if (part === '2' && second !== 'pass') return second;
    passed[part] = (passed[part] ?? 0) + 1;
    return 'pass';
  });
  const page = await openPage(t);
  page.expectError(/partNumber=2/);
  await signIn(page, root, at);
  await openBucket(page, 'archive');
  await choose(page, big);
  await page.getByText('9.0 MiB of 17.0 MiB').waitFor();
  await page.getByRole('button', { name: 'Pause big.bin' }).click();
  await page.getByText('Paused').waitFor();
  await look(page, 'upload-paused');

  second = 'cut';
  await page.getByRole('button', { name: 'Resume big.bin' }).click();
  await page.getByText('NetworkError').first().waitFor();
  await look(page, 'upload-failed');

  // Another visit: the parts that arrived are found by their checksums.
  second = 'pass';
  await signIn(page, root, at);
  await openBucket(page, 'archive');
  await choose(page, big);
  await page.getByText('9.0 MiB were here from before').first().waitFor();
  await page.getByText('1 file uploaded').waitFor();
  await page.getByRole('link', { name: 'big.bin' }).waitFor();
  assert.deepEqual(passed, { 1: 1, 2: 1, 3: 1 });
});

signedIn('a folder is dropped with all that is in it', async (page, t) => {
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'inner', 'empty'), { recursive: true });
  for (let i = 0; i < 101; i++) writeFileSync(join(tree, `${i}.txt`), `${i}\n`); // more than a reader gives at once
  writeFileSync(join(tree, 'inner', 'deep.txt'), 'deep down\n');
  await createBucket(page, 'trees');
  await openBucket(page, 'trees');
  const finished = page.getByRole('button', { name: 'Clear finished' });
  if (await finished.isVisible()) await finished.click(); // of the tests before
  await dropFolder(page, 'Drop files or folders here', tree);
  await page.getByText('102 files uploaded').waitFor();
  await page.getByRole('link', { name: 'tree/' }).click();
  await page.getByText('Drop files or folders here to upload them into tree/').waitFor();
  await page.getByRole('link', { name: 'inner/' }).click();
  await page.getByRole('link', { name: 'deep.txt' }).click();
  await page.getByText('deep down').waitFor();
});
