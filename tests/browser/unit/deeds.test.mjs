// What the panel asks of the server, and what it says of the answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createGameDeeds, IMPORT_BYTES_MAX } from '../../../static/js/deeds/games.js';
import { createPeopleDeeds } from '../../../static/js/deeds/people.js';
import { codeOf, createPlayerDeeds } from '../../../static/js/deeds/player.js';
import { createSaveDeeds } from '../../../static/js/deeds/saves.js';
import { initialState, reduce } from '../../../static/js/reduce.js';
import { snapshotOf } from './support.mjs';

const MEMBERS = [{ session_id: 'me', role: 'owner', you: true },
  { session_id: 'other-one', role: 'player', you: false }];

const ANSWERS = {
  listSaves: { data: { saves: [{ slot: 1, name: 'Here' }], max: 20 }, status: 200 },
  putSave: { data: { slot: 1, name: 'Here' }, status: 201 },
  removeSave: { data: null, status: 204 },
  listHistory: { data: { events: [{ version: 1 }], version: 1 }, status: 200 },
  forkGame: { data: { game_id: 'fork' }, status: 201 },
  listMembers: { data: { members: MEMBERS, invitations: [] }, status: 200 },
  setMember: { data: {}, status: 200 },
  removeMember: { data: null, status: 204 },
  invite: { data: { invitation_id: 'i1', role: 'player', once: true, code: 'c0de' }, status: 201 },
  revokeInvitation: { data: null, status: 204 },
  exportGame: { data: 'document', status: 200 },
  importGame: { data: { game_id: 'imported' }, status: 201 },
  stopGame: { data: snapshotOf(6, { status: 'stopped' }), status: 200 },
  resetGame: { data: {}, status: 200 },
  deleteGame: { data: null, status: 204 },
  listGames: { data: { games: [] }, status: 200 },
  getSession: { data: { devices: [{ device_id: 'd1' }], rotate: true }, status: 200 },
  rotateSession: { data: {}, status: 200 },
  makeCarryCode: { data: { code: 'K7', expires: '2026-11-22T21:11:44.318Z' }, status: 201 },
  enterCarryCode: { data: {}, status: 200 },
  removeDevice: { data: null, status: 204 },
  acceptInvitation: { data: { game_id: 'shared', role: 'player' }, status: 200 },
};

const refused = (code, status = 409) =>
  ({ problem: 'in the words of the server', status, body: { code } });

// A page that remembers what it did. answers: other answers of the server; yes: to every question.
const setUp = ({ answers = {}, yes = true, play = true } = {}) => {
  let state = initialState;
  const did = [];
  const dispatch = (fact) => { state = reduce(state, fact); };
  const note = (name) => (...args) => { did.push([name, ...args]); };
  const api = Object.fromEntries(Object.entries({ ...ANSWERS, ...answers })
    .map(([name, answer]) => [name, async (...args) => {
      did.push([name, ...args]);
      return typeof answer === 'function' ? answer() : answer;
    }]));
  const page = {
    api, dispatch,
    state: () => state,
    ask: async (question) => {
      did.push(['ask', question.title]);
      assert.ok(question.title && question.text && question.yes);
      return yes;
    },
    goBack: note('goBack'), goTo: note('goTo'), closePanel: note('closePanel'), tell: note('tell'),
    download: note('download'), reopen: note('reopen'), label: 'Firefox on Linux', locks: null,
  };
  if (play) {
    dispatch({ type: 'ui_play', gameId: 'game-1' });
    dispatch(snapshotOf(5));
  }
  const deeds = { ...createSaveDeeds(page), ...createPeopleDeeds(page), ...createGameDeeds(page),
    ...createPlayerDeeds(page) };
  return { deeds, did, dispatch, state: () => state, names: () => did.map(([name]) => name) };
};

