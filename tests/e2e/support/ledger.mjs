// Players under load, and everything that the server ever told them: each version of each game as
// the bytes it came in, each acknowledged request id. What is written here must stay true after
// any crash and any restart.
//
// Every choice goes with a request id and is remembered until it is answered. As all writes of a
// ledger's games come from its players, in the end every version but the first belongs to exactly
// one request id.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { ask, gamePath, post, readHistory } from './http.mjs';
import { choice, connect } from './socket.mjs';

const CHOICES = ['left', 'right', 'roll'];
const pick = (list) => list[Math.floor(Math.random() * list.length)];

const versionIn = (text) => Number(/^\{"type":"state","version":(\d+),/.exec(text)?.[1]);

const digest = (text) => createHash('sha1').update(text).digest('base64');

export class Ledger {
  #requests = 0;

  // digests: remember of each version a digest instead of its bytes, for runs of hours.
  constructor(server, { digests = false } = {}) {
    this.server = server;
    this.digests = digests;
    this.games = new Map();
    this.unanswered = new Map(); // request id -> {gameId, message, session}
    this.answered = new Map(); // request id -> {gameId, message, session, version}
    this.refused = 0;
    this.appliedUntold = 0; // committed, but the crash came before the answer
    this.faults = [];
    this.players = [];
    this.onAnswer = null;
  }

  // link: whoever knows the id may play.
  async addGame({ link = false } = {}) {
    const answer = await post(this.server, link ? '/api/game/initialize' : '/api/games', {});
    assert.ok(answer.status === (link ? 200 : 201), answer.text);
    const id = answer.json.game_id;
    this.games.set(id, { id, session: answer.json.session_token, versions: new Map(), highest: 0 });
    this.#seen(id, JSON.stringify(answer.json.state));
    return id;
  }

  // A version of a game has the same bytes whoever is told it, and whenever.
  #seen(gameId, text) {
    const game = this.games.get(gameId);
    const version = versionIn(text);
    if (!game || !text.includes(`"game_id":"${gameId}"`) || !(version >= 1)) {
      this.faults.push(`not a state of ${gameId}: ${text.slice(0, 200)}`);
      return;
    }
    const kept = this.digests ? digest(text) : text;
    const known = game.versions.get(version);
    if (known === undefined) game.versions.set(version, kept);
    else if (known !== kept) this.faults.push(`${gameId} ${version}: ${known} is now ${text}`);
    game.highest = Math.max(game.highest, version);
  }

  #answer(requestId, version, duplicate) {
    const request = this.unanswered.get(requestId);
    const before = this.answered.get(requestId);
    if (before) {
      if (before.version !== version || !duplicate)
        this.faults.push(`${requestId}: ${before.version} is now ${version}, ${duplicate}`);
      return;
    }
    if (!request) {
      this.faults.push(`an answer to nothing: ${requestId}`);
      return;
    }
    this.unanswered.delete(requestId);
    this.answered.set(requestId, { ...request, version });
    if (duplicate) this.appliedUntold += 1;
    this.onAnswer?.(this);
  }

  newRequest(gameId) {
    const game = this.games.get(gameId);
    this.#requests += 1;
    const requestId = `request ${this.#requests}`;
    const more = { request_id: requestId };
    if (Math.random() < 0.3) more.version = game.highest;
    const message = choice(gameId, pick(CHOICES), more);
    this.unanswered.set(requestId, { gameId, message, session: game.session });
    return message;
  }

  #hear(gameId, player, text) {
    const message = JSON.parse(text);
    if (message.type === 'state') {
      if (message.version < player.shown) this.faults.push(`${player.shown}, then ${message.version}`);
      player.shown = message.version;
      this.#seen(gameId, text);
    } else if (message.type === 'choice_ack') {
      this.#answer(message.request_id, message.version, message.duplicate);
    } else if (message.type === 'choice_error' && message.code === 'stale_version') {
      this.unanswered.delete(message.request_id);
      this.refused += 1;
    } else if (message.code === 'shutting_down' || message.type === 'reconnect') {
      return; // it is asked again after the restart
    } else {
      this.faults.push(`not expected: ${text.slice(0, 300)}`);
    }
    if (player.plays && message.request_id !== undefined) player.play();
  }

  // A connection that watches a game; one that plays sends its next choice as soon as the last one
  // was answered.
  async addPlayer(gameId, { plays = true, path = '/ws/game' } = {}) {
    const player = { plays, shown: 0 };
    player.client = await connect(this.server, {
      path,
      session: this.games.get(gameId).session,
      onText: (text) => this.#hear(gameId, player, text),
    });
    player.play = () => {
      if (player.client.ws.readyState === 1) player.client.send(this.newRequest(gameId));
    };
    this.players.push(player);
    player.client.send({ type: 'attach', game_id: gameId });
    if (plays) player.play();
    return player;
  }

  // A player who comes back by itself after every cut, asks again what was not answered, and thinks
  // thinkMs() before the next choice. It stays until its `plays` is false; `gone` is settled then.
  addRegular(gameId, { thinkMs, plays = true, localAddress } = {}) {
    const regular = { plays: true, cuts: 0, client: null };
    let pending = null; // sent, not answered
    const say = () => {
      if (regular.client.ws.readyState !== 1) return;
      pending ??= this.newRequest(gameId);
      regular.client.send(pending);
    };
    const visit = async () => {
      const player = { plays: false, shown: 0 };
      regular.client = await connect(this.server, {
        session: this.games.get(gameId).session,
        localAddress,
        keep: false,
        onText: (text) => {
          this.#hear(gameId, player, text);
          if (pending === null || this.unanswered.has(pending.request_id)) return;
          pending = null;
          setTimeout(() => regular.plays && say(), thinkMs());
        },
      });
      regular.client.send({ type: 'attach', game_id: gameId });
      if (plays) say();
      await regular.client.closed;
    };
    const stay = async () => {
      while (regular.plays) {
        await visit().catch(() => {}); // refused or cut in the handshake: it tries again
        if (!regular.plays) break;
        regular.cuts += 1;
        await delay(50 + Math.random() * 450);
      }
    };
    regular.gone = stay();
    regular.leave = () => {
      regular.plays = false;
      regular.client?.drop();
      return regular.gone;
    };
    return regular;
  }

  // One choice by REST.
  async playByRest(gameId) {
    const message = this.newRequest(gameId);
    await this.#askByRest(gameId, message).catch(() => {}); // cut off: it stays unanswered
  }

  async #askByRest(gameId, message) {
    const { session } = this.games.get(gameId);
    const { request_id: key, version, choice: { choice_id: choiceId } } = message;
    const answer = await post(this.server, gamePath(gameId, '/choices'),
      { choice_id: choiceId, version }, { session, headers: { 'idempotency-key': key } });
    if (answer.status === 200) {
      this.#seen(gameId, answer.text);
      this.#answer(key, versionIn(answer.text), this.answered.has(key));
    } else if (answer.status === 409) {
      this.unanswered.delete(key);
      this.refused += 1;
    } else if (answer.json?.code !== 'shutting_down') {
      this.faults.push(`not expected: ${answer.text}`);
    }
    return answer;
  }

  // Everybody's connections have ended.
  async untilCut() {
    const ends = await Promise.all(this.players.map(({ client }) => client.closed));
    this.players = [];
    return ends;
  }

  async leave() {
    for (const player of this.players) player.plays = false;
    await Promise.all(this.players.map(({ client }) => client.close()));
    this.players = [];
  }

  // No game is behind what it has shown, and what it shows has not changed.
  async checkGames(ids = this.games.keys()) {
    for (const game of [...ids].map((id) => this.games.get(id))) {
      const answer = await ask(this.server, gamePath(game.id), { session: game.session });
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.json.version >= game.highest, `${answer.json.version} < ${game.highest}`);
      this.#seen(game.id, answer.text);
    }
    this.checkFaults();
  }

  // Send these requests again over one connection for each game, and wait for all the answers.
  async #repeat(requests) {
    const byGame = new Map();
    for (const request of requests)
      byGame.set(request.gameId, [...(byGame.get(request.gameId) ?? []), request]);
    for (const [gameId, list] of byGame) {
      const { client } = await this.addPlayer(gameId, { plays: false });
      for (const { message } of list) client.send(message);
      const waiting = new Set(list.map(({ message }) => message.request_id));
      while (waiting.size > 0) waiting.delete((await client.take()).request_id);
    }
    await this.leave();
    this.checkFaults();
  }

  // What was not answered is asked again. It may have been applied before, or is now, or is stale.
  async resendUnanswered() {
    await this.#repeat([...this.unanswered.values()]);
    assert.equal(this.unanswered.size, 0);
  }

  // What was acknowledged is answered the same.
  async resendAnswered(requests = [...this.answered.values()]) {
    await this.#repeat(requests);
  }

  // REST gives the first answer itself, byte for byte, whatever came after it.
  async repeatByRest(requests) {
    for (const { gameId, message } of requests) {
      const answer = await this.#askByRest(gameId, message);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(versionIn(answer.text), this.answered.get(message.request_id).version);
    }
    this.checkFaults();
  }

  // The journal: every version once, each made by the one request that was told so.
  async checkHistory() {
    assert.equal(this.unanswered.size, 0);
    const made = new Map([...this.games.keys()].map((id) => [id, new Map()]));
    for (const { gameId, message, version } of this.answered.values()) {
      assert.ok(!made.get(gameId).has(version), `${gameId} ${version} belongs to two requests`);
      made.get(gameId).set(version, message.choice.choice_id);
    }
    for (const game of this.games.values()) {
      const events = await readHistory(this.server, game.id, game.session);
      assert.ok(events.length >= game.highest);
      events.forEach((event, index) => {
        assert.equal(event.version, index + 1);
        if (index === 0) return;
        assert.equal(event.choice_id, made.get(game.id).get(event.version), JSON.stringify(event));
        const shown = game.versions.get(event.version);
        if (shown && !this.digests) assert.equal(JSON.parse(shown).decision.choice_id, event.choice_id);
      });
    }
  }

  checkFaults() {
    assert.deepEqual(this.faults, []);
  }
}
