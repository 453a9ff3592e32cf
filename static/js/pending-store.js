// Keeps the choice, undo or load under way across a reload, per game and per tab. A browser that
// refuses storage only loses this comfort.

const keyOf = (gameId) => `casys.pending.${gameId}`;

const isDeed = (value) => {
  switch (value.deed) {
    case 'choice':
      return typeof value.choice_id === 'string' && typeof value.choice_text === 'string';
    case 'undo':
      return true;
    case 'load':
      return typeof value.of === 'number';
    default:
      return false;
  }
};

const isPending = (value) => typeof value?.version === 'number' &&
  typeof value.request_id === 'string' && isDeed(value);

export const loadPending = (storage, gameId) => {
  try {
    const value = JSON.parse(storage.getItem(keyOf(gameId)));
    return isPending(value) ? { ...value, saved: 0 } : null;
  } catch {
    return null;
  }
};

// A choice that is saved already needs no second sending.
export const keepPending = (storage, gameId, pending) => {
  try {
    if (!pending || pending.saved) storage.removeItem(keyOf(gameId));
    else storage.setItem(keyOf(gameId), JSON.stringify(pending));
  } catch {
    // no storage, or full: the choice is still sent from memory
  }
};