test('each deed asks for what it means, and tells the other tabs', async (t) => {
  const member = MEMBERS[1];
  const table = [
    { deed: 'save', with: { name: 'Mine' },
      calls: [['putSave', 'game-1', { name: 'Mine' }], ['tell', 'saves'], ['listSaves', 'game-1']] },
    { deed: 'save', with: { name: '' },
      calls: [['putSave', 'game-1', { name: 'Section 5, version 5' }], ['tell', 'saves'],
        ['listSaves', 'game-1']] },
    { deed: 'saveVersion', with: { version: 3, section: 9 },
      calls: [['putSave', 'game-1', { name: 'Section 9, version 3', version: 3 }], ['tell', 'saves'],
        ['listSaves', 'game-1']] },
    { deed: 'overwriteSave', with: { slot: 2, name: 'Old' },
      calls: [['ask', 'Overwrite this save?'], ['putSave', 'game-1', { slot: 2, name: 'Old' }],
        ['tell', 'saves'], ['listSaves', 'game-1']] },
    { deed: 'deleteSave', with: { slot: 2, name: 'Old' },
      calls: [['ask', 'Delete this save?'], ['removeSave', 'game-1', 2], ['tell', 'saves'],
        ['listSaves', 'game-1']] },
    { deed: 'goBack', with: { of: 3 }, calls: [['closePanel'], ['goBack', 3]] },
    { deed: 'setRole', with: { member, role: 'spectator' },
      calls: [['setMember', 'game-1', 'other-one', 'spectator'], ['tell', 'people'],
        ['listMembers', 'game-1']] },
    { deed: 'removeMember', with: { member },
      calls: [['ask', 'Remove this player?'], ['removeMember', 'game-1', 'other-one'],
        ['tell', 'people'], ['listMembers', 'game-1']] },
    { deed: 'invite', with: { role: 'player', once: true },
      calls: [['invite', 'game-1', 'player', true], ['tell', 'people'], ['listMembers', 'game-1']] },
    { deed: 'revoke', with: { invitationId: 'i1', name: 'Player' },
      calls: [['revokeInvitation', 'game-1', 'i1'], ['tell', 'people'], ['listMembers', 'game-1']] },
    { deed: 'exportGame', with: {},
      calls: [['exportGame', 'game-1'], ['download', 'lamp-5.casys-game.json', 'document']] },
    { deed: 'stopGame', with: {},
      calls: [['ask', 'End this game?'], ['stopGame', 'game-1', 5], ['closePanel']] },
    { deed: 'resetGame', with: {},
      calls: [['ask', 'Begin this game again?'], ['resetGame', 'game-1'], ['closePanel']] },
    { deed: 'deleteGame', with: {},
      calls: [['ask', 'Delete this game?'], ['deleteGame', 'game-1'], ['tell', 'games'],
        ['goTo', null, 'Deleted “The Lamp”.']] },
  ];
  for (const { deed, with: command, calls } of table) {
    await t.test(`${deed} ${JSON.stringify(command).slice(0, 40)}`, async () => {
      const { deeds, did } = setUp();
      await deeds[deed](command);
      assert.deepEqual(did, calls);
    });
  }
});

test('whoever answers no has changed nothing', async () => {
  const member = MEMBERS[1];
  const commands = { overwriteSave: { slot: 1, name: 'a' }, deleteSave: { slot: 1, name: 'a' },
    removeMember: { member }, handOver: { member }, leave: {}, stopGame: {}, resetGame: {},
    deleteGame: {}, deleteListed: { game: { game_id: 'g', title: 't' } },
    removeDevice: { device: { device_id: 'd' } }, acceptInvitation: { code: 'c' },
    followCarry: { code: 'c' } };
  for (const [deed, command] of Object.entries(commands)) {
    const { deeds, did, dispatch } = setUp({ yes: false });
    dispatch({ type: 'ui_part', part: 'people', changes: { list: MEMBERS } });
    await deeds[deed](command);
    const asked = did.filter(([name]) => !['ask', 'getSession', 'listGames'].includes(name));
    assert.deepEqual(asked, [], deed);
    assert.ok(did.some(([name]) => name === 'ask'), deed);
  }
});

