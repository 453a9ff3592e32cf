// The state of the link, small, in the page's bar; and the way to hurry it. What is worth saying
// aloud is said by news-view.js.

import { el, setHidden, setText } from '../dom.js';
import { linkWords } from '../words.js';

const TICK_MS = 250;

export const mountConnection = (root, send) => {
  const text = el('span', { class: 'connection-text' });
  const now = el('button', { type: 'button', class: 'button is-small', hidden: true,
    onclick: () => send({ type: 'retry' }) }, 'Try now');
  root.append(el('span', { class: 'connection-dot', 'aria-hidden': 'true' }), text, now);

  let state = null;
  let ticking = null;

  const show = () => {
    const words = linkWords(state, Date.now());
    root.dataset.kind = words.kind;
    setText(text, words.text);
    setHidden(now, state.link.phase !== 'waiting');
  };

  return (next) => {
    state = next;
    const { play, link } = state;
    setHidden(root, !play || link.phase === 'stopped'); // why it stopped stands in the page
    if (play) show();
    const waiting = play !== null && link.phase === 'waiting';
    if (waiting && ticking === null) ticking = setInterval(show, TICK_MS);
    if (!waiting && ticking !== null) {
      clearInterval(ticking);
      ticking = null;
    }
  };
};
