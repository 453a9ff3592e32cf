// Taking the last step back, at the end of the section: beside the choices, and where a story has
// ended. What comes back is shown at once where the page has seen it; until it is saved, it says so.

import { el, setDisabled, setHidden, setText } from '../dom.js';
import { mayPlay, undoOf } from '../undo.js';
import { undoWords } from '../words.js';
import { undoIcon } from './icons.js';

const isUndoKey = (event) =>
  (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === 'z' &&
  !event.target.closest?.('input, textarea, select, dialog, [contenteditable]');

export const mountUndo = (root, send) => {
  const text = el('span', {});
  const left = el('span', { class: 'undo-left' });
  const button = el('button', {
    type: 'button', class: 'button undo-button', 'aria-keyshortcuts': 'Control+Z',
    // A double click is one undo.
    onclick: ({ detail }) => { if (detail < 2) send({ type: 'undo' }); },
  }, undoIcon(), text);
  root.append(button, left);

  document.addEventListener('keydown', (event) => {
    if (!isUndoKey(event) || root.hidden || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    send({ type: 'undo' });
  });

  return ({ play, link }) => {
    const { pending, role } = play ?? {};
    const back = pending?.deed === 'undo' || pending?.deed === 'load';
    // While a choice is under way its place stays, so that nothing jumps.
    const able = undoOf(play ?? {}) ?? (back ? { left: null } : null);
    // Until the server has said who this is, the place is kept and nobody can press it.
    setHidden(root, !able || (role !== null && !mayPlay(role)));
    root.classList.toggle('is-unknown', role === null);
    if (!able) return;
    const words = undoWords(able, pending, pending && !pending.saved && link.phase !== 'open');
    setText(text, words.text);
    setText(left, words.left);
    setDisabled(button, Boolean(pending));
  };
};
