import { goTo, look, signedIn, useBrowser } from './browser.mjs';

useBrowser();

const edge = `https://nobody.cloudfront.localhost:${process.env.CONSOLE_HTTPS_PORT}`;

/** view asks the edge for a path, as a viewer in another tab; hosts of no distribution are refused. */
async function view(page, path) {
  const tab = await page.context().newPage();
  await tab.goto(`${edge}${path}`);
  await tab.close();
}

signedIn('requests are followed as they end, and filtered', async (page, t) => {
  await goTo(page, 'Live tail');
  await page.getByText('Following').waitFor();
  await view(page, '/first.jpg');
  await page.getByRole('rowheader', { name: '/first.jpg' }).waitFor();
  await view(page, '/second.jpg');
  await page.getByRole('rowheader', { name: '/second.jpg' }).waitFor();
  await look(page, 'tail');

  await page.getByLabel('Part of the path').fill('third');
  await page.getByText('Waiting for requests.').waitFor();
  await page.getByText('Following').waitFor();
  await view(page, '/fourth.jpg');
  await view(page, '/third.jpg');
  await page.getByRole('rowheader', { name: '/third.jpg' }).waitFor();
  if (await page.getByRole('rowheader', { name: '/fourth.jpg' }).count())
    throw new Error('a request that does not fit the filter is shown');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped').first().waitFor();
});

signedIn('the last hour is plotted, and edges are listed', async (page, t) => {
  await goTo(page, 'Overview');
  await page.getByText('Refused signatures by reason').waitFor();
  await page.getByRole('table', { name: 'Edges' }).getByText('Current').waitFor();
  await page.getByRole('button', { name: '5 min', exact: true }).click();
  await view(page, '/fifth.jpg');
  await page.getByRole('button', { name: 'Distribution' }).click();
  await page.getByRole('option', { name: /none/ }).click();
  await look(page, 'overview');
});
