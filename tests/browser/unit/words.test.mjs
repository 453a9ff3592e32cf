// The sentences of the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  agoWords, askDeleteWords, askEnterWords, browserWords, deviceWords, endingWords, eventWords,
  expiryWords, fightWords, historyWords, invitationWords, isArrival, isUse, linkNews, linkWords,
  memberWords, needsWords, newsWords, noticeWords, presenceNews, presenceWords, problemWords,
  refusalWords, roleSaidWords, rollSteps, rollsWords, savesLeftWords, seenWords, stoppedWords, sumWords,
  undoWords,
} from '../../../static/js/words.js';
import { snapshotOf } from './support.mjs';

const CODES = ['invalid_json', 'invalid_message', 'unknown_type', 'unauthorized', 'forbidden',
  'game_not_found', 'game_over', 'unknown_choice', 'choice_unavailable', 'stale_version',
  'request_id_reused', 'rate_limited', 'too_large', 'storage_unavailable', 'shutting_down',
  'internal'];

test('every code of the contract has words of its own', () => {
  for (const code of CODES) {
    const words = noticeWords({ code, needs: [], text: 'raw text' });
    assert.ok(words.length > 10 && words !== 'raw text', code);
  }
  assert.equal(refusalWords('a_new_code', 'The moon is down.'), 'The moon is down.');
  assert.ok(refusalWords('a_new_code', ''));
});

test('what a closed choice lacks is said in the words of the story', () => {
  const needs = [{ item: 'rope', text: 'Rope' }, { text: 'the lamp is lit' }];
  assert.equal(needsWords(needs), 'Rope, the lamp is lit');
  assert.equal(noticeWords({ code: 'choice_unavailable', needs }),
    'Not possible yet. You need: Rope, the lamp is lit.');
});

test('a sum shows what the rules added', () => {
  assert.equal(sumWords({ values: [3, 5], total: 8 }), '3 + 5 = 8');
  assert.equal(sumWords({ values: [3, 5], total: 10 }), '3 + 5 + 2 = 10');
  assert.equal(sumWords({ values: [3, 5], total: 7 }), '3 + 5 − 1 = 7');
});

const hit = (by, total) => ({ dice: '2d6', values: [1, 1], total, for: 'combat', by });

test('combat rolls are paired to rounds', () => {
  const rolls = [hit('hero', 12), hit('foe', 9), hit('hero', 8), hit('foe', 8), hit('hero', 7),
    hit('foe', 9)];
  assert.deepEqual(rollSteps(rolls).map(({ outcome, good }) => [outcome, good]),
    [['You hit', true], ['Nobody is hurt', null], ['You are hit', false]]);
  assert.equal(rollsWords(rolls), 'Combat: 3 rounds, you hit once, you were hit once.');
});

test('a chance roll says its target and its result', () => {
  const roll = { dice: '2d6', values: [3, 5], total: 8, for: 'chance', target: 9, success: true };
  assert.equal(rollsWords([roll]), 'You rolled 3 + 5 = 8, 9 or less needed, success.');
  assert.equal(rollsWords([]), '');
});

test('every kind of throw has its words', () => {
  const table = [
    { why: 'luck that holds', for: 'luck', target: 9, success: true,
      step: ['9 or less needed', 'Lucky', true] },
    { why: 'luck that fails', for: 'luck', target: 7, success: false,
      step: ['7 or less needed', 'Unlucky', false] },
    { why: 'at most', for: 'roll', target: 8, success: true,
      step: ['8 or less needed', 'Success', true] },
    { why: 'at least', for: 'roll', target: 9, at_least: true, success: false,
      step: ['9 or more needed', 'Failure', false] },
    { why: 'a table', for: 'table', step: ['', '', null] },
    { why: 'an effect', for: 'effect', step: ['', '', null] },
    { why: 'the sheet', for: 'initial', who: 'For the sheet', step: ['', '', null] },
    { why: 'a kind of later servers', for: 'weather', step: ['', '', null] },
  ];
  for (const { why, who = '', step, ...roll } of table) {
    const steps = rollSteps([{ dice: '2d6', values: [3, 5], total: 8, ...roll }]);
    assert.equal(steps.length, 1, why);
    const [{ rolls: [side], target, outcome, good }] = steps;
    assert.deepEqual([target, outcome, good], step, why);
    assert.equal(side.who, who, why);
  }
  assert.equal(rollsWords([{ values: [4], total: 4, for: 'table' }]), 'You rolled 4.');
});

