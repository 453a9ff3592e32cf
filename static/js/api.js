// The REST calls of the page. Each gives { data } or { problem, status }, where problem is a
// sentence for people; none throws. status 0: the server was not reached.

const UNREACHED = 'The server cannot be reached. Check the connection and try again.';

const call = async (method, path, body) => {
  const init = { method, headers: { Accept: 'application/json' }, credentials: 'same-origin' };
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
  if (response.ok && data) return { data };
  const problem = data?.detail ?? data?.title ?? `The server answered ${response.status}.`;
  return { problem, status: response.status };
};

export const listStories = () => call('GET', '/api/stories');

// The games of this browser, newest first; `after` is the `next` of the page before.
export const listGames = (after) =>
  call('GET', after ? `/api/games?after=${encodeURIComponent(after)}` : '/api/games');

export const getGame = (gameId) => call('GET', `/api/games/${encodeURIComponent(gameId)}`);

export const startGame = (storyId, name) =>
  call('POST', '/api/games', name ? { story_id: storyId, name } : { story_id: storyId });
