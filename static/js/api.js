// The REST calls of the page. Each gives { data, status } or { problem, status, body }, where
// problem is a sentence for people and body what the server said, if it was JSON; none throws.
// status 0: the server was not reached. status 204 has no data.

const UNREACHED = 'The server cannot be reached. Check the connection and try again.';

// `body` is what JSON can say, or a Blob that is JSON already; `read` is how a good answer is read.
const call = async (method, path, body, signal, read = 'json') => {
  const init = {
    method, headers: { Accept: 'application/json' }, credentials: 'same-origin', signal,
  };
  if (body !== undefined) {
    init.headers['Content-Type'] = 'application/json';
    init.body = body instanceof Blob ? body : JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    return { problem: UNREACHED, status: 0 };
  }
  const data = await response[response.ok ? read : 'json']().catch(() => null);
  const { status } = response;
  if (status === 204 || (response.ok && data)) return { data, status };
  const problem = data?.detail ?? data?.title ?? `The server answered ${response.status}.`;
  return { problem, status, body: data };
};

const ofGame = (gameId, rest = '') => `/api/games/${encodeURIComponent(gameId)}${rest}`;

export const listStories = () => call('GET', '/api/stories');

// The games of this browser, newest first; `after` is the `next` of the page before.
export const listGames = (after) =>
  call('GET', after ? `/api/games?after=${encodeURIComponent(after)}` : '/api/games');

export const getGame = (gameId) => call('GET', ofGame(gameId));

// The state when it is another than `since`, as soon as it is, or 204 after so many seconds.
export const awaitGame = (gameId, since, seconds, signal) =>
  call('GET', ofGame(gameId, `?since=${since}&wait=${seconds}`), undefined, signal);

// What the WebSocket sends as a choice, undo or load, each with the same members.
export const playMessage = (message, signal) => {
  const { type, game_id: gameId, choice, ...rest } = message;
  if (type === 'choice') {
    const { game_id: chosenIn, ...chosen } = choice;
    return call('POST', ofGame(chosenIn, '/choices'), { ...chosen, ...rest }, signal);
  }
  return call('POST', ofGame(gameId, `/${type}`), rest, signal);
};

export const startGame = (storyId, name) =>
  call('POST', '/api/games', name ? { story_id: storyId, name } : { story_id: storyId });

export const importGame = (file) => call('POST', '/api/games/import', file);

export const forkGame = (gameId, version) => call('POST', ofGame(gameId, '/fork'), { version });

// The document as a Blob, byte for byte what the server sent.
export const exportGame = (gameId) =>
  call('GET', ofGame(gameId, '/export'), undefined, undefined, 'blob');

export const stopGame = (gameId, version) => call('POST', ofGame(gameId, '/stop'), { version });

export const resetGame = (gameId) => call('POST', '/api/game/reset', { game_id: gameId });

export const deleteGame = (gameId) => call('DELETE', ofGame(gameId));

// The events with the versions after + 1 ... after + limit.
export const listHistory = (gameId, after, limit) =>
  call('GET', ofGame(gameId, `/history?after=${after}&limit=${limit}`));

export const listSaves = (gameId) => call('GET', ofGame(gameId, '/saves'));

// slot undefined: the lowest free one. version undefined: the newest.
export const putSave = (gameId, { name, slot, version }) =>
  call('POST', ofGame(gameId, '/saves'), { name, slot, version });

export const removeSave = (gameId, slot) => call('DELETE', ofGame(gameId, `/saves/${slot}`));

export const listMembers = (gameId) => call('GET', ofGame(gameId, '/members'));

export const setMember = (gameId, sessionId, role) =>
  call('PUT', ofGame(gameId, `/members/${encodeURIComponent(sessionId)}`), { role });

export const removeMember = (gameId, sessionId) =>
  call('DELETE', ofGame(gameId, `/members/${encodeURIComponent(sessionId)}`));

export const invite = (gameId, role, once) =>
  call('POST', ofGame(gameId, '/invitations'), { role, once });

export const revokeInvitation = (gameId, invitationId) =>
  call('DELETE', ofGame(gameId, `/invitations/${encodeURIComponent(invitationId)}`));

export const acceptInvitation = (code) => call('POST', '/api/invitations/accept', { code });

// The player of this browser: 401 when there is none yet.
export const getSession = () => call('GET', '/api/session');

export const rotateSession = () => call('POST', '/api/session/rotate', {});

export const makeCarryCode = () => call('POST', '/api/session/carry', {});

export const enterCarryCode = (code, label) => call('POST', '/api/session/enter', { code, label });

export const removeDevice = (deviceId) =>
  call('DELETE', `/api/session/devices/${encodeURIComponent(deviceId)}`);
