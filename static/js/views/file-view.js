// What can be done with the game as a whole: take it along as a file, end it, begin again, delete.

import { el, setDisabled, setHidden, setText } from '../dom.js';

// A deed with what it means beside it.
const deed = (title, text, command, send, kind = '') => {
  const button = el('button', { type: 'button', class: `button ${kind}`,
    onclick: () => {
      if (button.getAttribute('aria-disabled') !== 'true') send({ type: command });
    } }, title);
  const root = el('div', { class: 'deed' }, el('p', { class: 'explain' }, text), button);
  return { root, button };
};

export const mountFile = (root, send) => {
  const take = deed('Export', 'The whole game as one file: it can be imported on another server, ' +
    'and anybody can check it there, every roll of the dice, too.', 'exportGame', send);
  const fork = deed('Fork', 'A new game of your own with the same past, beside this one.',
    'forkNow', send);
  const again = deed('Begin again', 'The story from its start, in this same game and with new dice.',
    'resetGame', send);
  const stop = deed('End the game', 'Ends it here, without an ending of the story.', 'stopGame', send);
  const doom = deed('Delete', 'The game goes, with its history and all saves, for everybody.',
    'deleteGame', send, 'is-danger');
  root.append(...[take, fork, again, stop, doom].map((one) => one.root));

  return ({ file, play }) => {
    const owner = play?.role === 'owner';
    const free = owner || play?.role === 'stranger'; // a link game is everybody's
    setHidden(take.root, !free);
    setHidden(fork.root, play?.role === 'stranger');
    setHidden(again.root, !free);
    setHidden(stop.root, !free || play?.snapshot?.status !== 'active');
    setHidden(doom.root, !owner);
    for (const { button } of [take, again, stop, doom]) setDisabled(button, file.busy !== null);
    setText(take.button, file.busy === 'export' ? 'Writing the file …' : 'Export');
  };
};
