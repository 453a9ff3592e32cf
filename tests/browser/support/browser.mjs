// Chromium for the tests, and the things a player does in it.

import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-first-run'];

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
  args: FLAGS,
});

// What the browser itself reports when a connection fails; the page deals with it.
const NETWORK = /WebSocket connection|net::ERR_|Failed to load resource/;

// A page in a browser profile of its own. `faults` collects what must never happen: errors of
// scripts, and of the Content-Security-Policy.
export const newPlayer = async (browser, options = {}) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !NETWORK.test(message.text())) faults.push(message.text());
  });
  return { context, page, faults };
};

export const noFaults = (...players) => {
  for (const { faults } of players) assert.deepEqual(faults, []);
};

const book = (page) => page.locator('.book');

export const versionOf = async (page) => Number(await book(page).getAttribute('data-version'));

export const untilVersion = (page, version) =>
  page.locator(`.book[data-version="${version}"]`).waitFor();

export const untilSaved = (page) => page.locator('.connection[data-kind="saved"]').waitFor();

// Open the list and begin its first story.
export const begin = async (page, url, name = '') => {
  await page.goto(url);
  const card = page.locator('.card').first();
  await card.locator('input').fill(name);
  await card.getByRole('button', { name: 'Begin' }).click();
  await untilVersion(page, 1);
  await untilSaved(page);
  return new URL(page.url()).searchParams.get('game');
};

// A game that whoever knows its id may play.
export const newLinkGame = async (url) => {
  const response = await fetch(`${url}/api/game/initialize`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}',
  });
  assert.equal(response.status, 200);
  return (await response.json()).game_id;
};

export const openGame = async (page, url, gameId) => {
  await page.goto(`${url}/?game=${gameId}`);
  await book(page).waitFor();
  await untilSaved(page);
};

export const openChoices = (page) => page.locator('.choice:not([aria-disabled="true"])');

// Take the first open choice and wait for what it leads to. Gives its text.
export const chooseFirst = async (page) => {
  const version = await versionOf(page);
  const button = openChoices(page).first();
  const text = await button.locator('.choice-text').textContent();
  await button.click();
  await untilVersion(page, version + 1);
  return text;
};

// By how many pixels the page is wider than its window; what is there can only be scrolled to.
export const overflow = (page) => page.evaluate(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return Math.max(0, scrollWidth - clientWidth); // less than 0 beside a gutter for a scroll bar
});

// Every choice that the page sends from now on, on any of its sockets.
export const recordChoices = (page) => {
  const sent = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    const message = JSON.parse(payload);
    if (message.type === 'choice') sent.push(message);
  }));
  return sent;
};