test('of several foes only the first can be hit, and each has its name', () => {
  const hit = (by, foe, total) => ({ values: [1, 1], total, for: 'combat', by, foe });
  const rolls = [hit('hero', 'Goose', 12), hit('foe', 'Goose', 9), hit('hero', 'Gander', 12),
    hit('foe', 'Gander', 9), hit('hero', 'Duck', 8), hit('foe', 'Duck', 9),
    { values: [2, 2], total: 4, for: 'luck', target: 9, success: true }];
  assert.deepEqual(rollSteps(rolls).map(({ outcome, good }) => [outcome, good]),
    [['You hit', true], ['You keep it off', null], ['You are hit', false], ['Lucky', true]]);
  assert.deepEqual(rollSteps(rolls).map(({ rolls: [, foe] }) => foe?.who),
    ['Goose', 'Gander', 'Duck', undefined]);
});

test('a fight is told by its foes', () => {
  const foes = [{ name: 'Goose', endurance: 0, defeated: true },
    { name: 'Gander', endurance: 3, defeated: false }];
  assert.equal(fightWords({ round: 2, foes }), 'Goose: defeated, Gander: endurance 3.');
  assert.equal(fightWords(undefined), '');
  assert.ok(isUse({ id: 'use:apple' }));
  assert.ok(!isUse({ id: 'useful' }));
});

test('the news of a step hold notice, dice, changes and the ending', () => {
  const play = {
    snapshot: snapshotOf(2, {
      status: 'lost',
      decision: {
        rolls: [{ values: [6, 6], total: 12, for: 'chance', target: 7, success: false }],
      },
    }),
    changes: [{ kind: 'stat', id: 'endurance', name: 'Endurance', from: 3, to: 0 },
      { kind: 'item', id: 'rope', name: 'Rope', from: 1, to: 0 }],
    notice: null,
  };
  assert.equal(newsWords(play), 'You rolled 6 + 6 = 12, 7 or less needed, failure. ' +
    'Endurance 3 to 0. Lost: Rope. The story ends here.');
});

test('an ending has the title that its author gave it', () => {
  assert.equal(endingWords({ status: 'active', ending: null }), null);
  const ending = { kind: 'won', title: 'The bell rings' };
  assert.equal(endingWords({ status: 'won', ending }).title, 'The bell rings');
  assert.equal(endingWords({ status: 'stopped', ending: null }).title, 'Game stopped');
});

test('the line about the link says what is true', async (t) => {
  const link = (phase, more) => ({ phase, online: true, retryAt: null, attempt: 0, ...more });
  const pending = { pending: { saved: 0 } };
  const table = [
    { why: 'first connection', state: { link: link('connecting'), play: {} }, kind: 'busy' },
    { why: 'open', state: { link: link('open'), play: {} }, kind: 'saved', text: 'Saved' },
    { why: 'a choice under way', state: { link: link('open'), play: pending }, kind: 'sending' },
    { why: 'acknowledged', state: { link: link('open'), play: { pending: { saved: 3 } } },
      kind: 'saved' },
    { why: 'lost', state: { link: link('waiting', { retryAt: 4200, attempt: 1 }), play: {} },
      kind: 'lost', text: 'Reconnecting in 4 s' },
    { why: 'trying again', kind: 'lost', text: 'Reconnecting now',
      state: { link: link('connecting', { attempt: 1 }), play: {} } },
    { why: 'offline', kind: 'offline', text: 'Offline, next try in 4 s',
      state: { link: link('waiting', { retryAt: 4200, online: false, attempt: 1 }), play: {} } },
    { why: 'stopped', state: { link: link('stopped'), play: {} }, kind: 'stopped' },
  ];
  for (const { why, state, kind, text } of table) {
    await t.test(why, () => {
      const words = linkWords(state, 1000);
      assert.equal(words.kind, kind);
      if (text) assert.equal(words.text, text);
    });
  }
});

test('a basic connection is told, a choice over it is not said', () => {
  const link = { phase: 'open', via: 'poll', online: true, retryAt: null, attempt: 3, reason: null };
  assert.deepEqual(linkWords({ link, play: { pending: null } }, 0),
    { kind: 'basic', text: 'Saved (basic connection)' });
  assert.deepEqual(linkWords({ link, play: { pending: { saved: 0 } } }, 0),
    { kind: 'basic', text: 'Sending …' });
  assert.match(linkNews('busy', 'basic'), /blocked/);
  assert.match(linkNews('lost', 'basic'), /basic connection/);
  assert.match(linkNews('basic', 'saved'), /Live connection again/);
  assert.match(linkNews('basic', 'lost'), /lost/);
});

