// Wires the page: the state, the views, the link, the address.
//
//   view --send(command)--> here --fact--> reduce --state--> every view
//                            |  ^
//                            v  | messages
//                          link, api
//
// A command is something the reader asked for; a fact is something that happened. Only facts reach
// reduce.js. A refused or failed command becomes a fact too.

import {
  awaitGame, getGame, listGames, listStories, playChoice, startGame,
} from './api.js';
import { opensElsewhere } from './dom.js';
import { keepPending, loadPending } from './pending-store.js';
import { createPoll } from './poll.js';
import { initialState, reduce } from './reduce.js';
import { makeRequestId } from './request-id.js';
import { addressOf, routeOf } from './route.js';
import { createLink } from './socket.js';
import { mountConnection } from './views/connection-view.js';
import { mountHome } from './views/home-view.js';
import { mountNews } from './views/news-view.js';
import { mountPlay } from './views/play-view.js';
import { mountPresence } from './views/presence-view.js';

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
    wait: (since, seconds, signal) => awaitGame(state.play.gameId, since, seconds, signal),
    choose: playChoice,
  }),
  onMessage: dispatch,
  onStatus: (status) => {
    dispatch({ type: 'ui_link', link: status });
    if (status.phase === 'waiting' && !state.play?.snapshot) askByRest();
  },
});

// A socket that never opened does not say why. The same game asked for by REST does, and shows the
// story meanwhile where a proxy lets no WebSocket through.
const askByRest = async () => {
  const { gameId } = state.play;
  const { data, status } = await getGame(gameId);
  if (state.play?.gameId !== gameId) return;
  if (data) dispatch(data);
  else if (status === 404) link.halt({ code: 'game_not_found' });
};

const choiceMessage = (gameId, pending) => ({
  type: 'choice',
  choice: {
    game_id: gameId,
    choice_id: pending.choice_id,
    choice_text: pending.choice_text,
    metadata: {},
  },
  version: pending.version,
  request_id: pending.request_id,
});

const loadStories = async () => {
  const { data, problem } = await listStories();
  dispatch({ type: 'ui_stories', stories: data?.stories, problem });
};

const loadGames = async (after) => {
  const { data, problem } = await listGames(after);
  dispatch({
    type: 'ui_games', games: data?.games, next: data?.next, more: Boolean(after), problem,
  });
};

// Show what the address says.
const follow = () => {
  const route = routeOf(location.search);
  link.stop();
  if (route.page === 'home') {
    dispatch({ type: 'ui_home' });
    loadStories();
    loadGames();
    return;
  }
  const pending = loadPending(sessionStorage, route.gameId);
  dispatch({ type: 'ui_play', gameId: route.gameId, pending });
  if (pending) link.choose(choiceMessage(route.gameId, pending));
  link.start();
};

const goTo = (gameId) => {
  history.pushState(null, '', addressOf(gameId));
  follow();
};

const commands = {
  home: () => goTo(null),

  open: ({ gameId }) => goTo(gameId),

  begin: async ({ storyId, name }) => {
    if (state.home.starting) return;
    dispatch({ type: 'ui_starting', storyId });
    const { data, problem } = await startGame(storyId, name);
    if (data) goTo(data.game_id);
    else dispatch({ type: 'ui_start_failed', storyId, problem });
  },

  stories: loadStories,
  games: () => loadGames(),
  moreGames: () => loadGames(state.home.next),

  choose: ({ choice }) => {
    const { gameId, snapshot, pending } = state.play;
    if (pending || snapshot.status !== 'active') return;
    if (!choice.available) {
      dispatch({ type: 'ui_unavailable', choice });
      return;
    }
    const next = {
      choice_id: choice.id,
      choice_text: choice.text,
      version: snapshot.version,
      request_id: makeRequestId(crypto),
      saved: 0,
    };
    if (!link.choose(choiceMessage(gameId, next))) return;
    dispatch({ type: 'ui_pending', pending: next });
  },

  retry: () => link.retry(),
};

const send = (command) => commands[command.type](command);

const root = (id) => document.getElementById(id);
updates = [
  mountHome(root('home'), send),
  mountPlay(root('play'), send),
  mountPresence(root('presence')),
  mountConnection(root('connection'), send),
  mountNews(root('news')),
];

// Back and forward. A mere fragment (the skip link) is no other place.
addEventListener('popstate', () => {
  const route = routeOf(location.search);
  if (route.page !== state.page || route.gameId !== state.play?.gameId) follow();
});
addEventListener('online', () => link.networkChanged());
addEventListener('offline', () => link.networkChanged());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') link.wake();
});

root('brand').addEventListener('click', (event) => {
  if (opensElsewhere(event)) return;
  event.preventDefault();
  send({ type: 'home' });
});

for (const update of updates) update(state);
follow();
