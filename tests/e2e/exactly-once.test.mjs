// A choice with a request id, lost at every moment and sent again through every door: it counts
// once and is answered the same.
//
//   client --request--> proxy --request--> server: commit --answer--> proxy --answer--> client
//                 lost ^          on its way ^        withheld ^      cut in the middle ^
//
// At each of these moments the connection is cut; in half of the cases the server is killed as well.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { startCuttingProxy } from './support/cutting-proxy.mjs';
import { ask, gamePath, newGame, post, readGame, readHistory } from './support/http.mjs';
import { choice, connect, watch } from './support/socket.mjs';

let server;
let proxy;

before(async () => {
  server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'] });
  proxy = await startCuttingProxy(server);
});

after(async () => {
  await proxy?.stop();
  await server?.remove();
});

const REQUEST = { version: 1, request_id: 'once, and once only' };
const PLAYED = 2; // the version that it makes

// ---- the doors ----

const overWebSocket = (path) => ({
  // Ready to ask; what is sent from here on is the choice alone.
  async enter(place, { id, session }) {
    const client = await connect(place, { path, session, query: `?game_id=${id}` });
    await client.expect('state');
    return {
      ask: () => client.send(choice(id, 'roll', REQUEST)),
      over: () => client.drop(),
    };
  },

  // Gives {version, duplicate, state}: the first two as acknowledged, and the state as bytes.
  async repeat({ id, session }) {
    const client = await connect(server, { path, session, query: `?game_id=${id}` });
    await client.expect('state');
    client.send(choice(id, 'roll', REQUEST));
    const ack = await client.expect('choice_ack');
    const state = await client.takeText();
    await client.drop();
    assert.equal(ack.request_id, REQUEST.request_id);
    assert.equal(ack.game_id, id);
    return { version: ack.version, duplicate: ack.duplicate, state };
  },
});

const BODY = { choice_id: 'roll', ...REQUEST };

const REST = {
  async enter(place, { id, session }) {
    let answer;
    return {
      ask() { answer = post(place, gamePath(id, '/choices'), BODY, { session }).catch(() => {}); },
      over: () => answer,
    };
  },

  async repeat({ id, session }) {
    const answer = await post(server, gamePath(id, '/choices'), BODY, { session });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.etag, `"${answer.json.version}"`);
    return { version: answer.json.version, state: answer.text };
  },
};

const DOORS = {
  '/ws/game': overWebSocket('/ws/game'),
  '/api/ws/game': overWebSocket('/api/ws/game'),
  REST,
};

// ---- the moments ----

// Each gives whether the choice was applied by then; null: that is chance.
const MOMENTS = {
  'the request is lost': async (entered) => {
    const { asked } = proxy.arm({ lose: true });
    entered.ask();
    await asked;
    return false;
  },
  'the request is on its way': async (entered) => {
    const { asked } = proxy.arm({});
    entered.ask();
    await asked;
    return null;
  },
  'committed, and the answer is on its way': async (entered, witness) => {
    proxy.arm({});
    entered.ask();
    await witness.until(({ version }) => version === PLAYED);
    return true;
  },
};

for (const bytes of [1, 40, 130]) {
  MOMENTS[`${bytes} bytes of the answer have arrived`] = async (entered) => {
    const { answered } = proxy.arm({ bytes });
    entered.ask();
    await answered;
    return true;
  };
}

// ---- the cases ----

const lose = async (game, door, moment, kill) => {
  const witness = await watch(server, game.id, { session: game.session });
  const entered = await DOORS[door].enter({ url: proxy.url }, game);
  const applied = await MOMENTS[moment](entered, witness);
  if (kill) await server.kill();
  proxy.cut();
  await entered.over();
  await witness.drop();
  if (kill) await server.start();
  return applied;
};

const assertOnce = async (game, applied, answers) => {
  const { text } = await readGame(server, game.id, game.session);
  const events = await readHistory(server, game.id, game.session);
  assert.deepEqual(events.map(({ type }) => type), ['start', 'choice']);
  assert.deepEqual(JSON.parse(text).decision.rolls, events[1].rolls);
  for (const answer of answers) {
    assert.equal(answer.version, PLAYED);
    assert.equal(answer.state, text);
  }
  const [first, ...rest] = answers.map(({ duplicate }) => duplicate);
  if (applied !== null && first !== undefined) assert.equal(first, applied);
  for (const duplicate of rest) assert.ok(duplicate === undefined || duplicate === true);
};

// The game goes on: the id still stands for what it made.
const assertSameLater = async (game) => {
  const first = await readGame(server, game.id, game.session);
  const played = await post(server, gamePath(game.id, '/choices'), { choice_id: 'left' },
    { session: game.session });
  assert.equal(played.json.version, PLAYED + 1);
  for (const [name, door] of Object.entries(DOORS)) {
    const again = await door.repeat(game);
    assert.equal(again.version, PLAYED, name);
    assert.equal(again.duplicate ?? true, true, name);
    assert.equal(again.state, name === 'REST' ? first.text : played.text, name);
  }
  const other = await ask(server, gamePath(game.id, '/choices'),
    { method: 'POST', session: game.session, json: { ...BODY, choice_id: 'left' } });
  assert.equal(other.json.code, 'request_id_reused');
};

const tryCase = async (moment, door, again, kill) => {
  const game = await newGame(server);
  const applied = await lose(game, door, moment, kill);
  const answers = [await DOORS[again].repeat(game), await DOORS[again].repeat(game)];
  await assertOnce(game, applied, answers);
  await assertSameLater(game);
};

for (const moment of Object.keys(MOMENTS)) {
  for (const kill of [false, true]) {
    const then = kill ? 'the server is killed' : 'the connection is cut';
    test(`${moment} and ${then}: sent again, it counts once`, async () => {
      for (const door of Object.keys(DOORS)) {
        for (const again of Object.keys(DOORS)) await tryCase(moment, door, again, kill);
      }
    });
  }
}
