// Saves and history: what the reader may do with the versions of the game that is open.

import { forkedWords, savedWords } from '../words.js';
import { createDesk } from './desk.js';

export const HISTORY_ROWS = 20;

// Without a name a save is called after where it was made.
const nameOf = (name, { section_number: section, version }) =>
  name || `Section ${section}, version ${version}`;

// api            api.js, or as much of it
// ask(question)  a promise of yes or no
// goBack(of)     makes an earlier version the newest one
// goTo(gameId)   opens another game
// tell(what)     lets the other tabs of this browser know
export const createSaveDeeds = (page) => {
  const { api, state, ask, goBack, goTo, closePanel, tell } = page;
  const saves = createDesk('saves', page);
  const history = createDesk('history', page);

  const list = async () => {
    const answer = await saves.look(api.listSaves);
    if (answer) saves.part({ list: answer.data.saves, max: answer.data.max });
  };

  const put = async (desk, save) => {
    const answer = await desk.ask('save', (gameId) => api.putSave(gameId, save));
    if (!answer) return;
    desk.say(savedWords(answer.data));
    tell('saves');
    await list();
  };

  // The events after + 1 ... after + HISTORY_ROWS; `after` undefined: the newest ones.
  const turnTo = async (after) => {
    const newest = state().play.snapshot?.version ?? 0;
    const from = after ?? Math.max(0, newest - HISTORY_ROWS);
    const rows = Math.min(HISTORY_ROWS, Math.max(1, newest - from));
    const answer = await history.look((gameId) => api.listHistory(gameId, from, rows));
    if (!answer) return;
    history.part({ events: answer.data.events, after: from, newest: answer.data.version });
  };

  return {
    listSaves: list,

    save: ({ name }) => put(saves, { name: nameOf(name, state().play.snapshot) }),

    // A save of what the history shows.
    saveVersion: ({ version, section }) =>
      put(history, { name: nameOf('', { section_number: section, version }), version }),

    overwriteSave: async ({ slot, name }) => {
      const yes = await ask({
        title: 'Overwrite this save?', yes: 'Overwrite',
        text: `“${name}” will stand for where the story is now. The version that it stood for stays ` +
          'in the history.',
      });
      if (yes) await put(saves, { slot, name });
    },

    deleteSave: async ({ slot, name }) => {
      const yes = await ask({
        title: 'Delete this save?', yes: 'Delete', danger: true,
        text: `“${name}” goes from the list. The version that it stands for stays in the history.`,
      });
      if (!yes) return;
      const answer = await saves.ask('delete', (gameId) => api.removeSave(gameId, slot));
      if (!answer) return;
      saves.say(`Deleted “${name}”.`);
      tell('saves');
      await list();
    },

    goBack: ({ of }) => {
      closePanel();
      goBack(of);
    },

    showHistory: ({ after } = {}) => turnTo(after),

    fork: async ({ version }) => {
      const answer = await history.ask('fork', (gameId) => api.forkGame(gameId, version));
      if (!answer) return;
      tell('games');
      goTo(answer.data.game_id, { code: 'said', text: forkedWords(version) });
    },
  };
};
