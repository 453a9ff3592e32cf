// Stories are added, changed and taken away while the server runs: SIGHUP makes it read the folder
// again, and nobody who plays notices.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import { ask, gamePath, newGame, post, readGame } from './support/http.mjs';

const TRIES = 10_000;
const SIGNALS = 20;

let folder;
let server;

const story = (id, title) => ({
  format: 'casys-story/1',
  id,
  title,
  start: 1,
  sections: [
    { number: 1, text: 'The *start*.', choices: [{ id: 'on', text: 'Go on', to: 2 }, { id: 'stay', text: 'Stay', to: 1 }] },
    { number: 2, text: 'The end.', ending: { kind: 'won', title: 'End' } },
  ],
});

const path = (name) => join(folder, `${name}.json`);
const put = (id, title) => writeFile(path(id), JSON.stringify(story(id, title)));
const clear = async (...names) => Promise.all(names.map((name) => rm(path(name), { force: true })));

const listed = async () => (await ask(server, '/api/stories')).json.stories.map(({ id, title }) => `${id} ${title}`);

// Each io thread gets the new list in its own time, so it is asked until all of several answers, on
// connections that any of them may take, have it.
const untilListed = async (expected) => {
  let good = 0;
  let last;
  for (let i = 0; i < TRIES && good < 10; i += 1) {
    last = await listed();
    good = JSON.stringify(last) === JSON.stringify(expected) ? good + 1 : 0;
  }
  assert.deepEqual(last, expected);
};

const reread = async () => {
  const from = server.log.length;
  server.signal('SIGHUP');
  await server.logged(/event=(stories_read|stories_stay)[^\n]*\n/, from);
  return server.log.slice(from);
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-stories-'));
  await put('first', 'First');
  await put('second', 'Second');
  server = await startServer({ args: ['--stories', folder] });
});

after(async () => {
  await server?.remove();
  await rm(folder, { recursive: true, force: true });
});

test('a story that was added can be begun after SIGHUP, and not before', async () => {
  await put('third', 'Third');
  assert.equal((await post(server, '/api/games', { story_id: 'third' })).json.code, 'not_found');
  const log = await reread();
  assert.match(log, /level=info event=story_added story=third hash=[0-9a-f]{64}\n/);
  assert.match(log, /level=info event=stories_read stories=3\n/);
  assert.doesNotMatch(log, /story_(changed|removed)/);
  await untilListed(['first First', 'second Second', 'third Third']);
  assert.equal((await ask(server, '/api/stories/third')).status, 200);
  assert.equal((await newGame(server, { story: 'third' })).state.title, 'Third');
});

test('a game keeps the story that it began with', async () => {
  const old = await newGame(server, { story: 'second' });
  await put('second', 'Second, revised');
  assert.match(await reread(), /event=story_changed story=second /);
  await untilListed(['first First', 'second Second, revised', 'third Third']);
  const fresh = await newGame(server, { story: 'second' });
  assert.equal(fresh.state.title, 'Second, revised');
  assert.notEqual(fresh.state.story_hash, old.state.story_hash);
  const answer = await post(server, gamePath(old.id, '/choices'), { choice_id: 'stay' }, { session: old.session });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.title, 'Second');
  assert.equal(answer.json.story_hash, old.state.story_hash);
  // And after a restart, when it comes from the database.
  await server.kill();
  await server.start();
  const again = await readGame(server, old.id, old.session);
  assert.equal(again.json.story_hash, old.state.story_hash);
  assert.equal(again.text, answer.text);
});

test('a story that was taken away cannot be begun, but played on', async () => {
  const old = await newGame(server, { story: 'third' });
  await clear('third');
  assert.match(await reread(), /event=story_removed story=third /);
  await untilListed(['first First', 'second Second, revised']);
  assert.equal((await post(server, '/api/games', { story_id: 'third' })).json.code, 'not_found');
  const answer = await post(server, gamePath(old.id, '/choices'), { choice_id: 'on' }, { session: old.session });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.status, 'won');
  assert.equal(answer.json.title, 'Third');
});

test('a story with a mistake is reported, and the others are served', async () => {
  await put('fourth', 'Fourth');
  await writeFile(path('broken'), '{"format": "casys-story/1",\n "id": "broken"}');
  const log = await reread();
  assert.match(log, /^casysd: --stories: [^\n]*broken\.json:1: \(document\): needs "title"$/m);
  assert.match(log, /event=story_added story=fourth /);
  await untilListed(['first First', 'fourth Fourth', 'second Second, revised']);
  await clear('broken');
});

test('spaces and the order of members are no change', async () => {
  const text = await ask(server, '/api/stories/first');
  const { format, ...rest } = story('first', 'First');
  await writeFile(path('first'), JSON.stringify({ ...rest, format }, null, 4));
  assert.doesNotMatch(await reread(), /story_(added|changed|removed)/);
  assert.equal((await ask(server, '/api/stories/first')).text, text.text);
});

test('a folder that cannot be served changes nothing', async () => {
  const kept = await listed();
  await writeFile(path('twin'), JSON.stringify(story('first', 'Twin')));
  assert.match(await reread(), /two stories have the id first[^]*level=error event=stories_stay stories=3\n/);
  assert.deepEqual(await listed(), kept);
  await clear('twin', 'first', 'second', 'fourth');
  assert.match(await reread(), /no story that can be played[^]*event=stories_stay/);
  assert.deepEqual(await listed(), kept);
  assert.equal((await newGame(server)).state.title, 'First');
  await Promise.all([put('first', 'First'), put('second', 'Second')]);
  await reread();
  await untilListed(['first First', 'second Second']);
});

test('people begin and play while the stories change', async () => {
  const play = async () => {
    const game = await newGame(server, { story: 'first' });
    const answer = await post(server, gamePath(game.id, '/choices'), { choice_id: 'stay' }, { session: game.session });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.title, game.state.title);
  };
  for (let i = 0; i < SIGNALS; i += 1) {
    await put('first', `First, edition ${i}`);
    await Promise.all([reread(), play(), play(), play()]);
  }
  await untilListed([`first First, edition ${SIGNALS - 1}`, 'second Second']);
});

test('a server that read its stories again stops as any other', async () => {
  server.signal('SIGHUP');
  assert.equal(await server.stop(), 0);
});
