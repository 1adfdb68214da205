import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, flash, goTo, look, openPage, signedIn, signIn, useBrowser } from './browser.mjs';

useBrowser();

let id = ''; // of the distribution that the first test makes

async function createBucket(page, name) {
  await goTo(page, 'Buckets');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create bucket' });
  await dialog.getByLabel('Bucket name').fill(name);
  await dialog.getByRole('button', { name: 'Create bucket' }).click();
  await page.getByRole('link', { name, exact: true }).waitFor();
}

async function openDistribution(page, tab) {
  await goTo(page, 'Distributions');
  await page.getByRole('link', { name: id, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: id }).waitFor();
  if (tab) await page.getByRole('tab', { name: tab }).click();
}

/** ordered waits until the path patterns stand in an order, and can be put in another. */
async function ordered(page, patterns) {
  await page.waitForFunction((want) => {
    const items = [...document.querySelectorAll('[aria-label="Behaviors in order"] li')];
    return items.map((item) => /^\/\w+\/\*/.exec(item.textContent)?.[0]).join() === want;
  }, patterns.join());
  await page
    .getByRole('button', { name: `Move ${patterns.at(-1)} up` })
    .and(page.locator(':enabled'))
    .waitFor();
}

/** drag takes one thing to the place of another with the mouse, as fast as the page follows. */
async function drag(page, from, to, position) {
  await from.scrollIntoViewIfNeeded();
  const [a, b] = [await from.boundingBox(), await to.boundingBox()];
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2 - 5);
  await page.getByText(/^Picked up at position/).waitFor({ state: 'attached' });
  await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 4 });
  await page.getByText(`Moving to position ${position} of`).waitFor({ state: 'attached' });
  await page.mouse.up();
}

/** shell runs what was copied, with the AWS CLI told where the server is: old ones do not heed the variable. */
function shell(command) {
  const here = command.replace(/^aws /, `aws --output json --endpoint-url ${api} `);
  return execFileSync('sh', ['-c', here], { encoding: 'utf8' });
}

/** config is a distribution's configuration as the AWS CLI gives it. */
function config(of) {
  return JSON.parse(shell(`aws cloudfront get-distribution-config --id ${of}`)).DistributionConfig;
}

function save(page) {
  return page.getByRole('dialog').getByRole('button', { name: 'Save changes' }).click();
}

signedIn('a distribution is created in the recipe’s words', async (page, t) => {
  page.expectError(/404 .*policy=/); // the bucket has none yet
  await createBucket(page, 'films');
  await goTo(page, 'Distributions');
  await page.getByText('No distributions yet').waitFor();
  await page.getByRole('link', { name: 'Create distribution' }).click();
  await page.getByRole('combobox', { name: 'Origin domain' }).click();
  await page.getByRole('option', { name: /films/ }).click();
  await page.getByRole('radio', { name: 'Yes, use an origin access identity' }).check();
  await page.getByRole('radio', { name: 'Create a new identity' }).check();
  await page
    .getByRole('group', { name: 'Restrict viewer access' })
    .or(page.getByRole('radiogroup', { name: 'Restrict viewer access' }))
    .getByRole('radio', { name: 'Yes' })
    .check();
  await page.getByRole('radio', { name: 'Trusted signers: self' }).check();
  await page.getByLabel('Description – optional').fill('The films');
  await look(page, 'distribution-create');
  await page.getByRole('button', { name: 'Create distribution' }).click();
  await flash(page, /Distribution E\w+ was created\./);
  await page.getByText('Enabled, Deployed').first().waitFor();
  id = await page.getByRole('heading', { level: 1 }).innerText();
  await page.getByText('At every edge').first().waitFor();
  await look(page, 'distribution');

  // The identity was granted to read.
  await goTo(page, 'Buckets');
  await page.getByRole('link', { name: 'films' }).click();
  await page.getByRole('tab', { name: 'Bucket policy' }).click();
  await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('CloudFront Origin Access Identity'));
  await goTo(page, 'Distributions');
  await page.getByRole('link', { name: id }).waitFor();
  await look(page, 'distributions');
});

