// The choices of the current section, as buttons. A choice that is closed stays reachable by
// keyboard and says what it needs; while a choice is under way all are closed.

import { el, setDisabled, setHidden, setText } from '../dom.js';
import { shownOf } from '../undo.js';
import { diceWords, isAboutBack, isArrival, isUse, needsWords, noticeWords } from '../words.js';
import { dieIcon } from './dice-view.js';

const KEYS = 9;

// Digits pick a choice, unless somebody is typing or means a shortcut of the browser.
const pickedByKey = (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat) return 0;
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return 0;
  return /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
};

// A choice that cannot be sent now; it is when the link is open again.
const isKept = ({ play, link }) => !play.pending.saved && link.phase !== 'open';

const underWay = (state) => {
  if (isKept(state)) return 'Kept until the connection is back';
  return state.play.pending.saved ? 'Saved' : 'Sending …';
};

const choiceItem = (choice, index, language, send) => {
  const key = index < KEYS ? String(index + 1) : null;
  const needsId = `needs-${index}`;
  const dice = diceWords(choice.dice_type);
  const button = el('button', {
    type: 'button',
    class: 'choice',
    'aria-describedby': choice.available ? null : needsId,
    'aria-keyshortcuts': key,
    // The second click of a double click may meet the next section, where it means nothing.
    onclick: ({ detail }) => { if (detail < 2) send({ type: 'choose', choice }); },
  },
  el('span', { class: 'choice-key', 'aria-hidden': 'true' }, key ?? '·'),
  el('span', { class: 'choice-text', lang: language, dir: 'auto' }, choice.text),
  dice ? el('span', { class: 'choice-dice' }, dieIcon(), dice) : null,
  isUse(choice) ? el('span', { class: 'choice-dice' }, 'Use') : null);
  const status = el('span', { class: 'choice-status', hidden: true });
  button.append(status);
  const needs = choice.available ? null : el('p', { class: 'choice-needs', id: needsId },
    'Needs: ', el('span', { lang: language, dir: 'auto' }, needsWords(choice.needs)));
  const kind = `${choice.available ? '' : ' is-closed'}${isUse(choice) ? ' is-use' : ''}`;
  const item = el('li', { class: `choice-item${kind}` }, button, needs);
  return { choice, item, button, status };
};

export const mountChoices = (root, send) => {
  const title = el('h3', { class: 'choices-title', id: 'choices-title' }, 'What do you do?');
  const list = el('ol', { class: 'choices-list', 'aria-labelledby': 'choices-title' });
  const notice = el('p', { class: 'notice', hidden: true });
  const watching = el('p', { class: 'quiet watching', id: 'choices-watching', hidden: true },
    'You watch this game. Its players choose.');
  root.append(title, watching, list, notice);

  let snapshot = null;
  let items = [];

  document.addEventListener('keydown', (event) => {
    const picked = items[pickedByKey(event) - 1];
    if (!picked || root.hidden || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    picked.button.focus();
    if (picked.choice.available) send({ type: 'choose', choice: picked.choice });
  });

  return (state) => {
    const { play } = state;
    const next = shownOf(play);
    if (next !== snapshot) {
      snapshot = next;
      items = (snapshot?.rules.choices ?? []).map((choice, i) =>
        choiceItem(choice, i, snapshot.language, send));
      list.replaceChildren(...items.map(({ item }) => item));
    }
    setHidden(root, !snapshot || snapshot.status !== 'active' || items.length === 0);
    const watches = play?.role === 'spectator';
    setHidden(watching, !watches);
    for (const { choice, button, item, status } of items) {
      const chosen = play.pending?.choice_id === choice.id &&
        play.pending.version === snapshot.version;
      setDisabled(button, !choice.available || Boolean(play.pending) || watches);
      item.classList.toggle('is-chosen', chosen);
      item.classList.toggle('is-kept', chosen && isKept(state));
      item.classList.toggle('is-waiting', (Boolean(play.pending) && !chosen) || watches);
      setHidden(status, !chosen);
      setText(status, chosen ? underWay(state) : '');
    }
    const elsewhere = isArrival(play?.notice) || isAboutBack(play?.notice);
    const words = elsewhere ? '' : noticeWords(play?.notice);
    setText(notice, words);
    setHidden(notice, words === '');
  };
};
