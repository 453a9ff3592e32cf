// The character sheet: stats, gold, inventory, and what the last step changed in them.

import { el, setHidden } from '../dom.js';
import { shownOf } from '../undo.js';
import { deltaWords } from '../words.js';

const badge = (change) => (change
  ? el('span', { class: `delta ${change.to > change.from ? 'is-up' : 'is-down'}` },
    deltaWords(change))
  : null);

const stat = (name, language, value, change) => el('div', { class: 'stat' },
  el('dt', { lang: language }, name), el('dd', {}, String(value), badge(change)));

// The same as the choice at the end of the list, for those who look for it here.
const useButton = (choice, send) => el('button', {
  type: 'button',
  class: 'button is-small item-use',
  'aria-label': `Use: ${choice.text}`,
  onclick: ({ detail }) => { if (detail < 2) send({ type: 'choose', choice }); },
}, 'Use');

const item = ({ name, quantity, description }, language, change, use) =>
  el('li', { class: 'item' },
    el('span', { class: 'item-name', lang: language }, name),
    quantity > 1 ? el('span', { class: 'item-count' }, `× ${quantity}`) : null,
    badge(change),
    use,
    description ? el('p', { class: 'item-description', lang: language }, description) : null);

// What the last step took away is shown once more, struck out.
const lostItem = (change, language) => el('li', { class: 'item is-gone' },
  el('s', { class: 'item-name', lang: language }, change.name), badge(change));

const render = ({ character, language, rules }, changes, send) => {
  const { stats, stat_names: names, inventory } = character;
  const change = (kind, id) => changes.find((one) => one.kind === kind && one.id === id);
  const items = Object.entries(inventory.items).filter(([, { quantity }]) => quantity > 0);
  const lost = changes.filter(({ kind, to }) => kind === 'item' && to === 0);
  const use = (id) => rules.choices.find((choice) => choice.id === `use:${id}`);
  const carried = items.reduce((sum, [, { quantity }]) => sum + quantity, 0);
  return [
    el('h2', { class: 'sheet-title', id: 'sheet-title', dir: 'auto' }, character.name),
    el('dl', { class: 'stats' },
      ...Object.entries(stats).map(([id, value]) =>
        stat(names[id], language, value, change('stat', id))),
      stat('Gold', null, inventory.gold, change('gold', 'gold'))),
    el('h3', { class: 'inventory-title' }, 'Inventory ',
      el('span', { class: 'inventory-count' }, `${carried} of ${inventory.capacity}`)),
    items.length || lost.length
      ? el('ul', { class: 'inventory' },
        ...items.map(([id, one]) => item(one, language, change('item', id),
          use(id) ? useButton(use(id), send) : null)),
        ...lost.map((one) => lostItem(one, language)))
      : el('p', { class: 'quiet' }, 'Nothing yet.'),
  ];
};

export const mountSheet = (root, send) => {
  let snapshot = null;
  return ({ play }) => {
    const next = shownOf(play);
    if (next !== snapshot) {
      snapshot = next;
      setHidden(root, !snapshot);
      if (snapshot) root.replaceChildren(...render(snapshot, play.preview ? [] : play.changes, send));
    }
    for (const button of root.querySelectorAll('.item-use')) {
      button.setAttribute('aria-disabled', String(Boolean(play?.pending) || play?.role === 'spectator'));
    }
  };
};
