// The REST calls of the page. Each gives { data, status } or { problem, status, body }, where
// problem is a sentence for people and body what the server said, if it was JSON; none throws.
// status 0: the server was not reached. status 204 has no data.

const UNREACHED = 'The server cannot be reached. Check the connection and try again.';

const call = async (method, path, body, signal) => {
  const init = {
    method, headers: { Accept: 'application/json' }, credentials: 'same-origin', signal,
  };
  if (body !== undefined) {
    init.headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    return { problem: UNREACHED, status: 0 };
  }
  const data = await response.json().catch(() => null);
  const { status } = response;
  if (status === 204 || (response.ok && data)) return { data, status };
  const problem = data?.detail ?? data?.title ?? `The server answered ${response.status}.`;
  return { problem, status, body: data };
};

export const listStories = () => call('GET', '/api/stories');

// The games of this browser, newest first; `after` is the `next` of the page before.
export const listGames = (after) =>
  call('GET', after ? `/api/games?after=${encodeURIComponent(after)}` : '/api/games');

export const getGame = (gameId) => call('GET', `/api/games/${encodeURIComponent(gameId)}`);

// The state when it is another than `since`, as soon as it is, or 204 after so many seconds.
export const awaitGame = (gameId, since, seconds, signal) =>
  call('GET', `/api/games/${encodeURIComponent(gameId)}?since=${since}&wait=${seconds}`, undefined,
    signal);

// A choice as the WebSocket sends it.
export const playChoice = ({ choice, version, request_id }, signal) => {
  const { game_id: gameId, ...chosen } = choice;
  const path = `/api/games/${encodeURIComponent(gameId)}/choices`;
  return call('POST', path, { ...chosen, version, request_id }, signal);
};

export const startGame = (storyId, name) =>
  call('POST', '/api/games', name ? { story_id: storyId, name } : { story_id: storyId });
