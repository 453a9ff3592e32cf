// The longest and the most of everything that an author may write, against the real server: no
// part of the page is pushed out of sight.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { begin, overflow, untilVersion } from './support/browser.mjs';
import { useStage } from './support/stage.mjs';

// The limits of app/base/limits.h.
const CHOICES = 32;
const STATS = 16;
const ITEMS = 128;
const LABEL_BYTES = 200;
const CHOICE_TEXT_BYTES = 1024;
const DESCRIPTION_BYTES = 500;
const SUMMARY_BYTES = 2000;
const SECTION_TEXT_BYTES = 32 * 1024;
const CONDITION_TEXT_BYTES = 400;
const COMBAT_ROUNDS = 100;

// Text without a place to break a line, and text of ordinary words.
const solid = (length) => 'W'.repeat(length);
const flowing = (length) => 'Buchstaben '.repeat(length).slice(0, length).trim();

const fill = (count, make) => Object.fromEntries(Array.from({ length: count }, (_, i) => make(i)));

const ownStat = (i) => [`stat-${i}`, {
  name: i === 0 ? solid(LABEL_BYTES) : flowing(20 + i), min: -1e6, max: 1e6,
  initial: i % 2 ? -1e6 : 1e6,
}];

const item = (i) => [`item-${i}`, {
  name: i === 0 ? solid(LABEL_BYTES) : `Item ${i}`,
  ...(i < 2 ? { description: [solid, flowing][i](DESCRIPTION_BYTES) } : {}),
}];

const closedChoice = (i) => ({
  id: `closed-${i}`, text: `${i} ${flowing(CHOICE_TEXT_BYTES - 3)}`, type: 'conditional', to: 1,
  when: { item: 'item-127', text: i % 2 ? solid(CONDITION_TEXT_BYTES) : flowing(40) },
});

const FIGHT = {
  id: 'fight', text: solid(CHOICE_TEXT_BYTES), type: 'dice',
  check: { dice: 'combat', foe: { name: solid(LABEL_BYTES), skill: 0, endurance: 1000 },
    success: 2, failure: 2 },
};

const STORY = {
  format: 'casys-story/1',
  id: 'extreme',
  title: solid(LABEL_BYTES),
  author: solid(LABEL_BYTES),
  license: 'CC BY 4.0',
  language: 'de',
  summary: solid(SUMMARY_BYTES),
  start: 1,
  character: {
    name: 'Somebody', gold: 999999, capacity: 1000, stats: { skill: 24 },
    items: fill(100, (i) => [`item-${i}`, i === 0 ? 901 : 1]),
  },
  stats: {
    endurance: { initial: 24 }, chance: { initial: 2 }, ...fill(STATS - 3, ownStat),
  },
  items: fill(ITEMS, item),
  sections: [
    {
      number: 1,
      text: flowing(SECTION_TEXT_BYTES),
      choices: [FIGHT, ...Array.from({ length: CHOICES - 1 }, (_, i) => closedChoice(i))],
    },
    {
      number: 2,
      text: ['', '> ', '> > > ', '- ', '99. ', '## ', '- `'].map((mark) =>
        mark + solid(1000)).join('\n\n') + '`',
      choices: [{ id: 'end', text: 'Ende', type: 'direct', to: 3 }],
    },
    { number: 3, text: 'Aus.', ending: { kind: 'won', title: solid(LABEL_BYTES) } },
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'casysd-stories-'));

before(() => writeFile(join(folder, 'extreme.json'), JSON.stringify(STORY)));

// Most of it is there to be looked at only, which is a mistake in a story that is to be played.
const stage = useStage({ server: { args: ['--stories', folder, '--check-stories', 'off'] } });

after(() => rm(folder, { recursive: true, force: true }));

for (const [why, viewport] of [['a small phone', { width: 320, height: 640 }],
  ['a tablet', { width: 768, height: 1024 }], ['a desktop', { width: 1280, height: 900 }]]) {
  test(`the longest texts and the most of everything fit on ${why}`, async () => {
    const page = await stage.join({ viewport });
    await page.goto(stage.server.url);
    await page.locator('.card').waitFor();
    assert.equal(await overflow(page), 0, 'list');

    await begin(page, stage.server.url, solid(50));
    assert.equal(await overflow(page), 0, 'section');
    assert.equal(await page.locator('.choice').count(), CHOICES);
    assert.equal(await page.locator('.stat').count(), STATS + 1);
    await page.locator('.choice').last().scrollIntoViewIfNeeded();
    assert.equal(await page.locator('.choice').last().isVisible(), true);

    await page.locator('.choice').first().click();
    await untilVersion(page, 2);
    const rounds = page.locator('.rolls .roll');
    assert.equal(await rounds.count(), COMBAT_ROUNDS);
    await page.locator('.rolls-earlier summary').click();
    assert.equal(await rounds.first().isVisible(), true);
    assert.equal(await overflow(page), 0, 'fight and markup');

    await page.locator('.choice').click();
    await untilVersion(page, 3);
    assert.equal(await overflow(page), 0, 'ending');
    await page.locator('#brand').click();
    await page.locator('.game-link').waitFor();
    assert.equal(await overflow(page), 0, 'games');
  });
}

test('what the author wrote is marked with the language of the story', async () => {
  const page = await stage.join({ viewport: { width: 1280, height: 900 } });
  await begin(page, stage.server.url);
  const languages = (selector) => page.locator(selector).evaluateAll((all) =>
    [...new Set(all.map((one) => one.closest('[lang]').lang))]);
  for (const selector of ['.story-title', '.prose', '.choice-text', '.choice-needs span',
    '.stat:not(:last-child) dt', '.item-name', '.item-description']) {
    assert.deepEqual(await languages(selector), ['de'], selector);
  }
  for (const selector of ['.choices-title', '.stat:last-child dt', '.inventory-title']) {
    assert.deepEqual(await languages(selector), ['en'], selector);
  }
});