test('who watches is told when it is somebody else', () => {
  const of = (owner, player, spectator) => ({
    play: {
      presence: { watchers: owner + player + spectator, roles: { owner, player, spectator } },
    },
  });
  assert.equal(presenceWords({ play: null }), null);
  assert.equal(presenceWords({ play: { presence: null } }), null);
  assert.equal(presenceWords(of(1, 0, 0)), null);
  assert.deepEqual(presenceWords(of(1, 2, 0)),
    { text: '3 watching', title: 'Have this game open: the owner, 2 players' });
  assert.deepEqual(presenceWords(of(2, 1, 40)),
    { text: '43 watching', title: 'Have this game open: 2 owners, 1 player, 40 spectators' });
});

test('company is said aloud when it comes and when it is gone', () => {
  const [alone, two, three] = [1, 2, 3].map((watchers) => ({ watchers }));
  assert.match(presenceNews(null, two), /Somebody else/);
  assert.match(presenceNews(alone, three), /Somebody else/);
  assert.match(presenceNews(two, alone), /Nobody else/);
  for (const [before, after] of [[null, null], [null, alone], [alone, alone], [two, three], [two, null]])
    assert.equal(presenceNews(before, after), null);
});

test('a loss and a return are said once, a choice is not', () => {
  assert.match(linkNews('saved', 'lost'), /lost/);
  assert.equal(linkNews('lost', 'lost'), null);
  assert.match(linkNews('lost', 'saved'), /again/);
  assert.equal(linkNews('saved', 'sending'), null);
  assert.equal(linkNews('sending', 'saved'), null);
  assert.equal(linkNews('busy', 'saved'), null);
  assert.match(linkNews('lost', 'offline'), /offline/);
});

test('going back is refused in words that are not about choosing', () => {
  for (const code of ['rate_limited', 'storage_unavailable', 'shutting_down', 'forbidden']) {
    const said = refusalWords(code, '', 'undo');
    assert.notEqual(said, refusalWords(code, ''));
    assert.doesNotMatch(said, /choice|choose/);
  }
  assert.equal(refusalWords('undo_refused', 'No more of it.', 'undo'), 'No more of it.');
  assert.equal(noticeWords({ code: 'others_load', of: 3 }), 'Somebody else went back to version 3.');
  assert.equal(noticeWords({ code: 'said', text: 'A fork.' }), 'A fork.');
  assert.ok(isArrival({ code: 'said' }) && isArrival({ code: 'others_load' }));
});

test('what was not done is told in words for people, or in the server\'s', () => {
  const answer = (code) => ({ problem: 'Of the server.', body: { code } });
  assert.match(problemWords(answer('saves_full')), /places/);
  assert.equal(problemWords(answer('import_refused')), 'Of the server.');
  assert.equal(problemWords({ problem: 'Not reached.', status: 0 }), 'Not reached.');
});

test('the undo button says how often, and is honest while it is not saved', async (t) => {
  const undo = { deed: 'undo', saved: 0 };
  const table = [
    { why: 'as often as one likes', able: { left: null }, text: '' },
    { why: 'two left', able: { left: 2 }, text: '2 left' },
    { why: 'under way', able: { left: 2 }, pending: undo, text: 'Going back …' },
    { why: 'a load under way', able: { left: 2 }, pending: { deed: 'load', saved: 0 },
      text: 'Going back …' },
    { why: 'offline', able: { left: 2 }, pending: undo, kept: true,
      text: 'Kept until the connection is back' },
    { why: 'saved', able: { left: 2 }, pending: { ...undo, saved: 3 }, text: 'Saved' },
    { why: 'a choice under way', able: { left: 2 }, pending: { deed: 'choice', saved: 0 },
      text: '2 left' },
  ];
  for (const { why, able, pending = null, kept = false, text } of table) {
    await t.test(why, () => assert.equal(undoWords(able, pending, kept).left, text));
  }
});

test('a connection that was closed on purpose says why', () => {
  assert.match(stoppedWords({ close: 1008, why: 'removed' }).title, /not shared/);
  assert.match(stoppedWords({ close: 1008, why: 'rate_limited' }).text, /too quickly/);
  assert.match(stoppedWords({ close: 1008, why: '' }).title, /closed/);
  assert.match(stoppedWords({ code: 'game_not_found' }).title, /not here/);
  assert.equal(stoppedWords({ close: 1008, why: 'removed' }).mayReturn, false);
});

