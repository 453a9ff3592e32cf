// Playing in the page, against the real server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  begin, chooseFirst, newLinkGame, openChoices, openGame, recordChoices, untilSaved, untilVersion,
  versionOf,
} from './support/browser.mjs';
import { useStage } from './support/stage.mjs';

// More steps than any way through the shipped stories takes.
const STEPS_MAX = 300;

const GAMES_OF_A_PAGE = 50;

const stage = useStage();
const { join } = stage;

// Among the open choices the one taken least often so far, so that a walk in a circle ends.
const chooseFresh = async (page, taken) => {
  const version = await versionOf(page);
  const section = await page.locator('.section-number').textContent();
  const count = await openChoices(page).count();
  assert.ok(count > 0, `${section}: a section without an ending has an open choice`);
  const keys = [];
  for (let i = 0; i < count; i += 1) {
    keys.push(`${section}/${await openChoices(page).nth(i).locator('.choice-text').textContent()}`);
  }
  const uses = (key) => taken.get(key) ?? 0;
  const best = keys.reduce((a, b) => (uses(b) < uses(a) ? b : a));
  taken.set(best, uses(best) + 1);
  await openChoices(page).nth(keys.indexOf(best)).click();
  await untilVersion(page, version + 1);
};

test('a story is begun under a name, played to an ending, and begun again', async () => {
  const page = await join();
  const first = await begin(page, stage.server.url, 'Wilhelmina');
  assert.equal(await page.locator('.sheet-title').textContent(), 'Wilhelmina');
  assert.deepEqual(await page.locator('.stat dt').allTextContents(),
    ['Endurance', 'Luck', 'Skill', 'Ebb', 'Gold']);
  const taken = new Map();
  for (let i = 0; i < STEPS_MAX; i += 1) {
    if (await page.locator('.ending').isVisible()) break;
    await chooseFresh(page, taken);
  }
  await page.locator('.ending').waitFor();
  assert.equal(await openChoices(page).count(), 0);
  await page.getByRole('button', { name: 'Begin again' }).click();
  await page.waitForURL((url) => url.searchParams.get('game') !== first);
  await untilVersion(page, 1);
  assert.equal(await page.locator('.sheet-title').textContent(), 'Wilhelmina');
  await page.locator('#brand').click();
  await page.locator('.game-link').nth(1).waitFor();
  assert.equal(await page.locator('.game-link').count(), 2);
});

// Take the open choice with these words.
const choose = async (page, text) => {
  const version = await versionOf(page);
  await openChoices(page).filter({ hasText: text }).first().click();
  await untilVersion(page, version + 1);
};

const beginTutorial = async (page) => {
  await page.goto(stage.server.url);
  const card = page.locator('.card').filter({ hasText: 'A Cat for the Cormorant' });
  await card.getByRole('button', { name: 'Begin' }).click();
  await untilVersion(page, 1);
  for (const text of ['Go ashore', 'Walk down', 'Go up into']) await choose(page, text);
};

test('a fight shows its foes round by round, and things can be used in it', async () => {
  const page = await join();
  await beginTutorial(page);
  assert.equal(await page.locator('.fight').isVisible(), false);
  await choose(page, 'Look in at the warehouse');
  await choose(page, 'Take the broom');
  assert.deepEqual(await page.locator('.fighter').allInnerTexts().then((texts) =>
    texts.map((text) => text.replace(/\s+/g, ' '))),
  ['Nan Tully Skill 8 Endurance 10', 'Wharf rat Skill 6 Endurance 4', 'Bigger rat Skill 7 Endurance 6']);
  assert.equal(await page.locator('.fight-title').textContent(), 'The fight');

  await choose(page, /^\s*1\s*Swing the broom/);
  assert.equal(await page.locator('.fight-title').textContent(), 'The fight, after round 1');
  assert.match(await page.locator('.roll').first().innerText(), /You[^]*Wharf rat/);
  assert.ok(await page.locator('.fight').evaluate((node) => node === document.activeElement),
    'a round leaves the eye at the fight');
  assert.ok(await page.locator('.fight + .rolls').isVisible(), 'its dice stand by the foes');

  assert.equal(await page.locator('.choice-item.is-use').count(), 1);
  await choose(page, 'Chew the ginger');
  assert.equal(await page.locator('.fight-title').textContent(), 'The fight, after round 2');
  assert.equal(await page.locator('.item.is-gone').innerText().then((text) =>
    text.includes('Candied ginger')), true);
  assert.equal(await page.locator('.rolls').isVisible(), false);
  await choose(page, 'Run for the door');
  assert.equal(await page.locator('.fight').isVisible(), false);
  assert.equal(await page.locator('.fight + .rolls').count(), 0);
  assert.ok(await page.locator('.section-number').evaluate((node) =>
    node === document.activeElement), 'a new section begins at its top');
});

test('a thing can be used where it stands on the sheet', async () => {
  const page = await join();
  await beginTutorial(page);
  const use = page.locator('.item').filter({ hasText: 'Ship\'s biscuit' })
    .getByRole('button', { name: 'Use: Eat the biscuit' });
  const version = await versionOf(page);
  await use.click();
  await untilVersion(page, version + 1);
  assert.equal(await page.locator('.item.is-gone').count(), 1);
  assert.equal(await page.locator('.item-use').count(), 0);
  assert.match(await page.locator('.stat').first().locator('dd').innerText(), /\+3/);
});

