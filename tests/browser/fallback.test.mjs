// The page in a network that lets no WebSocket through, against the real server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  begin, chooseFirst, newLinkGame, openChoices, openGame, untilSaved, untilVersion, versionOf,
} from './support/browser.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage({ proxied: true });
const { join } = stage;

const untilBasic = (page) => page.locator('.connection[data-kind="basic"]').waitFor();

const openBlocked = async (page, gameId) => {
  stage.proxy.blockWebSockets(true);
  await page.goto(`${stage.proxy.url}/?game=${gameId}`);
  await page.locator('.book').waitFor();
  await untilBasic(page);
};

test('without WebSockets the page plays and watches all the same, and says so', async () => {
  const gameId = await newLinkGame(stage.server.url);
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
  await openGame(other, stage.server.url, gameId);
  await chooseFirst(other);
  await untilVersion(page, 3);
  await page.getByText('Somebody else chose').first().waitFor();
  await chooseFirst(page);
  await untilVersion(other, 4);
  assert.equal(await page.getByText('Try now').isVisible(), false);
});

test('a live connection takes over when it gets through again', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const page = await join();
  await openBlocked(page, gameId);
  stage.proxy.blockWebSockets(false);
  await page.evaluate(() => dispatchEvent(new Event('online'))); // need not wait for the next try
  await untilSaved(page);
  await page.getByText('Live connection again.').waitFor();
  await chooseFirst(page);
  assert.equal(await versionOf(page), 2);
});

test('a choice whose answer is lost on the basic connection counts once', async () => {
  const page = await join();
  stage.proxy.blockWebSockets(true);
  await page.goto(stage.proxy.url);
  await page.locator('.card').first().getByRole('button', { name: 'Begin' }).click();
  await untilVersion(page, 1);
  await untilBasic(page);
  const ids = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') ids.push(request.postDataJSON().request_id);
  });
  stage.proxy.muteServer(true);
  await openChoices(page).first().click();
  await page.locator('.connection').getByText('Sending …').waitFor();
  while (ids.length === 0) await page.evaluate(() => true);
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await page.locator('.connection[data-kind="lost"]').waitFor();
  stage.proxy.muteServer(false);
  stage.proxy.refuse(false);
  await untilVersion(page, 2);
  await untilBasic(page);
  assert.equal(new Set(ids).size, 1);
  assert.ok(ids.length >= 2, 'it was sent again');
  assert.equal(await versionOf(page), 2);
});

test('a restart is survived without WebSockets', async () => {
  const page = await join();
  await begin(page, stage.proxy.url);
  stage.proxy.blockWebSockets(true);
  stage.proxy.cut();
  await untilBasic(page);
  await chooseFirst(page);
  await stage.server.kill();
  await page.locator('.connection[data-kind="lost"]').waitFor();
  await stage.server.start();
  await untilBasic(page);
  await chooseFirst(page);
  assert.equal(await versionOf(page), 3);
});
