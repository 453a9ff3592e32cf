// Wires the page: the state, the views, the link, the address.
//
//   view --send(command)--> here --fact--> reduce --state--> every view
//                            |  ^
//                            v  | messages
//                          link, api
//
// A command is something the reader asked for; a fact is something that happened. Only facts reach
// reduce.js. A refused or failed command becomes a fact too.

import * as api from './api.js';
import { createGameDeeds } from './deeds/games.js';
import { createPeopleDeeds } from './deeds/people.js';
import { createPlayerDeeds } from './deeds/player.js';
import { createSaveDeeds } from './deeds/saves.js';
import { el, opensElsewhere } from './dom.js';
import { keepPending, loadPending } from './pending-store.js';
import { createPoll } from './poll.js';
import { initialState, reduce } from './reduce.js';
import { makeRequestId } from './request-id.js';
import { addressOf, codeIn, routeOf } from './route.js';
import { createLink } from './socket.js';
import { createTabs } from './tabs.js';
import { mayPlay, undoOf } from './undo.js';
import { mountAsk } from './views/ask-view.js';
import { mountConnection } from './views/connection-view.js';
import { mountHome } from './views/home-view.js';
import { mountMenu } from './views/menu-view.js';
import { mountNews } from './views/news-view.js';
import { mountPanel } from './views/panel-view.js';
import { mountPlay } from './views/play-view.js';
import { mountPresence } from './views/presence-view.js';
import { browserWords } from './words.js';

const root = (id) => document.getElementById(id);

let state = initialState;
let updates = [];

const dispatch = (fact) => {
  const before = state;
  state = reduce(state, fact);
  if (state === before) return;
  const { play } = state;
  if (play && play.pending !== before.play?.pending) {
    keepPending(sessionStorage, play.gameId, play.pending);
  }
  for (const update of updates) update(state);
};

const clock = {
  now: () => Date.now(),
  setTimeout: (action, ms) => setTimeout(action, ms),
  clearTimeout: (id) => clearTimeout(id),
};

