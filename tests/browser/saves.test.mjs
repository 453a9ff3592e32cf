// Going back, saves and history in the page, against the real server.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { ROOT } from '../support/server.mjs';
import {
  begin, chooseFirst, openChoices, untilSaved, untilVersion, versionOf,
} from './support/browser.mjs';
import {
  answer, assertFocus, closePanel, openTab, panel, untilCount, untilRefused, untilSaid,
} from './support/panel.mjs';
import { useStage } from './support/stage.mjs';

const SAVES_MAX = 20;

// Two ways from a section, one with dice; how often one may go back is the story's.
const storyOf = (id, undo) => ({
  format: 'casys-story/1',
  id, title: `Story ${id}`, author: 'Tests', license: 'CC0 1.0', language: 'en', summary: 'For tests.',
  start: 1, ...(undo === undefined ? {} : { undo }),
  character: { name: 'Somebody', stats: { skill: 8 } },
  stats: { endurance: { initial: 20 }, chance: { initial: 8 } },
  sections: [
    { number: 1, text: 'The gate.', choices: [
      { id: 'left', text: 'Left', type: 'direct', to: 2 },
      { id: 'jump', text: 'Jump', type: 'dice', check: { dice: 'chance', success: 2, failure: 3 } }] },
    { number: 2, text: 'The left.', choices: [
      { id: 'gate', text: 'To the gate', type: 'direct', to: 1 },
      { id: 'out', text: 'Out', type: 'direct', to: 4 }] },
    { number: 3, text: 'The ditch.', choices: [
      { id: 'gate', text: 'To the gate', type: 'direct', to: 1 },
      { id: 'out', text: 'Out', type: 'direct', to: 4 }] },
    { number: 4, text: 'Outside.', ending: { kind: 'won', title: 'Free' } },
  ],
});

const folder = mkdtempSync(join(tmpdir(), 'casysd-stories-'));

copyFileSync(join(ROOT, 'stories/bell-on-skarrow.json'), join(folder, 'bell.json'));
for (const [id, undo] of [['s-none', 'none'], ['s-two', 2]]) {
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(storyOf(id, undo)));
}

const stage = useStage({
  server: { args: ['--stories', folder, '--check-stories', 'off'] }, proxied: true,
});
const { join: player } = stage;

after(() => rm(folder, { recursive: true, force: true }));

const beginStory = async (page, title, url = stage.server.url) => {
  await page.goto(url);
  const card = page.locator('.card').filter({ hasText: title });
  await card.getByRole('button', { name: 'Begin' }).click();
  await untilVersion(page, 1);
  await untilSaved(page);
};

const choose = async (page, text) => {
  const version = await versionOf(page);
  await openChoices(page).filter({ hasText: text }).first().click();
  await untilVersion(page, version + 1);
};

const undoButton = (page) => page.getByRole('button', { name: 'Undo', exact: true });
const untilSection = (page, text) => page.locator('.prose').getByText(text).waitFor();
const entries = (page) => panel(page).locator('.part:not([hidden]) .entry');

test('undo takes the last choice back, again and again, and throws show the same', async () => {
  const page = await player();
  await beginStory(page, 's-two');
  // Nothing to undo yet.
  await untilCount(undoButton(page), 0);
  await choose(page, 'Jump');
  const rolls = await page.locator('.rolls').innerText();
  const prose = await page.locator('.prose').innerText();
  await page.getByText('2 left').waitFor();
  await undoButton(page).click();
  await untilVersion(page, 3);
  assert.equal(await page.locator('.prose').innerText(), 'The gate.');
  await choose(page, 'Jump');
  assert.equal(await page.locator('.rolls').innerText(), rolls);
  assert.equal(await page.locator('.prose').innerText(), prose);
  await page.getByText('1 left').waitFor();
  await undoButton(page).click();
  await untilVersion(page, 5);
  await choose(page, 'Left');
  // None left.
  await untilCount(undoButton(page), 0);
});

test('a story may allow no undo at all', async () => {
  const page = await player();
  await beginStory(page, 's-none');
  await choose(page, 'Left');
  await openTab(page, 'History');
  await entries(page).nth(1).waitFor();
  await closePanel(page);
  await untilCount(undoButton(page), 0);
});

test('an ending can be taken back, by key, and the book is open again', async () => {
  const page = await player();
  await beginStory(page, 's-two');
  await choose(page, 'Left');
  await choose(page, 'Out');
  await page.locator('.ending').waitFor();
  await undoButton(page).waitFor();
  await page.keyboard.press('Control+z');
  await untilVersion(page, 4);
  assert.equal(await page.locator('.ending').isVisible(), false);
  assert.equal(await page.locator('.prose').innerText(), 'The left.');
  await assertFocus(page, page.locator('.section-number'), 'where reading goes on');
});

