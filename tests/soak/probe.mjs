// A process of its own that plays on a clean path and reports how long a choice takes until a second
// watcher of the game sees it: {at, ms}, ten times a second for each game. Started by main.mjs with
// fork(); argv: the server's port, the number of games. It ends when its parent does.

import { setTimeout as delay } from 'node:timers/promises';

import { newLinkGame } from '../e2e/support/http.mjs';
import { choice, connect } from '../e2e/support/socket.mjs';

const [port, games] = process.argv.slice(2).map(Number);
const server = { url: `http://127.0.0.1:${port}`, port };
const PAUSE_MS = 100;
const CHOICES = ['left', 'right', 'roll'];

const versionIn = (text) => Number(/^\{"type":"state","version":(\d+),/.exec(text)?.[1] ?? 0);

const join = async (gameId, onText) => {
  const client = await connect(server, { keep: false, onText });
  client.send({ type: 'attach', game_id: gameId });
  return client;
};

// Play until a connection ends.
const visit = async (gameId) => {
  let sent = 0;
  let next;
  const seen = (text) => {
    if (sent === 0 || versionIn(text) <= sent.version) return;
    process.send({ at: Date.now(), ms: performance.now() - sent.at });
    sent = 0;
    next = setTimeout(play, PAUSE_MS);
  };
  let newest = 0;
  const player = await join(gameId, (text) => { newest = Math.max(newest, versionIn(text)); });
  const watcher = await join(gameId, seen);
  const play = () => {
    if (player.ws.readyState !== 1) return;
    sent = { version: newest, at: performance.now() };
    player.send(choice(gameId, CHOICES[newest % CHOICES.length]));
  };
  next = setTimeout(play, PAUSE_MS);
  await Promise.race([player.closed, watcher.closed]);
  clearTimeout(next);
  await Promise.all([player.drop(), watcher.drop()]);
};

const stay = async () => {
  const gameId = await newLinkGame(server);
  for (;;) {
    await visit(gameId).catch(() => {}); // the server is being restarted
    await delay(PAUSE_MS);
  }
};

process.on('disconnect', () => process.exit());
for (let i = 0; i < games; i += 1) stay();
