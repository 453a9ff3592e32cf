// Who watches the same game, as the page shows and says it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  chooseFirst, newLinkGame, openGame, overflow, untilSaved, untilVersion,
} from './support/browser.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage({ server: { args: ['--presence-ms', '100'] }, proxied: true });
const { join } = stage;

const presence = (page) => page.locator('.presence');
const untilWatching = (page, count) => presence(page).getByText(`${count} watching`).waitFor();
const untilSaid = (page, words) => page.locator('#news').getByText(words).waitFor({ state: 'attached' });

test('company is shown to everybody, and said once', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const first = await join({ viewport: { width: 360, height: 740 } });
  await openGame(first, stage.server.url, gameId);
  assert.equal(await presence(first).isVisible(), false);

  const second = await join();
  await openGame(second, stage.server.url, gameId);
  for (const page of [first, second]) {
    await untilWatching(page, 2);
    await untilSaid(page, 'Somebody else is watching now.');
  }
  assert.equal(await presence(first).getAttribute('title'), 'Have this game open: 2 players');
  assert.equal(await overflow(first), 0);
  await chooseFirst(first);
  await untilVersion(second, 2);

  await second.close();
  await presence(first).waitFor({ state: 'hidden' });
  await untilSaid(first, 'Nobody else is watching now.');
});

test('a lost connection does not know who watches, one that is back does', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const page = await join();
  await openGame(page, stage.proxy.url, gameId);
  const other = await join();
  await openGame(other, stage.server.url, gameId);
  await untilWatching(page, 2);
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await page.locator('.connection[data-kind="lost"]').waitFor();
  assert.equal(await presence(page).isVisible(), false);
  await presence(other).waitFor({ state: 'hidden' });
  stage.proxy.refuse(false);
  await untilSaved(page);
  for (const one of [page, other]) await untilWatching(one, 2);
});
