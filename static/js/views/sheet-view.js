// The character sheet: stats, gold, inventory, and what the last step changed in them.

import { el, setHidden } from '../dom.js';
import { deltaWords, titleWords } from '../words.js';

const badge = (change) => (change
  ? el('span', { class: `delta ${change.to > change.from ? 'is-up' : 'is-down'}` },
    deltaWords(change))
  : null);

const stat = (id, value, change) => el('div', { class: 'stat' },
  el('dt', {}, titleWords(id)), el('dd', {}, String(value), badge(change)));

const item = ({ name, quantity, description }, change) => el('li', { class: 'item' },
  el('span', { class: 'item-name' }, name),
  quantity > 1 ? el('span', { class: 'item-count' }, `× ${quantity}`) : null,
  badge(change),
  description ? el('p', { class: 'item-description' }, description) : null);

// What the last step took away is shown once more, struck out.
const lostItem = (change) => el('li', { class: 'item is-gone' },
  el('s', { class: 'item-name' }, change.name), badge(change));

const render = ({ character }, changes) => {
  const { stats, inventory } = character;
  const change = (kind, id) => changes.find((one) => one.kind === kind && one.id === id);
  const items = Object.entries(inventory.items).filter(([, { quantity }]) => quantity > 0);
  const lost = changes.filter(({ kind, to }) => kind === 'item' && to === 0);
  const carried = items.reduce((sum, [, { quantity }]) => sum + quantity, 0);
  return [
    el('h2', { class: 'sheet-title', id: 'sheet-title' }, character.name),
    el('dl', { class: 'stats' },
      ...Object.entries(stats).map(([id, value]) => stat(id, value, change('stat', id))),
      stat('gold', inventory.gold, change('gold', 'gold'))),
    el('h3', { class: 'inventory-title' }, 'Inventory ',
      el('span', { class: 'inventory-count' }, `${carried} of ${inventory.capacity}`)),
    items.length || lost.length
      ? el('ul', { class: 'inventory' },
        ...items.map(([id, one]) => item(one, change('item', id))),
        ...lost.map(lostItem))
      : el('p', { class: 'quiet' }, 'Nothing yet.'),
  ];
};

export const mountSheet = (root) => {
  let snapshot = null;
  return ({ play }) => {
    const next = play?.snapshot ?? null;
    if (next === snapshot) return;
    snapshot = next;
    setHidden(root, !snapshot);
    if (snapshot) root.replaceChildren(...render(snapshot, play.changes));
  };
};