test('what is taken back is shown at once, said to be unsaved, and saved once', async () => {
  const page = await player();
  await beginStory(page, 's-two', stage.proxy.url);
  await choose(page, 'Left');
  await undoButton(page).waitFor();
  stage.proxy.muteServer(true);
  await undoButton(page).click();
  await untilSection(page, 'The gate.');
  assert.equal(await versionOf(page), 1, 'the version that was seen before');
  assert.equal(await page.locator('.connection').getAttribute('data-kind'), 'sending');
  await page.locator('.undo-left').getByText('Going back …').waitFor();
  // Nothing can be chosen in it yet.
  await untilCount(openChoices(page), 0);
  stage.proxy.muteServer(false);
  stage.proxy.cut();
  await untilVersion(page, 3);
  await untilSaved(page);
  // This is the beginning again.
  await untilCount(undoButton(page), 0);
  await openTab(page, 'History');
  await entries(page).nth(2).waitFor();
  // It counted once, though it was sent twice.
  await untilCount(entries(page), 3);
});

test('offline an undo is kept and said to be', async () => {
  const page = await player();
  await beginStory(page, 's-two', stage.proxy.url);
  await choose(page, 'Left');
  await undoButton(page).waitFor();
  stage.proxy.refuse(true);
  stage.proxy.cut();
  await page.locator('.connection[data-kind="lost"]').waitFor();
  await undoButton(page).click();
  await page.getByText('Kept until the connection is back').waitFor();
  stage.proxy.refuse(false);
  await untilVersion(page, 3);
  assert.equal(await page.locator('.prose').innerText(), 'The gate.');
});

test('without WebSockets one goes back all the same', async () => {
  const page = await player();
  stage.proxy.blockWebSockets(true);
  await page.goto(stage.proxy.url);
  await page.locator('.card').filter({ hasText: 's-two' }).getByRole('button', { name: 'Begin' })
    .click();
  await page.locator('.connection[data-kind="basic"]').waitFor();
  await choose(page, 'Left');
  await undoButton(page).click();
  await untilVersion(page, 3);
  assert.equal(await page.locator('.prose').innerText(), 'The gate.');
});

test('a save is made, loaded, overwritten and deleted by keyboard alone', async () => {
  const page = await player();
  await begin(page, stage.server.url);
  await chooseFirst(page);
  const prose = await page.locator('.prose').innerText();
  await page.getByRole('button', { name: 'Menu', exact: true }).focus();
  await page.keyboard.press('Enter');
  await assertFocus(page, page.getByRole('tab', { name: 'Saves' }), 'the panel begins at its tabs');
  await page.keyboard.press('ArrowRight');
  await assertFocus(page, page.getByRole('tab', { name: 'History' }), 'arrows go along the tabs');
  await page.keyboard.press('Home');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Before the fog');
  await page.keyboard.press('Enter');
  await untilSaid(page, 'Saved as “Before the fog”.');
  assert.match(await entries(page).first().innerText(), /Before the fog\s+Section \d+ · version 2/);
  await closePanel(page);
  await assertFocus(page, page.getByRole('button', { name: 'Menu', exact: true }), 'back where it was');

  await chooseFirst(page);
  await openTab(page, 'Saves');
  await page.getByRole('button', { name: 'Load “Before the fog”' }).press('Enter');
  await panel(page).waitFor({ state: 'hidden' });
  await untilVersion(page, 4);
  assert.equal(await page.locator('.prose').innerText(), prose);

  await openTab(page, 'Saves');
  await page.getByRole('button', { name: 'Overwrite “Before the fog”' }).press('Enter');
  await assertFocus(page, page.getByRole('button', { name: 'Cancel' }), 'the safe answer first');
  await answer(page, 'Overwrite this save?', 'Overwrite');
  await untilSaid(page, 'Saved as “Before the fog”.');
  await entries(page).getByText('version 4').waitFor();
  await page.getByRole('button', { name: 'Delete “Before the fog”' }).press('Enter');
  await answer(page, 'Delete this save?', 'Delete');
  await untilSaid(page, 'Deleted “Before the fog”.');
  await untilCount(entries(page), 0);
  await assertFocus(page, page.getByLabel('Name of the new save'), 'the keyboard is not lost');
});

