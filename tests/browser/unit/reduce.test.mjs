// What the page knows after each message.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changesBetween, initialState, reduce } from '../../../static/js/reduce.js';
import { characterOf, snapshotOf } from './support.mjs';

const PENDING = {
  deed: 'choice', choice_id: 'climb', choice_text: 'Climb the wall', version: 1, request_id: 'r1', saved: 0,
};
const ACK = {
  type: 'choice_ack', request_id: 'r1', game_id: 'game-1', version: 2, duplicate: false,
};

const after = (...messages) => messages.reduce(reduce, initialState);
const OPENED = [{ type: 'ui_play', gameId: 'game-1' }, snapshotOf(1)];
const CHOSEN = [...OPENED, { type: 'ui_pending', pending: PENDING }];

test('a message that changes nothing returns the same state', async (t) => {
  const table = [
    { why: 'an unknown type', message: { type: 'surprise' } },
    { why: 'a name of Object', message: { type: 'toString' } },
    { why: 'a pong', message: { type: 'pong', timestamp: 1 } },
    { why: 'the same version again', message: snapshotOf(1) },
    { why: 'a state of another game', message: snapshotOf(5, { game_id: 'game-2' }) },
    { why: 'an answer to nobody', message: ACK },
    { why: 'an error to nobody', message: { type: 'message_error', code: 'internal' } },
  ];
  for (const { why, message } of table) {
    await t.test(why, () => {
      const state = after(...OPENED);
      assert.equal(reduce(state, message), state);
    });
  }
});

test('a state without an open game is ignored', () => {
  assert.equal(reduce(initialState, snapshotOf(1)), initialState);
});

test('a lower version is never shown', () => {
  const state = after(...OPENED, snapshotOf(5), snapshotOf(4));
  assert.equal(state.play.snapshot.version, 5);
});

test('a choice is pending until it is acknowledged and its version is shown', () => {
  const chosen = after(...CHOSEN);
  assert.equal(chosen.play.pending.saved, 0);
  const saved = reduce(chosen, ACK);
  assert.equal(saved.play.pending.saved, 2);
  const shown = reduce(saved, snapshotOf(2));
  assert.equal(shown.play.pending, null);
  assert.equal(shown.play.notice, null);
});

test('an acknowledgement that comes after its state closes the choice too', () => {
  const state = after(...CHOSEN, snapshotOf(2), { ...ACK, duplicate: true });
  assert.equal(state.play.pending, null);
  assert.equal(state.play.notice, null);
});

test('a state of somebody else does not end the own choice', () => {
  const state = after(...CHOSEN, snapshotOf(2));
  assert.deepEqual(state.play.pending, PENDING);
});

test('a stale choice shows the truth and says why', () => {
  const state = after(...CHOSEN, {
    type: 'choice_error', code: 'stale_version', request_id: 'r1', version: 2, state: snapshotOf(2),
  });
  assert.equal(state.play.pending, null);
  assert.equal(state.play.snapshot.version, 2);
  assert.equal(state.play.notice.code, 'stale_version');
});

test('an older state in an error is not shown', () => {
  const state = after(...OPENED, snapshotOf(3), { type: 'ui_pending', pending: PENDING },
    { type: 'choice_error', code: 'internal', request_id: 'r1', state: snapshotOf(2) });
  assert.equal(state.play.snapshot.version, 3);
  assert.equal(state.play.pending, null);
});

test('a refusal to be repeated keeps the choice', async (t) => {
  for (const code of ['rate_limited', 'shutting_down']) {
    await t.test(code, () => {
      const state = after(...CHOSEN, { type: 'choice_error', code, request_id: 'r1' });
      assert.deepEqual(state.play.pending, PENDING);
      assert.equal(state.play.notice.code, code);
    });
  }
});

test('what others did is told, what we did is not', async (t) => {
  await t.test('one step of somebody else', () => {
    const { notice } = after(...OPENED, snapshotOf(2)).play;
    assert.deepEqual(notice, { code: 'others_choice', text: 'Climb the wall' });
  });
  await t.test('one step that was no choice', () => {
    const reset = snapshotOf(2, { decision: { player_input: null, choice_id: null, rolls: [] } });
    assert.equal(after(...OPENED, reset).play.notice.code, 'caught_up');
  });
  await t.test('several steps', () => {
    assert.equal(after(...OPENED, snapshotOf(4)).play.notice.code, 'caught_up');
  });
  await t.test('our own step', () => {
    assert.equal(after(...CHOSEN, ACK, snapshotOf(2)).play.notice, null);
  });
  await t.test('the first state of all', () => {
    assert.equal(after(...OPENED).play.notice, null);
  });
});

