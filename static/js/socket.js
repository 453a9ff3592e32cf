// The link to the server: one WebSocket at a time, kept alive, opened again when it is lost, and
// the one choice, undo or load that is under way. It knows no DOM and no game; sockets, time and
// chance are given to it, so that tests choose them.
//
//            start()                  first state            close, silence
//   idle ------------> connecting ------------------> open ------------------> waiting
//                          ^                                                      |
//                          +------------ delay over, online, wake(), retry() ------+
//   from anywhere: a final close code or answer, halt() -> stopped; stop() -> idle
//
// When WebSockets do not work at all (twice in a row a socket ended without a word) the fallback is
// started beside it: a long poll. While that works the link is reported as open, via 'poll'; sockets
// are still tried now and then, and the first one on which the game is shown takes over.
//
// "open" means that the server has shown or confirmed the game on this very socket; a socket that
// is merely connected proves nothing.
//
// A choice (an undo or a load, too) stays in flight until the server answers it, whatever happens to
// the socket: it goes out again, with the same request id, after every reconnect. The server applies
// it once.

import { answerTo, isGone } from './answers.js';

export const PING_EVERY_MS = 25_000;
export const ANSWER_WITHIN_MS = 10_000;
export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 30_000;

// Close codes after which trying again by itself would only repeat the mistake.
const FINAL_CLOSE = new Set([1000, 1002, 1003, 1007, 1008, 1009]);

// A full server needs more room than one that restarts: start the backoff at 4 s.
const CROWDED_CLOSE = 1013;
const CROWDED_ATTEMPT = 3;

// The server knows how many it sends away, and gives each its own time to come back: in a last
// message, and in the reason of its Close.
export const ADVISED_MAX_MS = 3_600_000;
const ADVICE = /\breconnect_ms=(\d{1,9})\b/;

// The reason of a Close by which the server asks a page to come back with its new secret.
const RENEWED = 'secret_replaced';

const RETRY_AFTER_DEFAULT_MS = 1000;

// Sockets in a row that ended without a word before WebSockets count as blocked.
const BLOCKED_AFTER = 2;
const CLOSED_WITHOUT_A_WORD = 1006;

// The types a server may send. Others are ignored, so that a newer server can add some.
const KNOWN = new Set([
  'state', 'current', 'choice_ack', 'choice_error', 'message_error', 'pong', 'reconnect',
  'presence',
]);

// Exponential backoff with full jitter: anywhere between 0 and the doubled bound, so that a
// thousand pages do not come back in step.
export const backoffMs = (attempt, random) =>
  Math.round(random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt));