test('an event has a title and the rest of what the server says', async (t) => {
  const choice = { type: 'choice', choice_text: 'Go "on"', version: 2 };
  const table = [
    { why: 'a choice', event: { ...choice, words: 'Chose "Go "on"". Threw 2d6 (1, 2): 3. Section 4.' },
      verdict: { title: 'Go "on"', text: 'Threw 2d6 (1, 2): 3. Section 4.' } },
    { why: 'a start', event: { type: 'start', name: 'Ada', words: 'Ada begins. Section 1.' },
      verdict: { title: 'Ada begins', text: 'Section 1.' } },
    { why: 'a load', event: { type: 'load', of: 3, words: 'Went back to version 3. Section 2.' },
      verdict: { title: 'Went back to version 3', text: 'Section 2.' } },
    { why: 'other words than expected', event: { ...choice, words: 'Somehow went on.' },
      verdict: { title: 'Go "on"', text: 'Somehow went on.' } },
    { why: 'an event of a later server', event: { type: 'dance', words: 'Danced.' },
      verdict: { title: 'Danced.', text: 'Danced.' } },
  ];
  for (const { why, event, verdict } of table) {
    await t.test(why, () => assert.deepEqual(eventWords(event), verdict));
  }
  assert.equal(historyWords({ events: [1, 2, 3], after: 30, newest: 50 }), 'Versions 33 to 31 of 50');
  assert.equal(historyWords({ events: [], after: 0, newest: 0 }), '');
});

test('people without names are told apart', () => {
  assert.equal(memberWords({ session_id: 'Ghd9PXOcxN6Z', you: false }), 'Player Ghd9PX');
  assert.equal(memberWords({ session_id: 'Ghd9PXOcxN6Z', you: true }), 'You');
  assert.equal(roleSaidWords({ session_id: 'Ghd9PXOcxN6Z', you: false }, 'owner'),
    'Player Ghd9PX is an owner now.');
  assert.equal(invitationWords({ role: 'player', once: true }), 'Player, one use');
  assert.equal(invitationWords({ role: 'spectator', once: false }), 'Spectator, until revoked');
  assert.equal(deviceWords({ label: '' }), 'The browser of the first game');
  assert.equal(deviceWords({ label: 'Firefox' }), 'Firefox');
});

test('times are told as people do', () => {
  const now = Date.parse('2026-11-22T21:00:00.000Z');
  assert.equal(agoWords('2026-11-22T20:59:50.000Z', now), 'just now');
  assert.equal(agoWords('2026-11-22T20:30:00.000Z', now), '30 minutes ago');
  assert.equal(agoWords('2026-11-21T21:00:00.000Z', now), 'yesterday');
  assert.equal(agoWords('nonsense', now), '');
  assert.match(expiryWords('2026-11-22T21:09:05.000Z', now), /9:05 minutes/);
  assert.equal(expiryWords('2026-11-22T21:00:00.000Z', now), null);
  assert.equal(expiryWords('nonsense', now), null);
});

test('a device is the one in use, or was seen a while ago', () => {
  const now = Date.parse('2026-11-22T21:00:00.000Z');
  assert.match(seenWords({ current: true }, now), /you are using/);
  assert.equal(seenWords({ current: false, seen: '2026-11-22T20:30:00.000Z' }, now),
    'Last seen 30 minutes ago.');
});

test('what entering a code would leave behind is said before', () => {
  assert.equal(askEnterWords(0, false), null);
  assert.match(askEnterWords(1, false).text, /one game .*nobody could come back/);
  assert.match(askEnterWords(3, true).text, /3 games .*other devices keep them/);
  assert.match(askEnterWords(50, true).text, /50 games or more/);
  assert.match(askDeleteWords({ title: 'Lamp', section_number: 4 }).text, /“Lamp”, section 4/);
  assert.match(savesLeftWords([1, 2], 20), /^2 of 20/);
  assert.match(savesLeftWords([1, 2], 2), /^All 2/);
});

test('a browser is called what it is', async (t) => {
  const table = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows'],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36',
      'Chrome on Android'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1',
      'Safari on iPhone'],
    ['something', 'Browser'],
  ];
  for (const [agent, name] of table) await t.test(name, () => assert.equal(browserWords(agent), name));
});