test('a throw that failed can be made again, for its price', async () => {
  const page = await join();
  const again = openChoices(page).filter({ hasText: 'Roll again' });
  // Two dice above 8 come soon; whoever is not back in time begins again.
  for (let i = 0; i < STEPS_MAX && await again.count() === 0; i += 1) {
    if (i % 8 === 0) await beginTutorial(page);
    else await choose(page, 'Climb down again');
    await choose(page, 'Climb to the roofs');
    await choose(page, /^\s*1\s*Climb/);
  }
  assert.match(await page.locator('.roll').innerText(), /8 or less needed\s+Failure/);
  assert.deepEqual(await openChoices(page).locator('.choice-text').allTextContents(),
    ['Roll again', 'Accept the result']);
  const endurance = page.locator('.stat').first().locator('dd');
  await choose(page, 'Roll again');
  assert.match(await endurance.innerText(), /−\d/);
  assert.equal(await again.count(), 0);
});

test('two browsers see each other\'s choices', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const anna = await join();
  const ben = await join();
  await openGame(anna, stage.server.url, gameId);
  await openGame(ben, stage.server.url, gameId);
  assert.equal(await versionOf(anna), 1);

  const text = await chooseFirst(anna);
  await untilVersion(ben, 2);
  assert.match(await ben.locator('.book > .notice').textContent(), /^Somebody else chose: /);
  assert.ok((await ben.locator('.book > .notice').textContent()).includes(text));
  assert.equal(await anna.locator('.book > .notice').isVisible(), false);

  await chooseFirst(ben);
  await untilVersion(anna, 3);
  assert.equal(await anna.locator('.prose').innerHTML(), await ben.locator('.prose').innerHTML());
  assert.equal(await anna.locator('.sheet').innerText(), await ben.locator('.sheet').innerText());
});

test('of two who choose at once one is told that the other was first', async () => {
  const gameId = await newLinkGame(stage.server.url);
  const pages = [await join(), await join()];
  for (const page of pages) await openGame(page, stage.server.url, gameId);
  await Promise.all(pages.map((page) => openChoices(page).first().click({ noWaitAfter: true })));
  for (const page of pages) await page.waitForFunction(
    () => Number(document.querySelector('.book').dataset.version) >= 2);
  for (const page of pages) await untilSaved(page);
  const versions = await Promise.all(pages.map(versionOf));
  const told = await Promise.all(pages.map((page) => page.locator('.book > .notice').isVisible()));
  // They may also have come one after the other; then both choices count.
  if (versions[0] === 2) assert.deepEqual([...told].sort(), [false, true]);
  else assert.deepEqual(versions, [3, 3]);
});

test('the second click of a double click, on the next section, chooses nothing', async () => {
  const page = await join();
  const sent = recordChoices(page);
  await begin(page, stage.server.url);
  await chooseFirst(page);
  await openChoices(page).first().hover();
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  await chooseFirst(page);
  assert.equal(await versionOf(page), 3);
  assert.equal(sent.length, 2);
});

test('a reload keeps the place and sends nothing', async () => {
  const page = await join();
  await begin(page, stage.server.url);
  await chooseFirst(page);
  const prose = await page.locator('.prose').innerText();
  const sent = recordChoices(page);
  await page.reload();
  await untilVersion(page, 2);
  await untilSaved(page);
  assert.equal(await page.locator('.prose').innerText(), prose);
  assert.deepEqual(sent, []);
});

test('back and forward move between the list and games', async () => {
  const page = await join();
  const gameId = await begin(page, stage.server.url);
  await page.goBack();
  await page.locator(`.game-link[href="/?game=${gameId}"]`).waitFor();
  assert.equal(await page.locator('.book').isVisible(), false);
  await page.goForward();
  await untilVersion(page, 1);
  await page.locator('#brand').click();
  await page.locator('.game-link').first().click();
  await untilVersion(page, 1);
  assert.equal(new URL(page.url()).searchParams.get('game'), gameId);
});

test('of many games the older ones are shown when asked for', async () => {
  const page = await join();
  const first = await begin(page, stage.server.url);
  for (let i = 0; i < GAMES_OF_A_PAGE; i += 1) {
    const response = await page.request.post(`${stage.server.url}/api/games`,
      { data: {}, headers: { origin: stage.server.url } });
    assert.equal(response.status(), 201);
  }
  await page.locator('#brand').click();
  await page.locator('.game-link').first().waitFor();
  assert.equal(await page.locator('.game-link').count(), GAMES_OF_A_PAGE);
  await page.getByRole('button', { name: 'Show older games' }).click();
  await page.locator(`.game-link[href="/?game=${first}"]`).waitFor();
  assert.equal(await page.locator('.game-link').count(), GAMES_OF_A_PAGE + 1);
  assert.equal(await page.getByRole('button', { name: 'Show older games' }).count(), 0);
});

test('a private game is nobody else\'s', async () => {
  const owner = await join();
  const gameId = await begin(owner, stage.server.url);
  const stranger = await join();
  await stranger.goto(`${stage.server.url}/?game=${gameId}`);
  await stranger.getByRole('heading', { name: 'This game is not here' }).waitFor();
  assert.equal(await stranger.getByRole('button', { name: 'Try again' }).count(), 0);
  assert.equal(await stranger.locator('.book').isVisible(), false);
  assert.equal(await stranger.locator('.prose').textContent(), '');
});

test('a game that does not exist is said to be missing', async () => {
  const page = await join();
  await page.goto(`${stage.server.url}/?game=nothing-here`);
  await page.getByRole('heading', { name: 'This game is not here' }).waitFor();
  await page.getByRole('button', { name: 'All stories' }).click();
  await page.locator('.card').first().waitFor();
});

test('the policy of the page lets nothing in but its own files', async () => {
  const response = await fetch(stage.server.url);
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  const page = await join();
  const hosts = new Set();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await begin(page, stage.server.url);
  assert.deepEqual([...hosts], [new URL(stage.server.url).host]);
});
