// Sharing a game in the page, against the real server: invitations, roles, and their end.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  begin, chooseFirst, openChoices, openGame, untilSaved, untilVersion, versionOf,
} from './support/browser.mjs';
import {
  answer, closePanel, openTab, panel, untilCount, untilRefused, untilSaid,
} from './support/panel.mjs';
import { useStage } from './support/stage.mjs';

const stage = useStage();
const { join } = stage;

const undoButton = (page) => page.getByRole('button', { name: 'Undo', exact: true });
const members = (page) => page.getByRole('list', { name: 'Members' }).locator('.entry');
const invitations = (page) => page.getByRole('list', { name: 'Invitations' }).locator('.entry');

// Make an invitation in the panel; gives its link.
const invite = async (page, role, once = true) => {
  await openTab(page, 'Sharing');
  await page.getByLabel('Invite somebody as').selectOption(role);
  await page.getByLabel('The link is good for one person only').setChecked(once);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await untilSaid(page, 'Invited.');
  const link = await page.getByLabel('Link of the invitation').inputValue();
  await closePanel(page);
  return link;
};

const accept = async (page, link) => {
  await page.goto(link);
  await answer(page, 'You are invited to a game', 'Accept');
};

// A game of one player that another one has as `role`, on two pages.
const shared = async (role) => {
  const owner = await join();
  await begin(owner, stage.server.url);
  const guest = await join();
  await accept(guest, await invite(owner, role));
  await untilVersion(guest, 1);
  await untilSaved(guest);
  return { owner, guest };
};

test('a player who was invited plays, goes back and saves', async () => {
  const { owner, guest } = await shared('player');
  assert.equal(new URL(guest.url()).hash, '', 'the code is in no address');
  await chooseFirst(guest);
  await untilVersion(owner, 2);
  await undoButton(guest).click();
  await untilVersion(owner, 3);
  await owner.getByText('Somebody else went back to version 1.').first().waitFor();
  await openTab(guest, 'Saves');
  await guest.getByLabel('Name of the new save').fill('Mine');
  await guest.keyboard.press('Enter');
  await untilSaid(guest, 'Saved as “Mine”.');
  await openTab(owner, 'Saves');
  await owner.getByText('0 of 20').waitFor();
  await openTab(guest, 'Game');
  await untilCount(guest.getByRole('button', { name: 'Delete', exact: true }), 0);
  await untilCount(guest.getByRole('button', { name: 'Fork', exact: true }), 1);
});

test('a spectator sees all of it and can do nothing in it', async () => {
  const { owner, guest } = await shared('spectator');
  await guest.getByText('You watch this game. Its players choose.').waitFor();
  await untilCount(openChoices(guest), 0);
  await chooseFirst(owner);
  await untilVersion(guest, 2);
  await untilCount(undoButton(guest), 0);
  await guest.keyboard.press('1');
  await guest.keyboard.press('Control+z');
  await openTab(guest, 'History');
  await panel(guest).locator('.entry').nth(1).waitFor();
  await untilCount(panel(guest).locator('summary'), 0);
  assert.deepEqual(await guest.getByRole('tab').allInnerTexts(), ['History', 'Sharing']);
  await closePanel(guest);
  assert.equal(await versionOf(guest), 2);
});

test('a link for one person is good once, the other until it is revoked', async () => {
  const owner = await join();
  await begin(owner, stage.server.url);
  const once = await invite(owner, 'player');
  const open = await invite(owner, 'spectator', false);
  const first = await join();
  await accept(first, once);
  await untilVersion(first, 1);
  const second = await join();
  await accept(second, once);
  await second.getByText('This code is not good any more').first().waitFor();
  await accept(second, open);
  await untilVersion(second, 1);

  await openTab(owner, 'Sharing');
  assert.deepEqual(await invitations(owner).locator('.entry-title').allInnerTexts(),
    ['Spectator, until revoked']);
  await owner.getByRole('button', { name: 'Revoke the invitation' }).click();
  await untilSaid(owner, 'Revoked');
  await untilCount(invitations(owner), 0);
  const third = await join();
  await accept(third, open);
  await third.getByText('This code is not good any more').first().waitFor();
  assert.equal(await third.locator('.book').isVisible(), false);
});

test('an invitation can be declined, and typed instead of opened', async () => {
  const owner = await join();
  await begin(owner, stage.server.url);
  const link = await invite(owner, 'player');
  const guest = await join();
  await guest.goto(link);
  await answer(guest, 'You are invited to a game', 'Cancel');
  await guest.locator('.card').first().waitFor();
  await openTab(guest, 'Codes');
  const field = guest.getByRole('textbox', { name: 'Invitation', exact: true });
  await field.fill(link);
  await field.press('Enter');
  await untilVersion(guest, 1);
  assert.equal(await panel(guest).isVisible(), false);
});

test('who is removed is told in words, at once, and sees the game no more', async () => {
  const { owner, guest } = await shared('player');
  await openTab(owner, 'Sharing');
  await members(owner).nth(1).waitFor();
  await owner.getByRole('button', { name: /^Remove Player/ }).click();
  await answer(owner, 'Remove this player?', 'Remove');
  await guest.getByRole('heading', { name: 'This game is not shared with you any more' }).waitFor();
  await untilCount(guest.getByRole('button', { name: 'Try again' }), 0);
  await untilSaid(owner, /^Removed player/);
  await untilCount(members(owner), 1);
  await guest.reload();
  await guest.getByRole('heading', { name: 'This game is not here' }).waitFor();
});

test('a role is changed, and the page of who has it follows', async () => {
  const { owner, guest } = await shared('player');
  await openTab(owner, 'Sharing');
  await owner.getByLabel(/^Role of Player/).selectOption('spectator');
  await untilSaid(owner, /is a spectator now/);
  // The guest finds out with the next thing that is not allowed any more.
  await openChoices(guest).first().click();
  await guest.getByText('You watch this game. Its players choose.').waitFor();
  assert.equal(await versionOf(guest), 1);
});

test('a game is handed over, and who gave it away may leave', async () => {
  const { owner, guest } = await shared('player');
  await openTab(owner, 'Sharing');
  // Never without an owner.
  await untilCount(owner.getByRole('button', { name: 'Leave this game' }), 0);
  await owner.getByRole('button', { name: /^Hand the game over/ }).click();
  await answer(owner, 'Hand the game over?', 'Hand over');
  await untilSaid(owner, /The game belongs to player/);
  await owner.getByRole('button', { name: 'Leave this game' }).click();
  await answer(owner, 'Leave this game?', 'Leave');
  await owner.getByText('You have left the game.').first().waitFor();
  await untilCount(owner.locator('.game-link'), 0);

  await openTab(guest, 'Sharing');
  await panel(guest).getByText('Owner').first().waitFor();
  await untilCount(members(guest), 1);
});

test('two tabs of an owner show the same people', async () => {
  const owner = await join();
  const gameId = await begin(owner, stage.server.url);
  const other = await owner.context().newPage();
  await openGame(other, stage.server.url, gameId);
  await openTab(other, 'Sharing');
  await members(other).first().waitFor();
  await invite(owner, 'player', false);
  await invitations(other).getByText('Player, until revoked').waitFor();
});
