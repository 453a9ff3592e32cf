// The page in a network that lets no WebSocket through, against the real server.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import {
  begin, chooseFirst, launch, newLinkGame, newPlayer, noFaults, openChoices, openGame, untilSaved,
  untilVersion, versionOf,
} from './support/browser.mjs';
import { startProxy } from './support/proxy.mjs';

let server;
let browser;
let proxy;
let players;

before(async () => {
  server = await startServer();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

beforeEach(async () => {
  players = [];
  proxy = await startProxy(server.port);
});

afterEach(async () => {
  for (const { context } of players) await context.close();
  await proxy.stop();
  noFaults(...players);
});

const join = async (options) => {
  const player = await newPlayer(browser, options);
  players.push(player);
  return player.page;
};

const untilBasic = (page) => page.locator('.connection[data-kind="basic"]').waitFor();

const openBlocked = async (page, gameId) => {
  proxy.blockWebSockets(true);
  await page.goto(`${proxy.url}/?game=${gameId}`);
  await page.locator('.book').waitFor();
  await untilBasic(page);
};

test('without WebSockets the page plays and watches all the same, and says so', async () => {
  const gameId = await newLinkGame(server.url);
  const page = await join({ viewport: { width: 420, height: 800 } });
  await openBlocked(page, gameId);
  assert.match(await page.locator('.connection').textContent(), /Saved \(basic connection\)/);
  await page.getByText('Live connections seem to be blocked here.').waitFor();

  const posted = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') posted.push(request.postDataJSON());
  });
  await chooseFirst(page);
  assert.equal(posted.length, 1);
  assert.equal(posted[0].version, 1);
  assert.ok(posted[0].request_id.length > 10);

  // What somebody else does comes as soon as ever.
  const other = await join();
  await openGame(other, server.url, gameId);
  await chooseFirst(other);
  await untilVersion(page, 3);
  await page.getByText('Somebody else chose').first().waitFor();
  await chooseFirst(page);
  await untilVersion(other, 4);
  assert.equal(await page.getByText('Try now').isVisible(), false);
});

test('a live connection takes over when it gets through again', async () => {
  const gameId = await newLinkGame(server.url);
  const page = await join();
  await openBlocked(page, gameId);
  proxy.blockWebSockets(false);
  await page.evaluate(() => dispatchEvent(new Event('online'))); // need not wait for the next try
  await untilSaved(page);
  await page.getByText('Live connection again.').waitFor();
  await chooseFirst(page);
  assert.equal(await versionOf(page), 2);
});

test('a choice whose answer is lost on the basic connection counts once', async () => {
  const page = await join();
  proxy.blockWebSockets(true);
  await page.goto(proxy.url);
  await page.locator('.card').first().getByRole('button', { name: 'Begin' }).click();
  await untilVersion(page, 1);
  await untilBasic(page);
  const ids = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') ids.push(request.postDataJSON().request_id);
  });
  proxy.muteServer(true);
  await openChoices(page).first().click();
  await page.locator('.connection').getByText('Sending …').waitFor();
  while (ids.length === 0) await page.evaluate(() => true);
  proxy.refuse(true);
  proxy.cut();
  await page.locator('.connection[data-kind="lost"]').waitFor();
  proxy.muteServer(false);
  proxy.refuse(false);
  await untilVersion(page, 2);
  await untilBasic(page);
  assert.equal(new Set(ids).size, 1);
  assert.ok(ids.length >= 2, 'it was sent again');
  assert.equal(await versionOf(page), 2);
});

test('a restart is survived without WebSockets', async () => {
  const page = await join();
  await begin(page, proxy.url);
  proxy.blockWebSockets(true);
  proxy.cut();
  await untilBasic(page);
  await chooseFirst(page);
  await server.kill();
  await page.locator('.connection[data-kind="lost"]').waitFor();
  await server.start();
  await untilBasic(page);
  await chooseFirst(page);
  assert.equal(await versionOf(page), 3);
});