// transport(url)     makes a WebSocket
// clock              { now(), setTimeout(f, ms), clearTimeout(id) }
// random()           0 <= x < 1
// isOnline()         what the browser believes about the network; a hint, never a proof
// greet()            the attach message, asked for anew at every connection
// onMessage(m)       every known message, parsed
// onStatus(status)   { phase, via, online, retryAt, attempt, reason } after every change; via is
//                    'socket' or 'poll'; reason says why the phase is stopped: { close: 1008,
//                    why }, why being the reason of the Close, or { code: 'game_not_found' }
// fallback(events)   makes what poll.js makes, for { onUp, onDown, onMessage }; without it there
//                    are only WebSockets
export const createLink = (options) => {
  const { url, transport, clock, random, isOnline, greet, onMessage, onStatus, fallback } = options;

  let socket = null;
  let phase = 'idle';
  let attempt = 0;
  let retryAt = null;
  let reason = null;
  let inFlight = null;
  let wordless = 0; // sockets in a row that ended without a word
  let polling = false; // the fallback works
  let heard = false; // anything came on this socket
  let advised; // ms, said by the server on this very socket
  const timers = new Map();

  const after = (name, ms, action) => {
    cancel(name);
    timers.set(name, clock.setTimeout(() => {
      timers.delete(name);
      action();
    }, ms));
  };

  const cancel = (name) => {
    clock.clearTimeout(timers.get(name));
    timers.delete(name);
  };

  const enter = (next, details = {}) => {
    phase = next;
    retryAt = details.retryAt ?? null;
    reason = details.reason ?? null;
    report();
  };

  const report = () => {
    const shown = polling ? 'open' : phase;
    const via = polling ? 'poll' : 'socket';
    onStatus({ phase: shown, via, online: isOnline(), retryAt, attempt, reason });
  };

  const endPolling = () => {
    poll?.stop();
    polling = false;
    wordless = 0;
  };

  // Forget the socket first, so that its late events find nobody.
  const drop = () => {
    for (const name of [...timers.keys()]) cancel(name);
    const old = socket;
    socket = null;
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = old.onerror = null;
    old.close();
  };

  const transmit = (message) => socket.send(JSON.stringify(message));

  // Every choice is answered. One that is not has been lost on a link that only looks alive.
  const transmitChoice = () => {
    transmit(inFlight);
    after('answer', ANSWER_WITHIN_MS, () => lose());
  };

  const ping = () => {
    transmit({ type: 'ping', timestamp: clock.now() });
    if (!timers.has('silence')) after('silence', ANSWER_WITHIN_MS, () => lose());
  };

  const pingLater = () => after('ping', PING_EVERY_MS, () => {
    ping();
    pingLater();
  });

  const lose = ({ code = CLOSED_WITHOUT_A_WORD, reason: why = '' } = {}) => {
    const blocked = phase === 'connecting' && !heard && code === CLOSED_WITHOUT_A_WORD;
    wordless = blocked ? wordless + 1 : 0;
    if (wordless >= BLOCKED_AFTER) poll?.start();
    drop();
    if (code === CROWDED_CLOSE) attempt = Math.max(attempt, CROWDED_ATTEMPT);
    const advice = advised ?? ADVICE.exec(why)?.[1];
    rest(advice);
  };

  // Wait for the next try: as long as the server said, or else as the backoff says.
  const rest = (advice) => {
    const delay = advice === undefined
      ? backoffMs(attempt, random) : Math.min(Number(advice), ADVISED_MAX_MS);
    attempt += 1;
    after('retry', delay, connect);
    enter('waiting', { retryAt: clock.now() + delay });
  };

  const halt = (why) => {
    endPolling();
    drop();
    enter('stopped', { reason: why });
  };

  const settle = (message) => {
    switch (answerTo(inFlight?.request_id, message)) {
      case 'applied':
      case 'refused':
        inFlight = null;
        cancel('answer');
        cancel('again');
        break;
      case 'again':
        cancel('answer');
        if (polling) break; // the fallback sends it again by itself
        after('again', message.retry_after_ms ?? RETRY_AFTER_DEFAULT_MS, () => {
          if (inFlight) transmitChoice();
        });
        break;
    }
  };

  const receive = (data) => {
    cancel('silence');
    heard = true;
    const message = parse(data);
    if (!message || !KNOWN.has(message.type)) return;
    if (message.type === 'reconnect') advised = message.reconnect_ms;
    settle(message);
    if (phase === 'connecting') greeted(message);
    onMessage(message);
    if (isGone(message)) halt({ code: message.code });
  };

  // The answer to attach. Only now is the link open, and a choice that waited goes out.
  const greeted = (message) => {
    if (message.type === 'state' || message.type === 'current') {
      cancel('greeting');
      attempt = 0;
      endPolling();
      enter('open');
      if (inFlight) transmitChoice();
    } else if (message.type === 'message_error' && !isGone(message)) {
      lose();
    }
  };

  const poll = fallback?.({
    onUp() {
      polling = true;
      report();
      if (inFlight) poll.send(inFlight);
    },
    // Neither way works: the server is gone, and sockets are tried as after any other loss.
    onDown(why, advice) {
      if (why) {
        halt(why);
        return;
      }
      if (polling) attempt = 0;
      polling = false;
      if (phase === 'waiting') rest(advice);
      else report();
    },
    onMessage(message) {
      settle(message);
      onMessage(message);
    },
  });

  const opened = () => {
    cancel('silence');
    transmit(greet());
    after('greeting', ANSWER_WITHIN_MS, () => lose());
    pingLater();
  };

  const connect = () => {
    drop();
    advised = undefined;
    heard = false;
    enter('connecting');
    const mine = transport(url);
    socket = mine;
    // A handshake may hang as silently as a dead link.
    after('silence', ANSWER_WITHIN_MS, () => lose());
    mine.onopen = () => opened();
    mine.onmessage = (event) => receive(event.data);
    mine.onerror = () => {}; // a close always follows and says more
    mine.onclose = (event) => {
      if (phase === 'open' && event.reason === RENEWED) connect();
      else if (FINAL_CLOSE.has(event.code)) halt({ close: event.code, why: event.reason ?? '' });
      else lose(event);
    };
  };

  return {
    start() {
      attempt = 0;
      wordless = 0;
      connect();
    },

    // Leave the game: no socket, no choice, no further events.
    stop() {
      endPolling();
      drop();
      inFlight = null;
      attempt = 0;
      phase = 'idle';
    },

    halt,

    // The reader asked: connect now, whatever came before.
    retry() {
      if (phase === 'waiting' || phase === 'stopped') connect();
    },

    // The page is looked at again, maybe after a long sleep: while waiting, try now; while open,
    // make sure that the link still lives.
    wake() {
      if (phase === 'waiting') connect();
      else if (phase === 'open') ping();
    },

    // The browser changed its mind about the network. Going offline is a hint and no proof: an
    // open link is asked, not closed.
    networkChanged() {
      if (phase === 'open') ping();
      else if (phase === 'waiting' && isOnline()) connect();
      else if (phase === 'waiting') enter('waiting', { retryAt });
    },

    // Take a choice, undo or load into flight. False when another one still is.
    choose(message) {
      if (inFlight) return false;
      inFlight = message;
      if (polling) poll.send(message);
      else if (phase === 'open') transmitChoice(); // else it goes out when the link is open
      return true;
    },
  };
};

const parse = (data) => {
  if (typeof data !== 'string') return null;
  try {
    const message = JSON.parse(data);
    return message !== null && typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
};
