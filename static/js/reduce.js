// What the page knows, and how each message changes it. Pure: no DOM, no clock, no network. A
// message that changes nothing returns the same object, so that views can compare by identity.
//
// Messages come from two sides. The server's have the types of the contract (state, choice_ack
// ...). The page's own begin with "ui_", a prefix that the link never lets through from outside.
//
//   state = {
//     page     'home' | 'play'
//     home     { stories, storiesProblem, games, gamesProblem, next, starting, startProblem,
//                said, problem }  said, problem: what came of the last thing done to a game here
//     play     null, or {
//       gameId
//       snapshot   the newest version seen, or null
//       changes    what the last step did to the character, see changesBetween()
//       mine       the last version that a choice made here led to, 0 if none
//       pending    null, or what is under way: { deed, version, request_id, saved: version or 0 }
//                  and, with its deed, 'choice': choice_id, choice_text; 'load': of, the version;
//                  'undo': nothing more
//       seen       the snapshots seen last, so that one of them can come back at once
//       preview    null, or the one of them that is shown while an undo or load is under way
//       role       what this player is here: null (not known yet), 'owner', 'player', 'spectator',
//                  'stranger' (no member)
//       notice     null, or { code, ... }: what words.js is to tell
//       presence   null, or who watches, as the server told it last: { watchers, roles }
//     }
//     link     what socket.js reported last
//     panel    null, or which panel is open: { name: 'game' | 'player', tab }
//     saves, file, history, people, player
//              what stands in the panel: see PARTS. Each has busy: null or what is under way;
//              problem and said: what came of the last thing that was asked for, in words
//   }

import { answerTo } from './answers.js';
import { undoOf } from './undo.js';

// More than anybody takes back at one go.
const SEEN_MAX = 30;

const IDLE = { busy: null, problem: '', said: '' };

// list: null while it is not known.
export const PARTS = {
  saves: { ...IDLE, list: null, max: 20 },
  file: IDLE,
  // events are those with the versions after + 1 ... after + their number, of `newest` in all
  history: { ...IDLE, events: null, after: 0, newest: 0 },
  // made: the invitation made last, { invitation_id, role, once, code }: its code is told once
  people: { ...IDLE, list: null, invitations: [], made: null },
  // known: has the server a player for this browser? null: not asked yet.
  // carry: null or { code, expires }
  player: { ...IDLE, known: null, devices: [], carry: null },
};

export const initialState = {
  page: 'home',
  home: {
    stories: null, storiesProblem: null,
    games: null, gamesProblem: null, next: null,
    starting: null, startProblem: null, said: '', problem: '',
  },
  play: null,
  panel: null,
  ...PARTS,
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
  if (snapshot.decision.of) return { code: 'others_load', of: snapshot.decision.of };
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
    seen: [...play.seen, snapshot].slice(-SEEN_MAX),
    // What was shown early is there, or else something newer is.
    preview: null,
    changes: shown ? changesBetween(shown, snapshot) : [],
    notice: shown ? arrivalNotice(play, snapshot) : play.notice,
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
      return withPlay(told, {
        pending: null, preview: null,
        notice: { ...noticeOf(message), deed: state.play.pending.deed },
      });
    }
    case 'none':
      return state;
  }
};

// Where an undo or load leads to, if the page has seen that.
const previewOf = (play, { deed, of }) => {
  if (deed === 'choice') return null;
  const target = deed === 'undo' ? undoOf(play)?.target : of;
  return play.seen.find(({ version }) => version === target) ?? null;
};

const HANDLERS = {
  __proto__: null, // a message named "toString" finds nothing

  state: onSnapshot,
  presence: (state, { game_id, watchers, roles }) =>
    (state.play?.gameId === game_id ? withPlay(state, { presence: { watchers, roles } }) : state),
  choice_ack: onAnswer,
  choice_error: onAnswer,
  message_error: onAnswer,

  ui_home: (state) => ({
    ...state, page: 'home', play: null, panel: null, link: initialState.link,
  }),

  // A choice that was under way before a reload comes back with it.
  ui_play: (state, { gameId, pending }) => ({
    ...withHome(state, { starting: null, startProblem: null, said: '', problem: '' }),
    page: 'play',
    play: {
      gameId, snapshot: null, changes: [], mine: 0, pending: pending ?? null, notice: null,
      presence: null, seen: [], preview: null, role: null,
    },
    panel: null,
    saves: PARTS.saves, history: PARTS.history, people: PARTS.people, file: PARTS.file,
    link: initialState.link,
  }),

  // Who watches is only known while the server tells it.
  ui_link: (state, { link }) => {
    const live = link.phase === 'open' && link.via === 'socket';
    const next = { ...state, link };
    return live || !state.play?.presence ? next : withPlay(next, { presence: null });
  },

  ui_pending: (state, { pending }) => withPlay(state, {
    pending, notice: null, preview: previewOf(state.play, pending),
  }),

  // What this player is in the game that is open.
  ui_role: (state, { gameId, role }) =>
    (state.play?.gameId === gameId ? withPlay(state, { role }) : state),

  // What is to be told about the game, other than the answer to something that was sent.
  ui_notice: (state, { notice }) => (state.play ? withPlay(state, { notice }) : state),

  // What was said in the panel belongs to the tab where it was said.
  ui_panel: (state, { panel }) => ({
    ...state, ...Object.fromEntries(Object.keys(PARTS).map((part) =>
      [part, { ...state[part], problem: '', said: '' }])), panel,
  }),

  ui_part: (state, { part, changes }) => ({ ...state, [part]: { ...state[part], ...changes } }),

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

  // What came of something done to a game of the list.
  ui_home_said: (state, { said, problem }) =>
    withHome(state, { said: said ?? '', problem: problem ?? '' }),

  ui_game_gone: (state, { gameId, said }) => withHome(state, {
    games: (state.home.games ?? []).filter((game) => game.game_id !== gameId), said, problem: '',
  }),

  ui_starting: (state, { storyId }) =>
    withHome(state, { starting: storyId, startProblem: null }),

  ui_start_failed: (state, { storyId, problem }) =>
    withHome(state, { starting: null, startProblem: { storyId, text: problem } }),
};
