// Whole games: export, import, stop, begin again, delete.

import { askDeleteWords, problemWords } from '../words.js';
import { createDesk } from './desk.js';

// The server's limit; a larger file need not be sent to hear that.
export const IMPORT_BYTES_MAX = 8 * 1024 * 1024;

// download(name, blob)   gives the reader a file
// For the rest of a page see saves.js.
export const createGameDeeds = (page) => {
  const { api, state, dispatch, ask, goTo, closePanel, download, tell } = page;
  const file = createDesk('file', page);
  const player = createDesk('player', page);

  const doom = async (game, done, failed) => {
    if (!await ask(askDeleteWords(game))) return;
    const { problem, ...answer } = await api.deleteGame(game.game_id);
    if (problem && answer.status !== 404) failed(problemWords({ problem, ...answer }));
    else {
      tell('games');
      done(`Deleted “${game.title}”.`);
    }
  };

  return {
    exportGame: async () => {
      const { story_id: story, version } = state().play.snapshot;
      const answer = await file.ask('export', api.exportGame);
      if (!answer) return;
      download(`${story}-${version}.casys-game.json`, answer.data);
      file.say('The file is among your downloads.');
    },

    importGame: async ({ chosen }) => {
      if (chosen.size > IMPORT_BYTES_MAX) {
        const problem = 'This file is larger than 8 MiB, which no exported game is.';
        player.part({ problem, said: '' });
        return;
      }
      const answer = await player.ask('import', () => api.importGame(chosen));
      if (!answer) return;
      tell('games');
      goTo(answer.data.game_id, {
        code: 'said', text: 'Every version of the file was played again, and all of it is right. ' +
          'The game is yours from here.',
      });
    },

    stopGame: async () => {
      const yes = await ask({
        title: 'End this game?', yes: 'End the game', danger: true,
        text: 'The story ends here, without an ending. All of it stays in the history.',
      });
      if (!yes) return;
      const answer = await file.ask('stop',
        (gameId) => api.stopGame(gameId, state().play.snapshot.version));
      if (!answer) return;
      dispatch(answer.data);
      closePanel();
    },

    resetGame: async () => {
      const yes = await ask({
        title: 'Begin this game again?', yes: 'Begin again', danger: true,
        text: 'The story starts over in this same game, with new dice. What came before stays ' +
          'in the history; you can fork it, but not go back to it.',
      });
      if (yes && await file.ask('reset', api.resetGame)) closePanel();
    },

    // The game that is open.
    deleteGame: () => {
      const { snapshot } = state().play;
      return doom(snapshot, (said) => goTo(null, said), (problem) => file.part({ problem }));
    },

    // One of the list.
    deleteListed: ({ game }) => doom(game,
      (said) => dispatch({ type: 'ui_game_gone', gameId: game.game_id, said }),
      (problem) => dispatch({ type: 'ui_home_said', problem })),
  };
};