const link = createLink({
  url: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws/game`,
  transport: (url) => new WebSocket(url),
  clock,
  random: Math.random,
  isOnline: () => navigator.onLine,
  greet: () => {
    const { gameId, snapshot } = state.play;
    const attach = { type: 'attach', game_id: gameId, presence: true };
    return snapshot ? { ...attach, version: snapshot.version } : attach;
  },
  fallback: (events) => createPoll({
    ...events,
    clock,
    known: () => state.play.snapshot?.version ?? 0,
    wait: (since, seconds, signal) => api.awaitGame(state.play.gameId, since, seconds, signal),
    choose: api.playMessage,
  }),
  onMessage: (message) => {
    dispatch(message);
    if (message.code === 'forbidden') commands.findRole(); // it was another one until now
  },
  onStatus: (status) => {
    dispatch({ type: 'ui_link', link: status });
    if (status.phase === 'open' && state.play?.role === null) commands.findRole();
    if (status.phase === 'waiting' && !state.play?.snapshot) askByRest();
  },
});

// A socket that never opened does not say why. The same game asked for by REST does, and shows the
// story meanwhile where a proxy lets no WebSocket through.
const askByRest = async () => {
  const { gameId } = state.play;
  const { data, status } = await api.getGame(gameId);
  if (state.play?.gameId !== gameId) return;
  if (data) dispatch(data);
  else if (status === 404) link.halt({ code: 'game_not_found' });
};

// What goes to the server of something under way.
const messageOf = (gameId, pending) => {
  const { deed, version, request_id, choice_id, choice_text, of } = pending;
  if (deed === 'choice') {
    const choice = { game_id: gameId, choice_id, choice_text, metadata: {} };
    return { type: 'choice', choice, version, request_id };
  }
  return { type: deed, game_id: gameId, ...(deed === 'load' ? { of } : {}), version, request_id };
};

// Begin a choice, undo or load of the game that is open, from the version that is shown.
const begin = (deed) => {
  const { gameId, snapshot, pending } = state.play;
  if (pending) return;
  const next = {
    ...deed, version: snapshot.version, request_id: makeRequestId(crypto), saved: 0,
  };
  if (link.choose(messageOf(gameId, next))) dispatch({ type: 'ui_pending', pending: next });
};

const loadStories = async () => {
  const { data, problem } = await api.listStories();
  dispatch({ type: 'ui_stories', stories: data?.stories, problem });
};

const loadGames = async (after) => {
  const { data, problem } = await api.listGames(after);
  dispatch({
    type: 'ui_games', games: data?.games, next: data?.next, more: Boolean(after), problem,
  });
};

// Show what the address says; `notice` is told there.
const follow = (notice) => {
  const route = routeOf(location.search);
  root('ask').close(); // a question is about the place where it was asked
  link.stop();
  if (route.page === 'home') {
    dispatch({ type: 'ui_home' });
    dispatch({ type: 'ui_home_said', said: notice });
    loadStories();
    loadGames();
    return;
  }
  const pending = loadPending(sessionStorage, route.gameId);
  dispatch({ type: 'ui_play', gameId: route.gameId, pending });
  if (notice) dispatch({ type: 'ui_notice', notice });
  if (pending) link.choose(messageOf(route.gameId, pending));
  link.start();
};

const goTo = (gameId, notice) => {
  history.pushState(null, '', addressOf(gameId));
  follow(notice);
};

const commands = {
  home: () => goTo(null),

  open: ({ gameId }) => goTo(gameId),

  begin: async ({ storyId, name }) => {
    if (state.home.starting) return;
    dispatch({ type: 'ui_starting', storyId });
    const { data, problem } = await api.startGame(storyId, name);
    if (data) goTo(data.game_id);
    else dispatch({ type: 'ui_start_failed', storyId, problem });
  },

  stories: loadStories,
  games: () => loadGames(),
  moreGames: () => loadGames(state.home.next),

  choose: ({ choice }) => {
    const { snapshot, pending, role } = state.play;
    if (pending || snapshot.status !== 'active' || role === 'spectator') return;
    if (choice.available) begin({ deed: 'choice', choice_id: choice.id, choice_text: choice.text });
    else dispatch({ type: 'ui_unavailable', choice });
  },

  undo: () => { if (mayPlay(state.play.role) && undoOf(state.play)) begin({ deed: 'undo' }); },

  panel: ({ name, tab }) => dispatch({ type: 'ui_panel', panel: { name, tab } }),
  tab: ({ tab }) => dispatch({ type: 'ui_panel', panel: { ...state.panel, tab } }),
  panelClosed: () => { if (state.panel) closePanel(); },

  retry: () => link.retry(),
};

const send = (command) => commands[command.type](command);

const closePanel = () => dispatch({ type: 'ui_panel', panel: null });

const download = (name, blob) => {
  const url = URL.createObjectURL(blob);
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

// What another tab of this browser did is shown here, too.
const tabs = createTabs(globalThis.BroadcastChannel, ({ what, gameId }) => {
  if (what === 'session') follow();
  else if (what === 'games' && state.page === 'home') loadGames();
  else if (gameId !== state.play?.gameId) return;
  else if (what === 'saves' && state.saves.list) commands.listSaves();
  else if (what === 'people') commands[state.people.list ? 'listPeople' : 'findRole']();
});

const page = {
  api, dispatch, goTo, closePanel, download,
  state: () => state,
  ask: mountAsk(root('ask')),
  goBack: (of) => begin({ deed: 'load', of }),
  tell: (what) => tabs.tell({ what, gameId: state.play?.gameId }),
  label: browserWords(navigator.userAgent),
  locks: navigator.locks,
  reopen: (said) => {
    closePanel();
    goTo(null, said);
  },
};

Object.assign(commands, createSaveDeeds(page), createPeopleDeeds(page), createGameDeeds(page),
  createPlayerDeeds(page));

// A link that somebody sent carries its code behind the #, which no server is told. It leaves the
// address at once, so that it stands in no history and nobody reads it over a shoulder.
const followCode = () => {
  const found = codeIn(location.hash);
  if (!found) return;
  history.replaceState(null, '', location.pathname + location.search);
  send({ type: found.kind === 'invite' ? 'acceptInvitation' : 'followCarry', code: found.code });
};

updates = [
  mountHome(root('home'), send),
  mountPlay(root('play'), send),
  mountPresence(root('presence')),
  mountConnection(root('connection'), send),
  mountMenu(root('menu'), send),
  mountPanel(root('panel'), send),
  mountNews(root('news')),
];

// Back and forward. A mere fragment (the skip link) is no other place.
addEventListener('popstate', () => {
  const route = routeOf(location.search);
  if (route.page !== state.page || route.gameId !== state.play?.gameId) follow();
});
addEventListener('hashchange', followCode);
addEventListener('online', () => link.networkChanged());
addEventListener('offline', () => link.networkChanged());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  link.wake();
  checkSession();
});

root('brand').addEventListener('click', (event) => {
  if (opensElsewhere(event)) return;
  event.preventDefault();
  send({ type: 'home' });
});

// The secret of a player is made anew when the server finds it old.
const CHECK_EVERY_MS = 3_600_000;
let checkedAt = -Infinity;
const checkSession = () => {
  if (Date.now() - checkedAt < CHECK_EVERY_MS) return;
  checkedAt = Date.now();
  commands.checkSession();
};

for (const update of updates) update(state);
follow();
followCode();
checkSession();
