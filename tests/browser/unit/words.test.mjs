// The sentences of the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  endingWords, fightWords, isUse, linkNews, linkWords, needsWords, newsWords, noticeWords,
  presenceNews, presenceWords, refusalWords, rollSteps,
  rollsWords, sumWords,
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