test('a closed choice leaves a notice and nothing pending', () => {
  const choice = { id: 'rope', text: 'Down', available: false, needs: [{ text: 'Rope' }] };
  const { play } = after(...OPENED, { type: 'ui_unavailable', choice });
  assert.equal(play.pending, null);
  assert.deepEqual(play.notice.needs, choice.needs);
});

test('a choice kept from before a reload comes back as pending', () => {
  const state = after({ type: 'ui_play', gameId: 'game-1', pending: PENDING });
  assert.deepEqual(state.play.pending, PENDING);
});

test('the changes of a step are those of stats, gold and items', () => {
  const before = { character: characterOf({ endurance: 20, skill: 8 }, 5, { rope: 1, ration: 3 }) };
  const later = { character: characterOf({ endurance: 17, skill: 8 }, 9, { ration: 2, lamp: 1 }) };
  assert.deepEqual(changesBetween(before, later), [
    { kind: 'stat', id: 'endurance', name: 'ENDURANCE', from: 20, to: 17 },
    { kind: 'gold', id: 'gold', name: 'Gold', from: 5, to: 9 },
    { kind: 'item', id: 'rope', name: 'ROPE', from: 1, to: 0 },
    { kind: 'item', id: 'ration', name: 'RATION', from: 3, to: 2 },
    { kind: 'item', id: 'lamp', name: 'LAMP', from: 0, to: 1 },
  ]);
});

test('pages of games are put together and a problem keeps what is there', () => {
  const state = after(
    { type: 'ui_games', games: [{ game_id: 'a' }], next: 'c' },
    { type: 'ui_games', games: [{ game_id: 'b' }], next: null, more: true });
  assert.deepEqual(state.home.games.map((game) => game.game_id), ['a', 'b']);
  assert.equal(state.home.next, null);
  const failed = reduce(state, { type: 'ui_games', problem: 'no' });
  assert.equal(failed.home.games.length, 2);
  assert.equal(failed.home.gamesProblem, 'no');
  const anew = reduce(failed, { type: 'ui_games', games: [], next: null });
  assert.deepEqual([anew.home.games, anew.home.gamesProblem], [[], null]);
});

test('starting a game is marked until it opens or fails', () => {
  const starting = after({ type: 'ui_starting', storyId: 'lamp' });
  assert.equal(starting.home.starting, 'lamp');
  assert.equal(reduce(starting, { type: 'ui_play', gameId: 'g' }).home.starting, null);
  const failed = reduce(starting, { type: 'ui_start_failed', storyId: 'lamp', problem: 'no' });
  assert.deepEqual(failed.home.startProblem, { storyId: 'lamp', text: 'no' });
});

test('who watches is known while the server tells it', () => {
  const told = { type: 'presence', game_id: 'game-1', watchers: 2, roles: { owner: 1, player: 1 } };
  const known = after(...OPENED, told);
  assert.deepEqual(known.play.presence, { watchers: 2, roles: told.roles });
  assert.equal(after(...OPENED, { ...told, game_id: 'game-2' }).play.presence, null);
  assert.equal(reduce(initialState, told), initialState);
  const link = (phase, via) => ({ type: 'ui_link', link: { ...initialState.link, phase, via } });
  assert.equal(reduce(known, link('waiting', 'socket')).play.presence, null);
  assert.equal(reduce(known, link('open', 'poll')).play.presence, null);
  assert.equal(reduce(known, link('open', 'socket')).play, known.play);
});

const UNDO = { deed: 'undo', version: 2, request_id: 'r2', saved: 0 };
const UNDONE = { type: 'choice_ack', request_id: 'r2', game_id: 'game-1', version: 3 };

