// The way around a network that lets no WebSocket through: the newest version by long poll, choices
// by REST. It tells both in the messages of the WebSocket, so that nobody else need know the
// difference, and asks with the same request ids, so that a choice counts once over both ways.
//
// It knows no DOM and no WebSocket; requests and time are given to it.

import { GONE } from './answers.js';

export const WAIT_S = 25;
// A request that takes so much longer than it may has been lost.
export const LATE_MS = 10_000;
// Between two requests that told nothing new at once: something on the way does not wait.
export const PAUSE_MS = 1000;
const AGAIN_MS = 2000;

// The answer to a choice (or an undo, or a load), as the WebSocket would tell it: [messages], empty
// when there was no answer to speak of.
const told = (message, { data, status, body }) => {
  const { request_id } = message;
  const { game_id } = message.choice ?? message;
  if (status === 200 && data) {
    const { version } = data;
    return [{ type: 'choice_ack', request_id, game_id, version, duplicate: false }, data];
  }
  if (!body?.code) return [];
  const { code, detail, version, state, needs, retry_after_ms } = body;
  return [{
    type: 'choice_error', code, error: detail, request_id, game_id, version, state, needs,
    retry_after_ms,
  }];
};

const SENT_AGAIN = new Set(['rate_limited', 'shutting_down']);

// wait(since, seconds, signal)  GET of the game: { data, status, body }, data null with 204
// choose(message, signal)       POST of a choice, undo or load, the same
// clock                         { now(), setTimeout(f, ms), clearTimeout(id) }
// known()                       the newest version that is shown, 0 for none
// onUp()                        the first answer came: this way works
// onDown(reason, afterMs)       it works no more and has stopped; reason is { code } when the game
//                               is out of reach, else null; afterMs: when the server said to come
//                               back, undefined when it said nothing
// onMessage(m)                  what the server told
export const createPoll = ({ wait, choose, clock, known, onUp, onDown, onMessage }) => {
  let current = null; // this run; answers to an earlier one find nobody

  const stop = () => {
    current?.abort();
    current = null;
  };

  const sleep = (ms) => new Promise((resolve) => { clock.setTimeout(resolve, ms); });

  // Ask, and give up when it takes too long. { status: 0 } is no answer.
  const ask = async (run, ms, request) => {
    const once = new AbortController();
    const abort = () => once.abort();
    const timer = clock.setTimeout(abort, ms);
    run.signal.addEventListener('abort', abort);
    const answer = await request(once.signal);
    run.signal.removeEventListener('abort', abort);
    clock.clearTimeout(timer);
    return answer;
  };

  const fail = ({ body }) => {
    stop();
    onDown(GONE.has(body?.code) ? { code: body.code } : null, body?.retry_after_ms);
  };

  const listen = async (run) => {
    let up = false;
    while (run === current) {
      const began = clock.now();
      const seconds = up ? WAIT_S : 0;
      const since = known();
      const answer = await ask(run, seconds * 1000 + LATE_MS, (signal) => wait(since, seconds, signal));
      if (run !== current) return;
      if (answer.status !== 200 && answer.status !== 204) {
        fail(answer);
        return;
      }
      const first = !up;
      up = true;
      if (first) onUp();
      if (answer.data && run === current) onMessage(answer.data);
      const idle = !first && known() === since && clock.now() - began < PAUSE_MS;
      if (idle) await sleep(PAUSE_MS);
    }
  };

  return {
    start() {
      if (current) return;
      current = new AbortController();
      listen(current);
    },

    stop,

    // Send a choice until it is answered or this way ends.
    async send(message) {
      const run = current;
      while (run && run === current) {
        const answer = await ask(run, LATE_MS, (signal) => choose(message, signal));
        if (run !== current) return;
        const messages = told(message, answer);
        for (const one of messages) onMessage(one);
        const again = messages.length === 0 || SENT_AGAIN.has(messages[0].code);
        if (!again) return;
        await sleep(messages[0]?.retry_after_ms ?? AGAIN_MS);
      }
    },
  };
};