test('every refusal is told in the part of the page where it was asked for', async (t) => {
  const member = MEMBERS[1];
  const chosen = { size: 10 };
  const table = [
    ['saves', 'listSaves', {}, 'listSaves'], ['saves', 'save', { name: 'a' }, 'putSave'],
    ['saves', 'deleteSave', { slot: 1, name: 'a' }, 'removeSave'],
    ['history', 'showHistory', {}, 'listHistory'], ['history', 'fork', { version: 1 }, 'forkGame'],
    ['people', 'listPeople', {}, 'listMembers'],
    ['people', 'invite', { role: 'player', once: true }, 'invite'],
    ['people', 'revoke', { invitationId: 'i', name: 'n' }, 'revokeInvitation'],
    ['people', 'setRole', { member, role: 'player' }, 'setMember'],
    ['people', 'removeMember', { member }, 'removeMember'],
    ['file', 'exportGame', {}, 'exportGame'], ['file', 'stopGame', {}, 'stopGame'],
    ['file', 'resetGame', {}, 'resetGame'], ['file', 'deleteGame', {}, 'deleteGame'],
    ['player', 'importGame', { chosen }, 'importGame'], ['player', 'makeCarry', {}, 'makeCarryCode'],
    ['player', 'enterCode', { text: 'K7' }, 'enterCarryCode'],
    ['player', 'removeDevice', { device: { device_id: 'd' } }, 'removeDevice'],
    ['player', 'listDevices', {}, 'getSession'],
    ['player', 'acceptInvitation', { code: 'c' }, 'acceptInvitation'],
  ];
  for (const [part, deed, command, call] of table) {
    await t.test(`${deed}: ${call}`, async () => {
      const { deeds, state, names } = setUp({ answers: { [call]: refused('a_new_code') } });
      await deeds[deed](command);
      assert.equal(state()[part].problem, 'in the words of the server');
      assert.equal(state()[part].said, '');
      assert.equal(state()[part].busy, null);
      assert.ok(!names().includes('goTo') && !names().includes('tell'));
    });
  }
});

test('what comes back for a game that was left is not shown in the next one', async () => {
  let left = null;
  const { deeds, dispatch, state } = setUp({
    answers: { listSaves: () => { left(); return ANSWERS.listSaves; } },
  });
  left = () => dispatch({ type: 'ui_play', gameId: 'game-2' });
  await deeds.listSaves();
  assert.equal(state().saves.list, null);
  assert.equal(state().saves.busy, null);
});

test('the second click while the first is under way asks nothing', async () => {
  const { deeds, names } = setUp();
  await Promise.all([deeds.exportGame(), deeds.exportGame()]);
  assert.deepEqual(names(), ['exportGame', 'download']);
});

test('the history begins with the newest versions and is paged both ways', async (t) => {
  for (const { why, version, after, asks } of [
    { why: 'a short game', version: 5, asks: [0, 5] },
    { why: 'the newest of a long one', version: 50, asks: [30, 20] },
    { why: 'older', version: 50, after: 10, asks: [10, 20] },
    { why: 'the last few', version: 50, after: 45, asks: [45, 5] },
    { why: 'the beginning', version: 50, after: 0, asks: [0, 20] },
  ]) {
    await t.test(why, async () => {
      const { deeds, did, dispatch } = setUp();
      dispatch({ type: 'ui_play', gameId: 'game-1' });
      dispatch(snapshotOf(version));
      await deeds.showHistory({ after });
      assert.deepEqual(did, [['listHistory', 'game-1', ...asks]]);
    });
  }
});

test('a fork opens, and says what it is', async () => {
  const { deeds, did } = setUp();
  await deeds.fork({ version: 3 });
  const [, gameId, notice] = did.find(([name]) => name === 'goTo');
  assert.equal(gameId, 'fork');
  assert.match(notice.text, /version 3/);
});

test('who hands a game over makes an owner first and is a player then', async () => {
  const { deeds, did, dispatch } = setUp();
  dispatch({ type: 'ui_part', part: 'people', changes: { list: MEMBERS } });
  await deeds.handOver({ member: MEMBERS[1] });
  assert.deepEqual(did.filter(([name]) => name === 'setMember'),
    [['setMember', 'game-1', 'other-one', 'owner'], ['setMember', 'game-1', 'me', 'player']]);
  const failing = setUp({ answers: { setMember: refused('forbidden', 403) } });
  failing.dispatch({ type: 'ui_part', part: 'people', changes: { list: MEMBERS } });
  await failing.deeds.handOver({ member: MEMBERS[1] });
  assert.equal(failing.names().filter((name) => name === 'setMember').length, 1);
});

test('the role is what the server says, and a stranger\'s is no problem', async () => {
  const mine = setUp();
  await mine.deeds.findRole();
  assert.equal(mine.state().play.role, 'owner');
  const stranger = setUp({ answers: { listMembers: refused('forbidden', 403) } });
  await stranger.deeds.findRole();
  assert.equal(stranger.state().play.role, 'stranger');
  assert.equal(stranger.state().people.problem, '');
});