test('when all places are taken it is said, and overwriting goes on', async () => {
  const page = await player();
  const gameId = await begin(page, stage.server.url);
  for (let i = 0; i < SAVES_MAX; i += 1) {
    const response = await page.request.post(`${stage.server.url}/api/games/${gameId}/saves`,
      { data: { name: `Save ${i}` }, headers: { origin: stage.server.url } });
    assert.equal(response.status(), 201);
  }
  await openTab(page, 'History');
  await entries(page).first().locator('summary').click();
  await page.getByRole('button', { name: 'Save here' }).click();
  await untilRefused(page, 'All places for saves are taken');
  await openTab(page, 'Saves');
  await page.getByText('All 20 places are taken').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save', exact: true })
    .getAttribute('aria-disabled'), 'true');
  await page.getByRole('button', { name: 'Overwrite “Save 7”' }).click();
  await answer(page, 'Overwrite this save?', 'Overwrite');
  await untilSaid(page, 'Saved as “Save 7”.');
});

test('the history tells every version, and goes back to each and saves it', async () => {
  const page = await player();
  await beginStory(page, 's-two');
  await choose(page, 'Jump');
  await choose(page, 'To the gate');
  await openTab(page, 'History');
  await page.getByText('Versions 3 to 1 of 3').waitFor();
  const texts = await entries(page).allInnerTexts();
  assert.match(texts[0], /^Version\s+3\s*To the gate/);
  assert.match(texts[1], /^Version\s+2\s*Jump[^]*2d6[^]*(success|failure)/);
  assert.match(texts[2], /^Version\s+1\s*Somebody begins/);

  await entries(page).nth(1).locator('summary').click();
  await page.getByRole('button', { name: 'Save here: version 2' }).click();
  await untilSaid(page, /Saved as “Section \d, version 2”\./);
  await page.getByRole('button', { name: 'Go back here: version 2' }).click();
  await untilVersion(page, 4);
  await openTab(page, 'History');
  await entries(page).first().getByText('Went back to version 2').waitFor();
});

test('a fork is a game of its own with the same past', async () => {
  const page = await player();
  await beginStory(page, 's-two');
  const gameId = new URL(page.url()).searchParams.get('game');
  for (const text of ['Left', 'To the gate', 'Left']) await choose(page, text);
  await openTab(page, 'History');
  await entries(page).nth(3).locator('summary').click();
  await page.getByRole('button', { name: 'Fork from here: version 1' }).click();
  await page.waitForURL((url) => url.searchParams.get('game') !== gameId);
  await untilVersion(page, 2);
  await page.getByText('This is a game of its own now').first().waitFor();
  assert.equal(await page.locator('.prose').innerText(), 'The gate.');
  await page.goto(`${stage.server.url}/?game=${gameId}`);
  await untilVersion(page, 4);
  assert.equal(await page.locator('.prose').innerText(), 'The left.');
});

test('a long history is paged both ways', async () => {
  const page = await player();
  const gameId = await begin(page, stage.server.url);
  let version = 1;
  for (; version < 45; version += 1) {
    const response = await page.request.post(`${stage.server.url}/api/games/${gameId}/` +
      (version % 2 ? 'choices' : 'undo'), { headers: { origin: stage.server.url },
      data: version % 2 ? { choice_id: await page.evaluate(async (id) =>
        (await (await fetch(`/api/games/${id}`)).json()).rules.choices
          .find(({ available }) => available).id, gameId) } : {} });
    assert.equal(response.status(), 200);
  }
  await untilVersion(page, version);
  await openTab(page, 'History');
  await page.getByText('Versions 45 to 26 of 45').waitFor();
  await untilCount(page.getByRole('button', { name: 'Newer' }), 0);
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByText('Versions 25 to 6 of 45').waitFor();
  await page.getByRole('button', { name: 'The beginning' }).click();
  await page.getByText('Versions 20 to 1 of 45').waitFor();
  await untilCount(page.getByRole('button', { name: 'Older' }), 0);
  await page.getByRole('button', { name: 'Newer' }).click();
  await page.getByText('Versions 40 to 21 of 45').waitFor();
  await page.getByRole('button', { name: 'Newer' }).click();
  await page.getByText('Versions 45 to 41 of 45').waitFor();
});

test('two tabs of one player show the same saves, and the same place', async () => {
  const page = await player();
  const gameId = await begin(page, stage.server.url);
  const other = await page.context().newPage();
  await other.goto(`${stage.server.url}/?game=${gameId}`);
  await untilSaved(other);
  await openTab(other, 'Saves');
  await other.getByText('0 of 20').waitFor();
  await openTab(page, 'Saves');
  await page.getByLabel('Name of the new save').fill('Seen in both');
  await page.keyboard.press('Enter');
  await entries(other).getByText('Seen in both').waitFor();
  await closePanel(page);
  await chooseFirst(page);
  await undoButton(page).click();
  await untilVersion(other, 3);
});
