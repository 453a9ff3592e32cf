// Everything that was added around the text, for every reader: rules that a program can check, small
// screens, large text, both schemes, languages from right to left; against the real server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkAxe } from './support/axe.mjs';
import { begin, chooseFirst, overflow } from './support/browser.mjs';
import {
  answer, assertFocus, closePanel, doubleText, openTab, panel, panelOverflow, untilCount,
} from './support/panel.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage();
const { join } = stage;

const GAME_TABS = ['Saves', 'History', 'Sharing', 'Game'];
const PLAYER_TABS = ['Devices', 'Codes', 'Import'];

// A game with something in every tab.
const furnished = async (page) => {
  const gameId = await begin(page, stage.server.url, 'W'.repeat(50));
  await chooseFirst(page);
  for (const name of ['W'.repeat(50), 'قبل القناة', 'Before the fog comes in']) {
    const response = await page.request.post(`${stage.server.url}/api/games/${gameId}/saves`,
      { data: { name }, headers: { origin: stage.server.url } });
    assert.equal(response.status(), 201);
  }
  await openTab(page, 'Sharing');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('list', { name: 'Invitations' }).locator('.entry').waitFor();
};

// What a tab shows, when it has come.
const SHOWS = { Saves: '.entry', History: '.entry', Sharing: '.entry', Game: '.deed', Devices: '.entry',
  Codes: 'input', Import: 'input' };

const show = async (page, tab) => {
  await openTab(page, tab);
  await panel(page).locator(`.part:not([hidden]) ${SHOWS[tab]}`).first().waitFor();
};

const VIEWS = [
  ['a phone', { viewport: { width: 360, height: 740 } }],
  ['a phone, dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ['a desktop', { viewport: { width: 1280, height: 900 } }],
  ['a desktop, dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
];

for (const [why, options] of VIEWS) {
  test(`no rule of accessibility is broken on ${why}`, async () => {
    const page = await join({ ...options, reducedMotion: 'reduce' });
    await furnished(page);
    for (const tab of GAME_TABS) {
      await show(page, tab);
      await checkAxe(page, tab);
    }
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await checkAxe(page, 'a question');
    await answer(page, 'Delete this game?', 'Cancel');
    await closePanel(page);
    await checkAxe(page, 'the book');
    await page.locator('#brand').click();
    await page.locator('.game-link').waitFor();
    await checkAxe(page, 'the list');
    for (const tab of PLAYER_TABS) {
      await show(page, tab);
      if (tab === 'Devices') {
        await page.getByRole('button', { name: 'Show a code' }).click();
        await page.locator('.code').waitFor();
      }
      await checkAxe(page, tab);
    }
  });
}

const SIZES = [['a small phone', { width: 320, height: 640 }, false],
  ['a phone with large text', { width: 360, height: 740 }, true],
  ['a laptop at 200 %', { width: 640, height: 400 }, false],
  ['a desktop with large text', { width: 1280, height: 900 }, true]];

for (const [why, viewport, large] of SIZES) {
  test(`nothing of the panel is cut off on ${why}`, async () => {
    const page = await join({ viewport });
    await furnished(page);
    if (large) await doubleText(page);
    const check = async (where) => {
      assert.equal(await panelOverflow(page), 0, where);
      const small = await panel(page).evaluate((one) => [...one.querySelectorAll('button, select')]
        .filter((control) => control.checkVisibility())
        .filter((control) => control.getBoundingClientRect().height < 24).length);
      assert.equal(small, 0, `${where}: controls are large enough`);
    };
    for (const tab of GAME_TABS) {
      await show(page, tab);
      await check(tab);
    }
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    assert.equal(await page.locator('#ask').evaluate((one) => one.scrollWidth - one.clientWidth), 0);
    await answer(page, 'Delete this game?', 'Cancel');
    await closePanel(page);
    assert.equal(await overflow(page), 0, 'book');
    await page.locator('#brand').click();
    await page.locator('.game-link').waitFor();
    assert.equal(await overflow(page), 0, 'list');
    for (const tab of PLAYER_TABS) {
      await show(page, tab);
      await check(tab);
    }
  });
}

test('from right to left everything stands on the other side', async () => {
  const page = await join({ viewport: { width: 1280, height: 900 } });
  await furnished(page);
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  const box = await panel(page).boundingBox();
  assert.ok(box.x <= 16, `the panel is at the left: ${box.x}`);
  for (const tab of GAME_TABS) {
    await show(page, tab);
    assert.equal(await panelOverflow(page), 0, tab);
  }
  await page.getByRole('tab', { name: 'Game' }).press('ArrowLeft');
  await assertFocus(page, page.getByRole('tab', { name: 'Saves' }), 'left is onward');
  await closePanel(page);
  assert.equal(await overflow(page), 0, 'book');
});

test('names are written in their own direction', async () => {
  const page = await join();
  await furnished(page);
  await show(page, 'Saves');
  const direction = (name) => page.locator('.entry-title').filter({ hasText: name })
    .evaluate((one) => getComputedStyle(one).direction);
  assert.equal(await direction('قبل القناة'), 'rtl');
  assert.equal(await direction('Before the fog'), 'ltr');
});

test('the panel is a dialog: the page behind it is out of reach, and Escape closes it', async () => {
  const page = await join();
  await furnished(page);
  await untilCount(page.getByRole('dialog', { name: 'This game' }), 1);
  const seen = new Set();
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    seen.add(await page.evaluate(() => document.activeElement.closest('#panel') !== null ||
      document.activeElement === document.body));
  }
  assert.deepEqual([...seen], [true]);
  await page.keyboard.press('1');
  await closePanel(page);
  assert.equal(await page.locator('.book').getAttribute('data-version'), '2', 'digits chose nothing');
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await page.mouse.click(40, 300);
  await panel(page).waitFor({ state: 'hidden' });
});

test('opening the panel moves nothing of the book', async () => {
  const page = await join({ viewport: { width: 1280, height: 900 } });
  await begin(page, stage.server.url);
  await chooseFirst(page);
  const at = () => page.locator('.prose').evaluate((one) => {
    const { x, y, width } = one.getBoundingClientRect();
    return [x, y, width];
  });
  const before = await at();
  await show(page, 'History');
  assert.deepEqual(await at(), before);
  await closePanel(page);
  assert.deepEqual(await at(), before);
});

test('what the panel answers is said, and its problems at once', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  await show(page, 'Game');
  assert.equal(await page.locator('.panel-said').getAttribute('role'), 'status');
  assert.equal(await page.locator('.panel-problem').getAttribute('role'), 'alert');
});
