// Where in the page we are, as its address says: "/" is the list, "/?game=<id>" is a game.

const GAME_ID = /^[A-Za-z0-9_-]{1,64}$/;

// { page: 'home' } or { page: 'play', gameId }
export const routeOf = (search) => {
  const gameId = new URLSearchParams(search).get('game');
  return gameId !== null && GAME_ID.test(gameId) ? { page: 'play', gameId } : { page: 'home' };
};

export const addressOf = (gameId) => (gameId ? `/?game=${encodeURIComponent(gameId)}` : '/');

const CODE = /^#(invite|carry)=([^&#\s]{1,200})$/;

// The code in a link that somebody sent: { kind: 'invite' | 'carry', code }, or null.
export const codeIn = (hash) => {
  const found = CODE.exec(hash);
  return found ? { kind: found[1], code: found[2] } : null;
};
