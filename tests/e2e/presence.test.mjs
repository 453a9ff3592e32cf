// Who watches a game, told to those who asked for it: across io threads, through both paths, as people
// come and go.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import { gamePath, newGame, newLinkGame, post } from './support/http.mjs';
import { connect } from './support/socket.mjs';

let server;

before(async () => {
  server = await startServer({ args: ['--threads', '2', '--presence-ms', '100'] });
});

after(() => server?.remove());

const attend = async (game, { session, path, presence = true } = {}) => {
  const client = await connect(server, { session, path });
  client.send({ type: 'attach', game_id: game, presence });
  await client.expect('state');
  return client;
};

const presenceOf = (game, owner, player, spectator = 0) => ({
  type: 'presence', game_id: game, watchers: owner + player + spectator,
  roles: { owner, player, spectator },
});

// What is told in between is a count, too, but an older one.
const untilTold = async (client, expected) => {
  for (;;) {
    const message = await client.expect('presence');
    assert.deepEqual([message.game_id, Object.keys(message.roles)],
      [expected.game_id, ['owner', 'player', 'spectator']]);
    if (message.watchers === expected.watchers) {
      assert.deepEqual(message, expected);
      return;
    }
  }
};

test('everybody who asked is told who watches, as people come and go', async () => {
  const { id, session } = await newGame(server);
  const clients = [];
  for (let count = 1; count <= 8; count += 1) {
    clients.push(await attend(id, { session, path: count % 2 ? '/ws/game' : '/api/ws/game' }));
    for (const client of clients) await untilTold(client, presenceOf(id, count, 0));
  }
  while (clients.length > 1) {
    const leaving = clients.pop();
    if (clients.length % 2) leaving.drop();
    else leaving.close();
    for (const client of clients) await untilTold(client, presenceOf(id, clients.length, 0));
  }
  clients[0].drop();
});

test('the owner of a link game is told apart from its players', async () => {
  const made = await post(server, '/api/game/initialize', {});
  const id = made.json.game_id;
  const cookie = made.headers['set-cookie'][0].split(';')[0];
  const player = await attend(id);
  await untilTold(player, presenceOf(id, 0, 1));
  const owner = await connect(server, { headers: { cookie } });
  owner.send({ type: 'attach', game_id: id, version: 1, presence: true });
  await owner.expect('current');
  for (const client of [player, owner]) await untilTold(client, presenceOf(id, 1, 1));
  for (const client of [player, owner]) client.drop();
});

test('who did not ask is counted and told nothing', async () => {
  const id = await newLinkGame(server);
  const quiet = [
    await attend(id, { presence: null }), // as if it were absent
    await attend(id, { presence: false }),
    await connect(server, { path: '/api/ws/game', query: `?game_id=${id}` }),
  ];
  const asking = await attend(id);
  await untilTold(asking, presenceOf(id, 0, 4));
  await post(server, gamePath(id, '/choices'), { choice_id: 'bess' });
  for (const client of [...quiet, asking]) await client.until(({ version }) => version === 2);
  quiet[2].drop();
  await untilTold(asking, presenceOf(id, 0, 3));
  for (const client of quiet) {
    const types = client.texts.map((text) => JSON.parse(text).type);
    assert.deepEqual(types, ['state', 'state']);
  }
  for (const client of [...quiet, asking]) client.drop();
});

test('going to another game moves the count, and asking again tells it again', async () => {
  const [first, second] = [await newLinkGame(server), await newLinkGame(server)];
  const stays = await attend(first);
  const moves = await attend(first);
  await untilTold(stays, presenceOf(first, 0, 2));
  await untilTold(moves, presenceOf(first, 0, 2));
  moves.send({ type: 'attach', game_id: second, presence: true });
  await moves.expect('state');
  await untilTold(stays, presenceOf(first, 0, 1));
  await untilTold(moves, presenceOf(second, 0, 1));
  moves.send({ type: 'attach', game_id: second, version: 1, presence: true });
  await moves.expect('current');
  await untilTold(moves, presenceOf(second, 0, 1));
  for (const client of [stays, moves]) client.drop();
});

test('a wrong wish is an error', async () => {
  const id = await newLinkGame(server);
  const client = await connect(server);
  for (const presence of [1, 'true', [], {}]) {
    client.send({ type: 'attach', game_id: id, presence });
    assert.equal((await client.expect('message_error')).code, 'invalid_message');
  }
  client.drop();
});

test('a crowd that comes at once is told a few times, not once for each', async () => {
  const id = await newLinkGame(server);
  const first = await attend(id);
  const crowd = await Promise.all(Array.from({ length: 150 }, () => attend(id)));
  await untilTold(first, presenceOf(id, 0, 151));
  for (const client of crowd) await untilTold(client, presenceOf(id, 0, 151));
  const told = first.texts.filter((text) => JSON.parse(text).type === 'presence');
  assert.ok(told.length < 75, `${told.length} messages`);
  for (const client of [first, ...crowd]) client.drop();
});
