// The page when the network or the server fails, against the real server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startServer } from '../support/server.mjs';
import {
  begin, chooseFirst, newLinkGame, openChoices, openGame, recordChoices, untilSaved, untilVersion,
  versionOf,
} from './support/browser.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage({ proxied: true });
const { join } = stage;

const untilLost = (page) => page.locator('.connection[data-kind="lost"]').waitFor();

// What the server has, seen past the proxy with the player's own cookie.
const serverVersion = async (page, gameId, query = '') => {
  const [cookie] = await page.context().cookies(stage.proxy.url);
  const headers = cookie ? { cookie: `${cookie.name}=${cookie.value}` } : {};
  const response = await fetch(`${stage.server.url}/api/games/${gameId}${query}`, { headers });
  assert.equal(response.status, 200);
  return (await response.json()).version;
};

const untilServerHas = async (page, gameId, version) =>
  assert.equal(await serverVersion(page, gameId, `?since=${version - 1}&wait=20`), version);

test('kill -9 and a restart bring both browsers back to the same version', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const pages = [await join(), await join()];
  for (const page of pages) await openGame(page, stage.server.url, gameId);
  await chooseFirst(pages[0]);
  await untilVersion(pages[1], 2);
  await chooseFirst(pages[1]);
  await untilVersion(pages[0], 3);

  await stage.server.kill();
  for (const page of pages) await untilLost(page);
  assert.deepEqual(await Promise.all(pages.map(versionOf)), [3, 3]);
  await stage.server.start();
  for (const page of pages) await untilSaved(page);
  assert.deepEqual(await Promise.all(pages.map(versionOf)), [3, 3]);

  await chooseFirst(pages[0]);
  await untilVersion(pages[1], 4);
});

test('a graceful stop and a new start are survived the same way', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  await chooseFirst(page);
  assert.equal(await stage.server.stop(), 0);
  await untilLost(page);
  await stage.server.start();
  await untilSaved(page);
  assert.equal(await versionOf(page), 2);
});

test('after a stop the page comes back when the server told it to, and not before', async () => {
  const DELAY_MS = 4000;
  const other = await startServer({
    args: ['--return-min-ms', String(DELAY_MS), '--return-max-ms', String(DELAY_MS)],
  });
  try {
    const page = await join();
    await begin(page, other.url);
    const began = Date.now();
    assert.equal(await other.stop(), 0);
    await untilLost(page);
    await other.start();
    assert.match(await page.locator('.connection').textContent(), /Reconnecting in [1-4] s/);
    await untilSaved(page);
    assert.ok(Date.now() - began >= DELAY_MS, `after ${Date.now() - began} ms`);
  } finally {
    await other.remove();
  }
});

test('a choice whose answer is lost is sent again with its id and counts once', async () => {
  const page = await join();
  const sent = recordChoices(page);
  const gameId = await begin(page, stage.proxy.url);
  stage.proxy.muteServer(true);
  await openChoices(page).first().click();
  await page.locator('.connection[data-kind="sending"]').waitFor();
  await untilServerHas(page, gameId, 2);
  assert.equal(await versionOf(page), 1);

  stage.proxy.refuse(true);
  stage.proxy.cut();
  await untilLost(page);
  await page.getByText('Kept until the connection is back').waitFor();
  stage.proxy.muteServer(false);
  stage.proxy.refuse(false);
  await untilVersion(page, 2);
  await untilSaved(page);

  assert.equal(sent.length, 2);
  assert.deepEqual(sent[0], sent[1]);
  assert.equal(await serverVersion(page, gameId), 2);
  assert.equal(await page.locator('.notice:visible').count(), 0);
});

test('a choice that never arrived is sent when the network is back', async () => {
  const page = await join();
  const gameId = await begin(page, stage.proxy.url);
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await untilLost(page);
  await openChoices(page).first().click();
  await page.getByText('Kept until the connection is back').waitFor();
  assert.equal(await serverVersion(page, gameId), 1);
  stage.proxy.refuse(false);
  await untilVersion(page, 2);
  assert.equal(await serverVersion(page, gameId), 2);
});

test('a reload in the middle of a choice sends it again with its id', async () => {
  const page = await join();
  const sent = recordChoices(page);
  const gameId = await begin(page, stage.proxy.url);
  stage.proxy.muteServer(true);
  await openChoices(page).first().click();
  await untilServerHas(page, gameId, 2);
  stage.proxy.muteServer(false);
  stage.proxy.cut();
  await page.reload();
  await untilVersion(page, 2);
  await untilSaved(page);
  assert.deepEqual(new Set(sent.map(({ request_id: id }) => id)).size, 1);
  assert.equal(await serverVersion(page, gameId), 2);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test('a choice made meanwhile by somebody else wins over one that waited', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const page = await join();
  await openGame(page, stage.proxy.url, gameId);
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await untilLost(page);
  await openChoices(page).first().click();

  const other = await join();
  await openGame(other, stage.server.url, gameId);
  await chooseFirst(other);

  stage.proxy.refuse(false);
  await untilVersion(page, 2);
  await page.getByText('Somebody else chose first').first().waitFor();
  assert.equal(await versionOf(other), 2);
});

test('what happened while away is there at the return', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const page = await join();
  await openGame(page, stage.proxy.url, gameId);
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await untilLost(page);
  const other = await join();
  await openGame(other, stage.server.url, gameId);
  await chooseFirst(other);
  await chooseFirst(other);
  stage.proxy.refuse(false);
  await untilVersion(page, 3);
  await page.getByText('The story went on in the meantime.').first().waitFor();
});

test('a lost connection moves no text on a phone', async () => {
  const page = await join({ viewport: { width: 360, height: 740 } });
  await begin(page, stage.proxy.url);
  const top = () => page.locator('.book').evaluate((book) => book.getBoundingClientRect().top);
  const before = await top();
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await page.getByRole('button', { name: 'Try now' }).waitFor();
  assert.equal(await top(), before);
});

test('the reader can hurry a reconnect', async () => {
  const page = await join();
  await page.clock.install();
  await begin(page, stage.proxy.url);
  // With its clock stopped the page does not come back by itself.
  await page.clock.pauseAt(Date.now() + 60_000);
  stage.proxy.cut();
  await untilLost(page);
  await page.getByRole('button', { name: 'Try now' }).click();
  await untilSaved(page);
  assert.equal(await versionOf(page), 1);
});
