// One player in several browsers, in the page, against the real server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { begin, chooseFirst, untilSaved, untilVersion, versionOf } from './support/browser.mjs';
import {
  answer, closePanel, openTab, panel, untilCount, untilRefused, untilSaid,
} from './support/panel.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage();
const { join } = stage;

const home = async (page) => {
  await page.locator('#brand').click();
  await page.locator('.game-link').first().waitFor();
};

const showCode = async (page) => {
  await openTab(page, 'Devices');
  await page.getByRole('button', { name: 'Show a code' }).click();
  await page.locator('.code').waitFor();
  return page.locator('.code').innerText();
};

const enter = async (page, code) => {
  await openTab(page, 'Codes');
  await page.getByLabel('Code of your other device').fill(code);
  await page.getByLabel('Code of your other device').press('Enter');
};

const devices = (page) => page.getByRole('list', { name: 'Devices' }).locator('.entry');

test('a code carries the games to another browser, and both play them', async () => {
  const first = await join();
  await begin(first, stage.server.url, 'Mara');
  await home(first);
  const code = await showCode(first);
  await first.getByText(/Good for one use, for (10:00|9:\d\d) minutes more\./).waitFor();

  const second = await join();
  await second.goto(stage.server.url);
  await enter(second, ` ${code.toLowerCase()} `);
  await second.getByText('This browser belongs to that player now.').first().waitFor();
  await second.locator('.game-link').click();
  await untilSaved(second);
  assert.equal(await second.locator('.sheet-title').textContent(), 'Mara');
  await chooseFirst(second);

  await closePanel(first);
  await first.locator('.game-link').click();
  await untilVersion(first, 2);

  const third = await join();
  await third.goto(stage.server.url);
  await enter(third, code);
  await untilRefused(third, 'This code is not good any more');
});

test('a link does the same, after a question, and leaves the address at once', async () => {
  const first = await join();
  await begin(first, stage.server.url);
  await home(first);
  await showCode(first);
  const link = await first.getByLabel('Or open this link there').inputValue();

  const second = await join();
  await second.goto(link);
  await second.getByRole('alertdialog', { name: 'Become that player in this browser?' }).waitFor();
  assert.equal(new URL(second.url()).hash, '');
  await answer(second, 'Become that player in this browser?', 'Yes');
  await second.getByText('This browser belongs to that player now.').first().waitFor();
  await second.locator('.game-link').waitFor();
});

test('whoever has games of their own is warned before a code leaves them behind', async () => {
  const first = await join();
  await begin(first, stage.server.url);
  await home(first);
  const code = await showCode(first);

  const second = await join();
  const own = await begin(second, stage.server.url);
  await home(second);
  await enter(second, code);
  await second.getByText('This browser has one game of its own').waitFor();
  await second.getByText('nobody could come back to them').waitFor();
  await answer(second, 'Leave the games of this browser behind?', 'Cancel');
  await closePanel(second);
  await untilCount(second.locator(`.game-link[href="/?game=${own}"]`), 1);

  await enter(second, code);
  await answer(second, 'Leave the games of this browser behind?', 'Enter the code');
  await second.getByText('This browser belongs to that player now.').first().waitFor();
  await second.locator(`.game-link[href="/?game=${own}"]`).waitFor({ state: 'detached' });
});

test('another tab of a browser that entered a code is the new player, too', async () => {
  const first = await join();
  await begin(first, stage.server.url);
  await home(first);
  const code = await showCode(first);
  const second = await join();
  await second.goto(stage.server.url);
  const tab = await second.context().newPage();
  await tab.goto(stage.server.url);
  await tab.locator('.card').first().waitFor();
  await enter(second, code);
  await tab.locator('.game-link').waitFor();
});

test('devices are listed, and one that is ended is told so at once', async () => {
  const first = await join();
  const gameId = await begin(first, stage.server.url);
  await home(first);
  const code = await showCode(first);
  const second = await join();
  await second.goto(stage.server.url);
  await enter(second, code);
  await second.locator('.game-link').click();
  await untilSaved(second);

  await closePanel(first);
  await openTab(first, 'Devices');
  await devices(first).nth(1).waitFor();
  await untilCount(devices(first).filter({ hasText: 'you are using' }), 1);
  await devices(first).filter({ hasNotText: 'you are using' }).getByRole('button').click();
  await answer(first, 'End this device?', 'End it');
  await untilSaid(first, 'has been ended.');
  await devices(first).nth(1).waitFor({ state: 'detached' });
  await second.getByRole('heading', { name: 'This browser has been logged out' }).waitFor();
  await second.reload();
  await second.getByRole('heading', { name: 'This game is not here' }).waitFor();
  await closePanel(first);
  await first.goto(`${stage.server.url}/?game=${gameId}`);
  await untilSaved(first);
});

test('a browser that ends itself is nobody, and begins anew', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  await home(page);
  await openTab(page, 'Devices');
  await devices(page).getByRole('button').click();
  await page.getByText('Without another device of yours').waitFor();
  await answer(page, 'End this device?', 'End it');
  await page.getByText('This browser belongs to nobody now.').first().waitFor();
  await untilCount(page.locator('.game-link'), 0);
  await begin(page, stage.server.url);
  assert.equal(await versionOf(page), 1);
});

test('who has begun nothing is told what the panel is for', async () => {
  const page = await join();
  await page.goto(stage.server.url);
  await openTab(page, 'Devices');
  await page.getByText('This browser has no games yet').waitFor();
  await untilCount(page.getByRole('button', { name: 'Show a code' }), 0);
  await openTab(page, 'Codes');
  await page.getByLabel('Code of your other device').press('Enter');
  await untilRefused(page, 'Please type the code');
  assert.equal(await panel(page).isVisible(), true);
});

test('a secret that the server finds old is replaced once, and the page goes on', async () => {
  const page = await join();
  const gameId = await begin(page, stage.server.url);
  const secret = async () => (await page.context().cookies()).find(({ name }) =>
    name === 'casys_session').value;
  const before = await secret();
  // As a server would say whose secret is a month old, until there is a new one.
  let rotated = 0;
  await page.context().route('**/api/session', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), rotate: rotated === 0 } });
  });
  page.context().on('response', (response) => {
    if (response.url().endsWith('/api/session/rotate')) rotated += response.status() === 200;
  });
  const other = await page.context().newPage();
  const renewed = page.context().waitForEvent('response', (response) =>
    response.url().endsWith('/api/session/rotate'));
  await Promise.all([page.goto(`${stage.server.url}/?game=${gameId}`), other.goto(stage.server.url)]);
  await renewed;
  await untilSaved(page);
  await other.locator('.game-link').waitFor();
  assert.equal(rotated, 1);
  assert.notEqual(await secret(), before);
  await chooseFirst(page);
  await page.reload();
  await untilVersion(page, 2);
});
