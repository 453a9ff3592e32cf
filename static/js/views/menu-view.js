// The button in the page's bar that opens the panel: of the game that is open, or of the player.

import { el, setHidden } from '../dom.js';
import { menuIcon } from './icons.js';

export const mountMenu = (root, send) => {
  let page = null;
  const button = el('button', {
    type: 'button', class: 'button menu', 'aria-haspopup': 'dialog',
    onclick: () => send({ type: 'panel', name: page === 'play' ? 'game' : 'player' }),
  }, menuIcon(), el('span', { class: 'menu-text' }, 'Menu'));
  root.append(button);

  return (state) => {
    page = state.page;
    setHidden(root, page === 'play' && !state.play.snapshot);
  };
};