test('a file that is too large is not sent', async () => {
  const { deeds, did, state } = setUp({ play: false });
  await deeds.importGame({ chosen: { size: IMPORT_BYTES_MAX + 1 } });
  assert.deepEqual(did, []);
  assert.match(state().player.problem, /8 MiB/);
});

test('a game that is gone already counts as deleted', async () => {
  const { deeds, state } = setUp({ play: false, answers: { deleteGame: refused('game_not_found', 404) } });
  await deeds.deleteListed({ game: { game_id: 'g', title: 'Lamp' } });
  assert.equal(state().home.said, 'Deleted “Lamp”.');
});

test('a code is what was typed, without what came along with it', () => {
  assert.equal(codeOf(' K7QM-4ZPT \n9XWD '), 'K7QM-4ZPT9XWD');
  assert.equal(codeOf('https://example.org/#carry=K7QM'), 'K7QM');
  assert.equal(codeOf('look: https://example.org/#invite=aB-_9 !'), 'aB-_9');
  assert.equal(codeOf('   '), '');
});

test('a code is entered without a question where nothing would be left behind', async () => {
  const free = setUp({ play: false });
  await free.deeds.enterCode({ text: 'K7' });
  assert.deepEqual(free.names(), ['listGames', 'enterCarryCode', 'tell', 'reopen']);
  assert.deepEqual(free.did[1], ['enterCarryCode', 'K7', 'Firefox on Linux']);
  const listGames = { data: { games: [{}, {}] }, status: 200 };
  const kept = setUp({ play: false, yes: false, answers: { listGames } });
  await kept.deeds.enterCode({ text: 'K7' });
  assert.deepEqual(kept.names(), ['listGames', 'ask']);
  const empty = setUp({ play: false });
  await empty.deeds.enterCode({ text: ' ' });
  assert.deepEqual(empty.names(), []);
  assert.ok(empty.state().player.problem);
});

test('a link is followed only after a yes', async () => {
  const invited = setUp({ play: false });
  await invited.deeds.acceptInvitation({ code: 'c0de' });
  assert.deepEqual(invited.did, [['ask', 'You are invited to a game'], ['acceptInvitation', 'c0de'],
    ['tell', 'games'], ['goTo', 'shared']]);
  const typed = setUp({ play: false });
  await typed.deeds.acceptInvitation({ code: 'c0de', asked: true });
  assert.ok(!typed.names().includes('ask'));
  const carried = setUp({ play: false });
  await carried.deeds.followCarry({ code: 'K7' });
  assert.deepEqual(carried.names(),
    ['getSession', 'listGames', 'ask', 'enterCarryCode', 'tell', 'reopen']);
});

test('the secret is made anew when the server says so, by one tab only', async () => {
  const due = setUp({ play: false });
  await due.deeds.checkSession();
  assert.deepEqual(due.names(), ['getSession', 'getSession', 'rotateSession']);
  const fresh = { data: { devices: [], rotate: false }, status: 200 };
  const young = setUp({ play: false, answers: { getSession: fresh } });
  await young.deeds.checkSession();
  assert.deepEqual(young.names(), ['getSession']);
  let asked = 0;
  const late = setUp({ play: false, answers: {
    getSession: () => (asked++ === 0 ? ANSWERS.getSession : fresh),
  } });
  await late.deeds.checkSession();
  assert.deepEqual(late.names(), ['getSession', 'getSession']);
  const nobody = setUp({ play: false, answers: { getSession: refused('unauthorized', 401) } });
  await nobody.deeds.checkSession();
  await nobody.deeds.listDevices();
  assert.equal(nobody.state().player.problem, '');
  assert.equal(nobody.state().player.known, false);
});

test('a device that is ended goes; this one makes the page nobody\'s', async () => {
  const other = setUp({ play: false });
  await other.deeds.removeDevice({ device: { device_id: 'd2', label: 'Phone', current: false } });
  assert.deepEqual(other.names(), ['ask', 'removeDevice', 'tell', 'getSession']);
  assert.match(other.state().player.said, /Phone/);
  const own = setUp({ play: false });
  await own.deeds.removeDevice({ device: { device_id: 'd1', label: '', current: true } });
  assert.deepEqual(own.names(), ['ask', 'removeDevice', 'tell', 'reopen']);
});