signedIn('behaviors are added, edited, put in order and deleted', async (page, t) => {
  await openDistribution(page, 'Behaviors');
  for (const pattern of ['/a/*', '/b/*', '/c/*']) {
    await page.getByRole('button', { name: 'Create behavior' }).click();
    await page.getByLabel('Path pattern').fill(pattern);
    if (pattern === '/a/*') await look(page, 'behavior-create');
    await save(page);
    await page.getByRole('button', { name: `Edit ${pattern}` }).waitFor();
  }
  await page.getByRole('button', { name: 'Move /b/* up' }).press('Enter');
  await flash(page, 'The order was saved.');
  await ordered(page, ['/b/*', '/a/*', '/c/*']);

  // By the handle: dragged with the mouse, then picked up, moved and dropped with the keyboard.
  await drag(page, page.getByLabel('Reorder /c/*'), page.getByLabel('Reorder /b/*'), 1);
  await ordered(page, ['/c/*', '/b/*', '/a/*']);
  await page.getByLabel('Reorder /c/*').press('Space');
  await page.getByText('Picked up at position 1 of 3.').waitFor({ state: 'attached' });
  await page.keyboard.press('ArrowDown');
  await page.getByText('Moving to position 2 of 3.').waitFor({ state: 'attached' });
  await page.keyboard.press('Space');
  await ordered(page, ['/b/*', '/c/*', '/a/*']);
  await page.getByRole('button', { name: 'Move /c/* up' }).press('Enter');
  await ordered(page, ['/c/*', '/b/*', '/a/*']);

  await page.getByRole('button', { name: 'Edit /c/*' }).click();
  await page.getByRole('radio', { name: 'HTTPS only' }).check();
  await save(page);
  await page.getByText(/https-only/).waitFor();
  await look(page, 'behaviors');
  await page.getByRole('button', { name: 'Delete /c/*' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await flash(page, 'The behavior was deleted.');
  await ordered(page, ['/b/*', '/a/*']);
});

signedIn('origins, error responses and settings are edited', async (page, t) => {
  page.expectError(/40[0-9] .*distribution/);
  await openDistribution(page, 'Origins');
  await page.getByRole('button', { name: 'Create origin' }).click();
  await page.getByLabel('Name').fill('app');
  await page.getByLabel('Origin domain').fill('app.example.com');
  await page.getByRole('button', { name: 'Add header' }).click();
  await page.getByRole('textbox', { name: 'Header name' }).fill('X-From');
  await page.getByRole('textbox', { name: 'Value' }).fill('edge');
  await look(page, 'origin-create');
  await save(page);
  await page.getByText('app.example.com').waitFor();
  await page.getByRole('radio', { name: 'Select app' }).check();
  await page.getByRole('tabpanel', { name: 'Origins' }).getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByRole('radio', { name: 'Match viewer' }).check();
  await page.getByLabel('Response timeout (seconds)').fill('20');
  await save(page);
  await page.getByRole('cell', { name: 'match-viewer' }).waitFor();
  await page.getByRole('button', { name: 'Create origin' }).click();
  await page.getByLabel('Name').fill('spare');
  await page.getByLabel('Origin domain').fill('spare.example.com');
  await save(page);
  await page.getByRole('radio', { name: 'Select spare' }).check();
  await page.getByRole('tabpanel', { name: 'Origins' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await flash(page, 'The origin was deleted.');
  await page.getByText('spare.example.com').waitFor({ state: 'detached' });

  await page.getByRole('tab', { name: 'Error pages' }).click();
  await page.getByRole('button', { name: 'Create custom error response' }).click();
  await page.getByLabel('Response page path').fill('/404.html');
  await page.getByText('Give a page and a code, or neither.').waitFor();
  await page.getByLabel('HTTP response code').fill('404');
  await save(page);
  await flash(page, 'The error response for 404 was saved.');
  await page.getByRole('cell', { name: '/404.html' }).waitFor();
  await page.getByRole('radio', { name: 'Select 404' }).check();
  await page.getByRole('tabpanel', { name: 'Error pages' }).getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Error caching minimum TTL').fill('60');
  await look(page, 'error-page');
  await save(page);
  await page.getByRole('cell', { name: '60 s' }).waitFor();
  await page.getByRole('button', { name: 'Create custom error response' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /HTTP error code/ })
    .click();
  await page.getByRole('option', { name: '503' }).click();
  await save(page);
  await page.getByRole('radio', { name: 'Select 503' }).check();
  await page.getByRole('tabpanel', { name: 'Error pages' }).getByRole('button', { name: 'Delete' }).click();
  await flash(page, 'The error response for 503 was deleted.');
  await page.getByRole('radio', { name: 'Select 503' }).waitFor({ state: 'detached' });

  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByRole('button', { name: 'Edit settings' }).click();
  await page.getByLabel('Cache tag header').fill('Cache-Tag');
  await page.getByLabel('Alternate domain names').fill('http://films.example.com/');
  await save(page);
  await page.getByRole('dialog').getByText('The distribution was not changed').waitFor();
  await look(page, 'settings');
  await page.getByLabel('Alternate domain names').fill('films.example.com\ncinema.example.com');
  await save(page);
  await page.getByText('films.example.com, cinema.example.com').waitFor();
});

signedIn('the JSON view shows what changes, and does not overwrite another’s change', async (page, t) => {
  page.expectError(/412/);
  await openDistribution(page, 'JSON');
  const editor = page.getByLabel('Configuration');
  const text = await editor.inputValue();
  await editor.fill('{');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByText(/JSON/).last().waitFor();
  await editor.fill(text.replace('The films', 'All films'));
  await page.getByRole('button', { name: 'Review changes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Review changes' });
  await dialog.getByText(/^\+ .*All films/).waitFor();
  await dialog.getByText(/^- .*The films/).waitFor();
  await look(page, 'json-diff');

  const other = await openPage(t);
  await signIn(other);
  await openDistribution(other, 'General');
  await other.getByRole('button', { name: 'Edit settings' }).click();
  await other.getByLabel('Default root object').fill('index.html');
  await save(other);
  await flash(other, 'The settings were saved.');

  await save(page);
  await page.getByText('PreconditionFailed').or(page.getByText('InvalidIfMatchVersion')).first().waitFor();
  await look(page, 'json-conflict');
  await page.getByRole('button', { name: 'Reload the distribution' }).click();
  await page.getByRole('button', { name: 'Discard edits' }).click();
  const newest = await editor.inputValue();
  assert.match(newest, /"DefaultRootObject": "index.html"/);
  await editor.fill(newest.replace('The films', 'All films'));
  await page.getByRole('button', { name: 'Review changes' }).click();
  await save(page);
  await flash(page, 'The configuration was saved.');
  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByText('All films').waitFor();
});

signedIn('a distribution is copied as AWS CLI and as Terraform', async (page, t) => {
  await openDistribution(page);
  await page.getByRole('button', { name: 'Copy as' }).click();
  await page.getByRole('menuitem', { name: 'AWS CLI' }).click();
  await look(page, 'copy-cli');

  // What is copied, as a shell does it.
  const update = await page.getByText(`aws cloudfront update-distribution --id ${id} --if-match`).innerText();
  const create = await page.getByText('aws cloudfront create-distribution').innerText();
  const before = config(id);
  shell(update);
  assert.deepEqual(config(id), before, 'the update changes nothing');
  const twin = JSON.parse(shell(create)).Distribution.Id;
  const { CallerReference: _, ...like } = config(twin);
  const { CallerReference: __, ...source } = before;
  assert.deepEqual(like, { ...source, Aliases: { Quantity: 0 } }, 'another like it');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Copy as' }).click();
  await page.getByRole('menuitem', { name: 'Terraform' }).click();
  const resource = await page.getByText('resource "aws_cloudfront_distribution"').innerText();
  for (const line of [
    /^  aliases += \["films\.example\.com", "cinema\.example\.com"\]$/m,
    /^    trusted_signers += \["self"\]$/m,
    /^      origin_access_identity = "origin-access-identity\/cloudfront\/E\w+"$/m,
    /^  ordered_cache_behavior \{$/m,
    /^    response_page_path += "\/404\.html"$/m,
    /^    cloudfront_default_certificate = true$/m,
  ])
    assert.match(resource, line);
  writeFileSync(join(process.env.CONSOLE_COPIES, 'distribution.tf'), resource); // read by whoever runs this
});

signedIn('paths and tags are invalidated', async (page, t) => {
  await openDistribution(page, 'Invalidations');
  await page.getByText('Nothing was invalidated yet.').waitFor();
  await page.getByRole('button', { name: 'Create invalidation' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create invalidation' });
  const paths = dialog.getByLabel('Paths and tags');
  await paths.fill('images/*');
  await dialog.getByText('“images/*” is neither a path').waitFor();
  await look(page, 'invalidation-create');
  await paths.fill('/images/*\n/a.jpg\n#product-1');
  await dialog.getByRole('button', { name: 'Create invalidation' }).click();
  await flash(page, /Invalidation I\w+ was created\./);
  await page.getByText('Completed').waitFor();
  await look(page, 'invalidations');
  await page.getByRole('link', { name: /^I\w+$/ }).click();
  await page.getByText('#product-1').waitFor();
  await page.getByText('At every edge').waitFor();
  await look(page, 'invalidation');
});

signedIn('a distribution is deleted once it is disabled', async (page, t) => {
  await openDistribution(page);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', {
    name: `Delete distribution ${id}?`,
  });
  await dialog.getByText('It must be disabled; it is still enabled').waitFor();
  await look(page, 'distribution-delete');
  await dialog.getByRole('button', { name: 'Disable it now' }).click();
  await dialog.getByText('Every edge knows (Deployed)').waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await flash(page, `Distribution ${id} was deleted.`);
  await page.getByRole('heading', { name: 'Distributions' }).waitFor();
  await page.getByRole('link', { name: id, exact: true }).waitFor({ state: 'detached' });
});
