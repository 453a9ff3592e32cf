// What going back means for the page: may this reader undo, how often, and what would come back.
// Pure. The server decides; this is so that the page offers what will be done.

// The roles that may do what belongs to playing.
const PLAYERS = new Set(['owner', 'player']);

export const mayPlay = (role) => PLAYERS.has(role);

// null when there is nothing to undo here, else { left, target }: how many the story still allows
// (null: as many as one likes), and the version that comes back (0: only the server knows).
export const undoOf = ({ snapshot }) => {
  if (!snapshot) return null;
  const { version, metadata, decision } = snapshot;
  const told = metadata?.undo;
  const left = told?.left ?? null;
  if (left === 0 || version < 2) return null;
  // Behind a beginning (a reset, a fork, an import) is what nobody goes back to.
  const went = decision.choice_id || decision.event === 'load' || snapshot.status === 'stopped';
  if (!went || told?.to === 0) return null;
  // Where the server tells nothing the game never went back: what is undone is the last step.
  return { left, target: told ? told.to ?? 0 : version - 1 };
};

// What the page shows: while going back is under way, already where it leads to, if that was seen
// before. What is shown early is saved later; until then nothing can be chosen in it.
export const shownOf = (play) => play?.preview ?? play?.snapshot ?? null;
