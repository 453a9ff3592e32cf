// Whole games in the page, against the real server: exported, imported, ended, begun again, deleted.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import {
  begin, chooseFirst, openChoices, untilSaved, untilVersion, versionOf,
} from './support/browser.mjs';
import { answer, openTab, panel, untilCount, untilRefused, untilSaid } from './support/panel.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage();
const { join } = stage;

// A game of some steps as its player exports it: { name, text }.
const exported = async (page) => {
  await begin(page, stage.server.url, 'Mara');
  for (let i = 0; i < 3; i += 1) await chooseFirst(page);
  await openTab(page, 'Game');
  const [download] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click()]);
  await untilSaid(page, 'The file is among your downloads.');
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
};

const importText = async (page, name, text) => {
  await openTab(page, 'Import');
  await page.getByLabel('File of the game')
    .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
};

test('a game is exported by one player and goes on with another', async () => {
  const page = await join();
  const { name, text } = await exported(page);
  assert.match(name, /\.casys-game\.json$/);
  const prose = await page.locator('.prose').innerText();

  const other = await join();
  await other.goto(stage.server.url);
  await importText(other, name, text);
  await untilVersion(other, 5);
  await untilSaved(other);
  await other.getByText('Every version of the file was played again').first().waitFor();
  assert.equal(await other.locator('.prose').innerText(), prose);
  assert.equal(await other.locator('.sheet-title').textContent(), 'Mara');
  await chooseFirst(other);
  await openTab(other, 'History');
  await panel(other).getByText('Came from a file').waitFor();
});

test('a file that was changed is refused, and where is said', async () => {
  const page = await join();
  const { name, text } = await exported(page);
  const changed = JSON.parse(text);
  changed.versions[2].event.choice_text = 'Fly over the channel';
  const other = await join();
  await other.goto(stage.server.url);
  await importText(other, name, JSON.stringify(changed));
  await untilRefused(other, /[Vv]ersion 3/);
  await importText(other, name, '{"format":');
  await other.locator('.panel-problem').getByText(/[Vv]ersion 3/).waitFor({ state: 'detached' });
  await other.locator('.panel-problem').waitFor();
  assert.equal(await panel(other).isVisible(), true);
});

test('a game is deleted only after a yes, and every page of it says so', async () => {
  const page = await join();
  const gameId = await begin(page, stage.server.url);
  const other = await page.context().newPage();
  await other.goto(`${stage.server.url}/?game=${gameId}`);
  await untilSaved(other);
  await openTab(page, 'Game');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await answer(page, 'Delete this game?', 'Cancel');
  assert.equal(await panel(page).isVisible(), true);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await answer(page, 'Delete this game?', 'Delete the game');
  await page.getByText('Deleted “').first().waitFor();
  await page.locator('.card').first().waitFor();
  await untilCount(page.locator('.game-link'), 0);
  await other.getByRole('heading', { name: 'This game has been deleted' }).waitFor();
});

test('a game is deleted from the list, and the list of another tab follows', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  const gameId = await begin(page, stage.server.url);
  await page.locator('#brand').click();
  const other = await page.context().newPage();
  await other.goto(stage.server.url);
  await other.locator('.game-link').nth(1).waitFor();
  await page.getByRole('button', { name: /^Delete .*, section \d+$/ }).first().press('Enter');
  await answer(page, 'Delete this game?', 'Delete the game');
  await page.getByText('Deleted “').first().waitFor();
  await untilCount(page.locator('.game-link'), 1);
  await untilCount(page.locator(`.game-link[href="/?game=${gameId}"]`), 0);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Your games',
    'the keyboard goes on from the list');
  await other.locator('.game-link').nth(1).waitFor({ state: 'detached' });
});

test('a game is ended and begun again', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  await chooseFirst(page);
  await openTab(page, 'Game');
  await page.getByRole('button', { name: 'End the game' }).click();
  await answer(page, 'End this game?', 'End the game');
  await page.getByText('Game stopped').first().waitFor();
  assert.equal(await panel(page).isVisible(), false);
  await openTab(page, 'Game');
  await panel(page).getByRole('button', { name: 'Begin again' }).click();
  await answer(page, 'Begin this game again?', 'Begin again');
  await untilVersion(page, 4);
  assert.ok(await openChoices(page).count() > 0);
  await untilCount(page.getByRole('button', { name: 'Undo', exact: true }), 0);
  assert.equal(await versionOf(page), 4);
});