test('an undo shows at once what the page has seen, until the server says what is', () => {
  const undoing = after(...OPENED, snapshotOf(2), { type: 'ui_pending', pending: UNDO });
  assert.equal(undoing.play.preview.version, 1);
  assert.equal(undoing.play.snapshot.version, 2);
  const saved = reduce(undoing, UNDONE);
  assert.equal(saved.play.preview.version, 1, 'still only shown early');
  const shown = reduce(saved, snapshotOf(3));
  assert.deepEqual([shown.play.preview, shown.play.pending, shown.play.notice], [null, null, null]);
  assert.equal(shown.play.snapshot.version, 3);
});

test('an undo that is refused shows the truth again, and says why in its own words', () => {
  const { play } = after(...OPENED, snapshotOf(2), { type: 'ui_pending', pending: UNDO },
    { type: 'choice_error', code: 'storage_unavailable', request_id: 'r2' });
  assert.deepEqual([play.preview, play.pending], [null, null]);
  assert.deepEqual([play.notice.code, play.notice.deed], ['storage_unavailable', 'undo']);
});

test('a load of what the page has not seen shows nothing early', () => {
  const load = { ...UNDO, deed: 'load' };
  const far = after(...OPENED, snapshotOf(9), { type: 'ui_pending', pending: { ...load, of: 5 } });
  assert.equal(far.play.preview, null);
  const near = after(...OPENED, snapshotOf(9), { type: 'ui_pending', pending: { ...load, of: 1 } });
  assert.equal(near.play.preview.version, 1);
});

test('only the last snapshots are kept to go back to', () => {
  const many = Array.from({ length: 100 }, (_, i) => snapshotOf(i + 1));
  const { seen } = after({ type: 'ui_play', gameId: 'game-1' }, ...many).play;
  assert.ok(seen.length < 50);
  assert.equal(seen.at(-1).version, 100);
});

test('what is said with the opening of a game stays until the next step', () => {
  const said = { code: 'said', text: 'A fork.' };
  const opened = after({ type: 'ui_play', gameId: 'game-1' }, { type: 'ui_notice', notice: said },
    snapshotOf(2));
  assert.deepEqual(opened.play.notice, said);
  assert.notDeepEqual(reduce(opened, snapshotOf(3)).play.notice, said);
});

test('somebody else who went back is told of', () => {
  const back = snapshotOf(2, { decision: { choice_id: null, player_input: null, rolls: [], of: 1 } });
  assert.deepEqual(after(...OPENED, back).play.notice, { code: 'others_load', of: 1 });
});

test('the role belongs to the game that was asked about', () => {
  const owner = after(...OPENED, { type: 'ui_role', gameId: 'game-1', role: 'owner' });
  assert.equal(owner.play.role, 'owner');
  const late = { type: 'ui_role', gameId: 'game-2', role: 'spectator' };
  assert.equal(reduce(owner, late), owner);
  assert.equal(reduce(initialState, late), initialState);
  assert.equal(reduce(owner, { type: 'ui_play', gameId: 'game-1' }).play.role, null);
});

test('another game has its own saves, history and people', () => {
  const filled = after(...OPENED,
    { type: 'ui_panel', panel: { name: 'game', tab: 'saves' } },
    { type: 'ui_part', part: 'saves', changes: { list: [{ slot: 1 }], said: 'Saved.' } },
    { type: 'ui_part', part: 'history', changes: { events: [] } });
  assert.deepEqual([filled.saves.list.length, filled.panel.tab], [1, 'saves']);
  const next = reduce(filled, { type: 'ui_play', gameId: 'game-2' });
  assert.deepEqual([next.saves.list, next.saves.said, next.history.events, next.panel],
    [null, '', null, null]);
  assert.equal(reduce(filled, { type: 'ui_home' }).panel, null);
});

test('a game that was deleted leaves the list, and it is said', () => {
  const { home } = after({ type: 'ui_games', games: [{ game_id: 'a' }, { game_id: 'b' }] },
    { type: 'ui_game_gone', gameId: 'a', said: 'Deleted.' });
  assert.deepEqual(home.games, [{ game_id: 'b' }]);
  assert.equal(home.said, 'Deleted.');
  const failed = after({ type: 'ui_home_said', problem: 'no' }).home;
  assert.deepEqual([failed.said, failed.problem], ['', 'no']);
});
