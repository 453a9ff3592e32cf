// What the page knows, and how each message changes it. Pure: no DOM, no clock, no network. A
// message that changes nothing returns the same object, so that views can compare by identity.
//
// Messages come from two sides. The server's have the types of the contract (state, choice_ack
// ...). The page's own begin with "ui_", a prefix that the link never lets through from outside.
//
//   state = {
//     page     'home' | 'play'
//     home     { stories, storiesProblem, games, gamesProblem, next, starting, startProblem }
//     play     null, or {
//       gameId
//       snapshot   the newest version seen, or null
//       changes    what the last step did to the character, see changesBetween()
//       mine       the last version that a choice made here led to, 0 if none
//       pending    null, or the choice under way:
//                  { choice_id, choice_text, version, request_id, saved: version or 0 }
//       notice     null, or { code, ... }: what words.js is to tell
//       presence   null, or who watches, as the server told it last: { watchers, roles }
//     }
//     link     what socket.js reported last
//   }

import { answerTo } from './answers.js';

export const initialState = {
  page: 'home',
  home: {
    stories: null, storiesProblem: null,
    games: null, gamesProblem: null, next: null,
    starting: null, startProblem: null,
  },
  play: null,
  link: { phase: 'idle', via: 'socket', online: true, retryAt: null, attempt: 0, reason: null },
};

export const reduce = (state, message) => {
  const handler = HANDLERS[message.type];
  return handler ? handler(state, message) : state;
};

// What changed on the character sheet, as [{ kind: 'stat'|'gold'|'item', id, name, from, to }].
export const changesBetween = (before, after) => {
  const from = before.character;
  const to = after.character;
  const stats = Object.keys(to.stats).map((id) => ({
    kind: 'stat', id, name: to.stat_names[id], from: from.stats[id], to: to.stats[id],
  }));
  const itemsFrom = from.inventory.items;
  const itemsTo = to.inventory.items;
  const items = Object.keys({ ...itemsFrom, ...itemsTo }).map((id) => ({
    kind: 'item', id, name: (itemsTo[id] ?? itemsFrom[id]).name,
    from: itemsFrom[id]?.quantity ?? 0, to: itemsTo[id]?.quantity ?? 0,
  }));
  const gold = {
    kind: 'gold', id: 'gold', name: 'Gold', from: from.inventory.gold, to: to.inventory.gold,
  };
  return [...stats, gold, ...items].filter((change) => change.from !== change.to);
};

const withPlay = (state, changes) => ({ ...state, play: { ...state.play, ...changes } });
const withHome = (state, changes) => ({ ...state, home: { ...state.home, ...changes } });

// Somebody's choice led here: whose was it, and is there something to say about it?
const arrivalNotice = (play, snapshot) => {
  const shown = play.snapshot;
  if (!shown || play.pending || snapshot.version === play.mine) return null;
  if (snapshot.version > shown.version + 1) return { code: 'caught_up' };
  const text = snapshot.decision.player_input;
  return text ? { code: 'others_choice', text } : { code: 'caught_up' };
};

const onSnapshot = (state, snapshot) => {
  const { play } = state;
  if (!play || snapshot.game_id !== play.gameId) return state;
  const shown = play.snapshot;
  if (shown && snapshot.version <= shown.version) return state;
  const done = play.pending?.saved > 0 && snapshot.version >= play.pending.saved;
  return withPlay(state, {
    snapshot,
    changes: shown ? changesBetween(shown, snapshot) : [],
    notice: arrivalNotice(play, snapshot),
    pending: done ? null : play.pending,
  });
};

// The choice is on disk. Until its version is shown the old choices must stay closed.
const onApplied = (state, ack) => {
  const { play } = state;
  const arrived = (play.snapshot?.version ?? 0) >= ack.version;
  return withPlay(state, {
    mine: ack.version,
    notice: null,
    pending: arrived ? null : { ...play.pending, saved: ack.version },
  });
};

const noticeOf = ({ code, needs, error }) => ({ code, needs: needs ?? [], text: error ?? '' });

const onAnswer = (state, message) => {
  if (!state.play) return state;
  switch (answerTo(state.play.pending?.request_id, message)) {
    case 'applied':
      return onApplied(state, message);
    case 'again':
      return withPlay(state, { notice: noticeOf(message) });
    case 'refused': {
      const told = message.state ? onSnapshot(state, message.state) : state;
      return withPlay(told, { pending: null, notice: noticeOf(message) });
    }
    case 'none':
      return state;
  }
};

const HANDLERS = {
  __proto__: null, // a message named "toString" finds nothing

  state: onSnapshot,
  presence: (state, { game_id, watchers, roles }) =>
    (state.play?.gameId === game_id ? withPlay(state, { presence: { watchers, roles } }) : state),
  choice_ack: onAnswer,
  choice_error: onAnswer,
  message_error: onAnswer,

  ui_home: (state) => ({ ...state, page: 'home', play: null, link: initialState.link }),

  // A choice that was under way before a reload comes back with it.
  ui_play: (state, { gameId, pending }) => ({
    ...withHome(state, { starting: null, startProblem: null }),
    page: 'play',
    play: {
      gameId, snapshot: null, changes: [], mine: 0, pending: pending ?? null, notice: null,
      presence: null,
    },
    link: initialState.link,
  }),

  // Who watches is only known while the server tells it.
  ui_link: (state, { link }) => {
    const live = link.phase === 'open' && link.via === 'socket';
    const next = { ...state, link };
    return live || !state.play?.presence ? next : withPlay(next, { presence: null });
  },

  ui_pending: (state, { pending }) => withPlay(state, { pending, notice: null }),

  // Somebody tried a choice whose condition does not hold.
  ui_unavailable: (state, { choice }) => withPlay(state, {
    notice: { code: 'choice_unavailable', needs: choice.needs, text: '' },
  }),

  ui_stories: (state, { stories, problem }) =>
    withHome(state, { stories: stories ?? state.home.stories, storiesProblem: problem ?? null }),

  ui_games: (state, { games, next, more, problem }) => {
    if (problem) return withHome(state, { gamesProblem: problem });
    const known = more ? state.home.games ?? [] : [];
    return withHome(state, { games: [...known, ...games], next: next ?? null, gamesProblem: null });
  },

  ui_starting: (state, { storyId }) =>
    withHome(state, { starting: storyId, startProblem: null }),

  ui_start_failed: (state, { storyId, problem }) =>
    withHome(state, { starting: null, startProblem: { storyId, text: problem } }),
};
