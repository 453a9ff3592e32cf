// The saves of this player in this game: make one, list, load, overwrite, delete.

import { el, replaceItems, setDisabled, setHidden, setText } from '../dom.js';
import { agoWords, savesLeftWords } from '../words.js';

const NAME_CHARS_MAX = 50;

const button = (text, key, label, onclick, kind = '') => el('button', {
  type: 'button', class: `button is-small ${kind}`, 'data-key': key, 'aria-label': label, onclick,
}, text);

const saveItem = (save, send) => {
  const { slot, name, version, section_number: section, created } = save;
  return el('li', { class: 'entry' },
    el('p', { class: 'entry-title', dir: 'auto' }, name),
    el('p', { class: 'entry-text' }, [`Section ${section}`, `version ${version}`,
      agoWords(created, Date.now())].filter(Boolean).join(' · ')),
    el('div', { class: 'entry-buttons' },
      button('Load', `load-${slot}`, `Load “${name}”`,
        () => send({ type: 'goBack', of: version }), 'is-primary'),
      button('Overwrite', `put-${slot}`, `Overwrite “${name}”`,
        () => send({ type: 'overwriteSave', slot, name })),
      button('Delete', `delete-${slot}`, `Delete “${name}”`,
        () => send({ type: 'deleteSave', slot, name }))));
};

export const mountSaves = (root, send) => {
  const name = el('input', { class: 'field', id: 'save-name', type: 'text', dir: 'auto',
    maxlength: NAME_CHARS_MAX, autocomplete: 'off', autocapitalize: 'sentences' });
  const save = el('button', { type: 'submit', class: 'button is-primary' }, 'Save');
  const form = el('form', {
    class: 'line',
    onsubmit: (event) => {
      event.preventDefault();
      if (save.getAttribute('aria-disabled') === 'true') return;
      send({ type: 'save', name: name.value.trim() });
      name.value = '';
    },
  },
  el('label', { class: 'label', for: 'save-name' }, 'Name of the new save ',
    el('span', { class: 'quiet' }, '(optional)')),
  name, save);
  const left = el('p', { class: 'quiet small' });
  const list = el('ul', { class: 'entries', 'aria-label': 'Saves' });
  const none = el('p', { class: 'quiet' });
  root.append(
    el('p', { class: 'explain' }, 'The game itself is always saved. A save is a bookmark to come ' +
      'back to. Loading one adds a new version that repeats it and destroys nothing: what came ' +
      'after stays in the history.'),
    form, left, list, none);

  let shown = null;
  return ({ saves }) => {
    const full = saves.list !== null && saves.list.length >= saves.max;
    setDisabled(save, full || saves.busy === 'save');
    setText(save, saves.busy === 'save' ? 'Saving …' : 'Save');
    setText(left, saves.list ? savesLeftWords(saves.list, saves.max) : '');
    setText(none, saves.list ? '' : saves.problem ? '' : 'Looking for saves …');
    setHidden(none, none.textContent === '');
    if (shown === saves.list) return;
    shown = saves.list;
    replaceItems(list, (shown ?? []).map((one) => saveItem(one, send)), name);
  };
};
