// The page by keyboard, by ear, on small screens and zoomed, against the real server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  begin, chooseFirst, openChoices, overflow, untilSaved, untilVersion, versionOf,
} from './support/browser.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage();
const { join } = stage;

const focused = (page) => page.evaluate(() => {
  const { activeElement: one } = document;
  return { tag: one.localName, name: one.className, text: one.textContent };
});

// Press Tab until what has the focus is the element looked for.
const tabTo = async (page, matches) => {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    const one = await focused(page);
    if (matches(one)) return one;
  }
  throw new Error('Tab never came there');
};

// Controls as assistive technology gets them.
const accessibilityTree = async (page) => {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send('Accessibility.getFullAXTree');
  await client.detach();
  return nodes.filter((node) => !node.ignored).map((node) => ({
    role: node.role?.value,
    name: node.name?.value ?? '',
  }));
};

// The levels of the headings that can be seen, from top to bottom.
const headingLevels = (page) => page.evaluate(() =>
  [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
    .filter((heading) => heading.checkVisibility())
    .map((heading) => Number(heading.localName[1])));

const CONTROLS = new Set(['button', 'link', 'textbox', 'DisclosureTriangle', 'checkbox']);

const checkTree = async (page, where) => {
  const nodes = await accessibilityTree(page);
  const controls = nodes.filter(({ role }) => CONTROLS.has(role));
  assert.ok(controls.length > 0, where);
  for (const { role, name } of controls) assert.ok(name.trim(), `${where}: a ${role} has a name`);
  const levels = await headingLevels(page);
  assert.equal(levels.filter((level) => level === 1).length, 1, `${where}: one h1 of ${levels}`);
  levels.reduce((before, level) => {
    assert.ok(level <= before + 1, `${where}: headings in order, ${levels}`);
    return level;
  }, 0);
  assert.equal(nodes.filter(({ role }) => role === 'main').length, 1, where);
};

test('a story is begun and played by keyboard alone', async () => {
  const page = await join();
  await page.goto(stage.server.url);
  await page.locator('.card').first().waitFor();
  await tabTo(page, ({ tag }) => tag === 'input');
  await page.keyboard.type('Mara 123');
  await tabTo(page, ({ text }) => text === 'Begin');
  await page.keyboard.press('Enter');
  await untilVersion(page, 1);
  await untilSaved(page);
  assert.equal(await page.locator('.sheet-title').textContent(), 'Mara 123');

  await tabTo(page, ({ name }) => name === 'choice');
  await page.keyboard.press('Enter');
  await untilVersion(page, 2);
  assert.equal((await focused(page)).name, 'section-number', 'a new section has the focus');

  const version = await versionOf(page);
  const number = await page.evaluate(() => 1 + [...document.querySelectorAll('.choice')]
    .findIndex((button) => button.getAttribute('aria-disabled') !== 'true'));
  await page.keyboard.press(`Control+${number}`);
  await page.keyboard.press(`Shift+${number}`);
  await page.keyboard.press('9');
  assert.equal(await versionOf(page), version);
  await page.keyboard.press(String(number));
  await untilVersion(page, version + 1);
});

test('a digit typed into a field is a digit', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  await page.goBack();
  await page.locator('.card input').first().fill('');
  await page.locator('.card input').first().press('1');
  assert.equal(await page.locator('.card input').first().inputValue(), '1');
});

// The first section of the shipped story with a closed choice is some steps in: walk until one.
const walkToClosedChoice = async (page) => {
  for (let i = 0; i < 60; i += 1) {
    const closed = page.locator('.is-closed .choice');
    if (await closed.count() > 0) return closed.first();
    if (await page.locator('.ending').isVisible()) await begin(page, stage.server.url);
    const buttons = await openChoices(page).count();
    const version = await versionOf(page);
    await openChoices(page).nth(i % buttons).click();
    await untilVersion(page, version + 1);
  }
  throw new Error('no closed choice found');
};

test('a closed choice can be reached, says what it needs and does nothing', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  const closed = await walkToClosedChoice(page);
  const version = await versionOf(page);
  await closed.focus();
  assert.equal((await focused(page)).name, 'choice');
  const description = await closed.evaluate((button) =>
    document.getElementById(button.getAttribute('aria-describedby')).textContent);
  assert.match(description, /^Needs: \S/);
  await page.keyboard.press('Enter');
  await page.getByText(/^Not possible yet\. You need: \S/).first().waitFor();
  assert.equal(await versionOf(page), version);
});

test('controls have names and headings are in order everywhere', async () => {
  const page = await join();
  await page.goto(stage.server.url);
  await page.locator('.card').first().waitFor();
  await checkTree(page, 'list');
  await begin(page, stage.server.url);
  await checkTree(page, 'first section');
  await chooseFirst(page);
  await checkTree(page, 'second section');
  await page.goto(`${stage.server.url}/?game=nothing-here`);
  await page.getByRole('heading', { name: 'This game is not here' }).waitFor();
  await checkTree(page, 'missing game');
});

test('news are said once, politely, and not at the first sight', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  const news = page.locator('#news [role="status"]');
  assert.equal(await news.count(), 3); // story, connection, company
  assert.deepEqual(await news.allTextContents(), ['', '', '']);
  assert.equal(await page.locator('[aria-live="assertive"]').count(), 0);
  assert.equal(await page.locator('.prose[aria-live], .choices[aria-live]').count(), 0);
});

for (const [why, viewport] of [['a small phone', { width: 320, height: 640 }],
  ['a phone', { width: 360, height: 740 }], ['a laptop at 200 %', { width: 640, height: 400 }],
  ['a tablet', { width: 768, height: 1024 }], ['a desktop', { width: 1280, height: 900 }]]) {
  test(`nothing is cut off on ${why}`, async () => {
    const page = await join({ viewport });
    await page.goto(stage.server.url);
    await page.locator('.card').first().waitFor();
    assert.equal(await overflow(page), 0, 'list');
    await begin(page, stage.server.url, 'W'.repeat(50));
    assert.equal(await overflow(page), 0, 'section');
    const small = await page.evaluate(() => [...document.querySelectorAll('.choice, .is-primary')]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).length);
    assert.equal(small, 0, 'controls are large enough for a thumb');
  });
}

test('who wants less motion gets none', async () => {
  const page = await join({ reducedMotion: 'reduce' });
  await begin(page, stage.server.url);
  const durations = await page.evaluate(() => [...document.querySelectorAll('*')]
    .flatMap((one) => {
      const style = getComputedStyle(one);
      return [style.transitionDuration, style.animationDuration].join(', ').split(', ');
    })
    .filter((duration) => parseFloat(duration) > 0));
  assert.deepEqual(durations, []);
});

test('the dark scheme is dark', async () => {
  const light = await join({ colorScheme: 'light' });
  const dark = await join({ colorScheme: 'dark' });
  const backgrounds = [];
  for (const page of [light, dark]) {
    await page.goto(stage.server.url);
    backgrounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  const sums = backgrounds.map((color) => color.match(/\d+/g).map(Number).reduce((a, b) => a + b));
  assert.ok(sums[0] > 600 && sums[1] < 120, backgrounds.join(' '));
});
