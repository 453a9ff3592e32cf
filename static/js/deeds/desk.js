// What the deeds of the panel have in common: one request at a time for each part of the page, what
// came of it in words, and nothing about a game that is not open any more.

import { problemWords } from '../words.js';

// state()          what the page knows
// dispatch(fact)   see reduce.js
export const createDesk = (name, { state, dispatch }) => {
  let looks = 0;

  const part = (changes) => dispatch({ type: 'ui_part', part: name, changes });
  const fail = (answer) => part({ problem: problemWords(answer), said: '' });

  return {
    part,
    fail,

    // What came of it, for somebody who looks at the panel.
    say: (said) => part({ said, problem: '' }),

    // Ask the server to do something. null when it said no, which is told, when something else is
    // still under way, or when the reader has gone to another game meanwhile; else the answer.
    async ask(busy, request) {
      if (state()[name].busy) return null;
      const gameId = state().play?.gameId;
      part({ busy, problem: '', said: '' });
      const answer = await request(gameId);
      part({ busy: null });
      if (state().play?.gameId !== gameId) return null;
      if (answer.problem) fail(answer);
      return answer.problem ? null : answer;
    },

    // Ask what there is. null as above, or when it was asked again meanwhile: what was said about the
    // last deed stays.
    async look(request) {
      const mine = looks += 1;
      const gameId = state().play?.gameId;
      const answer = await request(gameId);
      if (mine !== looks || state().play?.gameId !== gameId) return null;
      if (answer.problem) fail(answer);
      return answer.problem ? null : answer;
    },
  };
};
