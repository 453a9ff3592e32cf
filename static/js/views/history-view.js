// Every version of the game, newest first, a page at a time: what was done, what the dice said and
// what changed; and from each a way back to it, a save of it, and a game of one's own.

import { HISTORY_ROWS } from '../deeds/saves.js';
import { el, replaceItems, setHidden, setText } from '../dom.js';
import { mayPlay } from '../undo.js';
import { agoWords, eventWords, historyWords } from '../words.js';

// The deeds of one version, folded away until they are wanted.
const deeds = (event, newest, send) => {
  const { version, to } = event;
  const button = (text, key, command) => el('button', {
    type: 'button', class: 'button is-small', 'data-key': `${key}-${version}`,
    'aria-label': `${text}: version ${version}`, onclick: () => send(command),
  }, text);
  return el('details', { class: 'entry-more' },
    el('summary', { 'aria-label': `Go back, save or fork: version ${version}` },
      newest ? 'Save or fork' : 'Go back, save or fork'),
    el('div', { class: 'entry-buttons' },
      newest ? null : button('Go back here', 'back', { type: 'goBack', of: version }),
      button('Save here', 'save', { type: 'saveVersion', version, section: to }),
      button('Fork from here', 'fork', { type: 'fork', version })));
};

const eventItem = (event, { newest, language, role }, send) => {
  const { title, text } = eventWords(event);
  const played = event.type === 'choice';
  return el('li', { class: 'entry', value: event.version },
    el('p', { class: 'entry-title' },
      el('span', { class: 'entry-number' },
        el('span', { class: 'visually-hidden' }, 'Version '), String(event.version)),
      el('span', { lang: played ? language : null, dir: 'auto' }, title)),
    el('p', { class: 'entry-text' }, text ? el('bdi', {}, text) : null, text ? ' · ' : null,
      agoWords(event.at, Date.now())),
    mayPlay(role) ? deeds(event, event.version === newest, send) : null);
};

export const mountHistory = (root, send) => {
  let shown = null;
  let at = { after: 0, count: 0 };
  let asked = 0; // the version for which the newest page was asked for by itself
  const refuge = el('p', { class: 'quiet small', role: 'status', tabindex: '-1' });
  const list = el('ol', { class: 'entries history', reversed: true, 'aria-label': 'Versions' });
  const pageButton = (text, turn) => el('button', {
    type: 'button', class: 'button is-small', onclick: () => {
      refuge.focus();
      send({ type: 'showHistory', after: turn() });
    },
  }, text);
  const newer = pageButton('Newer', () => at.after + at.count);
  const older = pageButton('Older', () => Math.max(0, at.after - HISTORY_ROWS));
  const first = pageButton('The beginning', () => 0);
  root.append(
    el('p', { class: 'explain' }, 'Going back adds a new version that repeats an earlier one; ' +
      'nothing is destroyed, and dice that were thrown show the same again. A fork is a new game ' +
      'with the same past.'),
    refuge, list, el('div', { class: 'buttons pages' }, newer, older, first));

  return ({ history, play }) => {
    const { events, after, newest } = history;
    const version = play?.snapshot?.version ?? 0;
    // Who looks at the newest versions gets each one that comes.
    if (events && version > Math.max(newest, asked) && after + events.length === newest) {
      asked = version;
      send({ type: 'showHistory' });
    }
    setText(refuge, events ? historyWords(history) : history.problem ? '' : 'Opening the history …');
    setHidden(newer, !events || after + events.length >= newest);
    setHidden(older, !events || after === 0);
    setHidden(first, !events || after === 0);
    if (shown === events) return;
    shown = events;
    if (!events) asked = 0;
    at = { after, count: events?.length ?? 0 };
    const context = { newest, language: play?.snapshot?.language ?? null, role: play?.role };
    replaceItems(list, [...(events ?? [])].reverse().map((one) => eventItem(one, context, send)),
      refuge);
    list.closest('dialog').scrollTop = 0;
  };
};
