// The open book: the section's number, how we came here, its text, its choices, and the character
// beside it. A new section takes the focus, so that keyboard and screen reader begin at its top.

import { el, setHidden, setText } from '../dom.js';
import { importHtml } from '../html-import.js';
import { shownOf } from '../undo.js';
import { endingWords, isAboutBack, isArrival, noticeWords, stoppedWords } from '../words.js';
import { mountChoices } from './choices-view.js';
import { mountDice } from './dice-view.js';
import { mountFight } from './fight-view.js';
import { mountSheet } from './sheet-view.js';
import { mountUndo } from './undo-view.js';

const INITIAL_FROM_CHARS = 160;

const mountEnding = (root, send) => {
  const title = el('h3', { class: 'ending-title' });
  const text = el('p', {});
  const again = el('button', { type: 'button', class: 'button is-primary' }, 'Begin again');
  const home = el('button', { type: 'button', class: 'button' }, 'All stories');
  const problem = el('p', { class: 'notice', role: 'alert' });
  root.append(title, text, el('div', { class: 'buttons' }, again, home), problem);

  let snapshot = null;
  again.addEventListener('click', () => send({
    type: 'begin', storyId: snapshot.story_id, name: snapshot.character.name,
  }));
  home.addEventListener('click', () => send({ type: 'home' }));

  return ({ play, home: { starting, startProblem } }) => {
    snapshot = shownOf(play);
    const words = snapshot ? endingWords(snapshot) : null;
    setHidden(root, !words);
    if (!words) return;
    root.className = `ending is-${snapshot.status}`;
    setText(title, words.title);
    title.lang = snapshot.ending ? snapshot.language : 'en';
    setText(text, words.text);
    setText(again, starting ? 'Opening …' : 'Begin again');
    setText(problem, startProblem?.text ?? '');
    setHidden(problem, !startProblem);
  };
};

// Shown instead of the book when it cannot be opened, above it when the link was ended for good.
const mountStopped = (root, send) => {
  const title = el('h2', { class: 'stopped-title' });
  const text = el('p', {});
  const again = el('button', { type: 'button', class: 'button',
    onclick: () => send({ type: 'retry' }) }, 'Try again');
  root.append(title, text, el('div', { class: 'buttons' },
    el('button', { type: 'button', class: 'button is-primary',
      onclick: () => send({ type: 'home' }) }, 'All stories'),
    again));

  return ({ play, link }) => {
    const stopped = play !== null && link.phase === 'stopped';
    setHidden(root, !stopped);
    if (!stopped) return;
    const words = stoppedWords(link.reason);
    setText(title, words.title);
    setText(text, words.text);
    setHidden(again, !words.mayReturn);
  };
};

const showNotice = (element, here, play) => {
  const words = here ? noticeWords(play.notice) : '';
  setText(element, words);
  setHidden(element, words === '');
};

// An initial letter of two lines needs a paragraph that flows around it.
const opensLong = (first) =>
  first?.localName === 'p' && first.textContent.length >= INITIAL_FROM_CHARS;

export const mountPlay = (root, send) => {
  const unopened = el('h1', { class: 'visually-hidden' }, 'Gamebook');
  const opening = el('p', { class: 'opening' }, 'Opening the book …');
  const stopped = el('section', { class: 'stopped', hidden: true });
  const title = el('h1', { class: 'story-title', dir: 'auto' });
  const heading = el('h2', { class: 'section-number', tabindex: '-1' });
  const notice = el('p', { class: 'notice', hidden: true });
  const rolls = el('section', { class: 'rolls', hidden: true });
  const prose = el('div', { class: 'prose', dir: 'auto' });
  const fight = el('section', {
    class: 'fight', tabindex: '-1', 'aria-labelledby': 'fight-title', hidden: true,
  });
  const ending = el('section', { class: 'ending', hidden: true });
  const choices = el('section', { class: 'choices', hidden: true });
  const undo = el('div', { class: 'undo', hidden: true });
  const refused = el('p', { class: 'notice', hidden: true }); // of going back
  const book = el('article', { class: 'book' },
    el('header', { class: 'book-head' }, title, heading), notice, rolls, prose, fight, ending,
    choices, el('div', {}, undo, refused));
  const sheet = el('aside', { class: 'sheet', 'aria-labelledby': 'sheet-title', hidden: true });
  root.append(unopened, opening, stopped, book, sheet);

  const parts = [mountStopped(stopped, send), mountDice(rolls), mountFight(fight),
    mountEnding(ending, send), mountChoices(choices, send), mountUndo(undo, send),
    mountSheet(sheet, send)];

  let snapshot = null;
  let early = false; // what is shown is not saved yet

  // Is it one more round of the fight that the page shows?
  const isNextRound = (next) => Boolean(snapshot?.fight && next?.fight) &&
    next.section_number === snapshot.section_number && next.fight.round > snapshot.fight.round;

  // The reader's eye and the buttons stay where they are: the dice come to the foes.
  const nextRound = (next) => {
    snapshot = next;
    book.dataset.version = snapshot.version;
    fight.after(rolls);
    fight.focus({ preventScroll: true });
    fight.scrollIntoView({ block: 'nearest', behavior: 'instant' });
  };

  // What was shown early is saved now: the page stands as it is.
  const isConfirmed = (next) => early && next !== null &&
    next.section_number === snapshot?.section_number &&
    next.narrative.content === snapshot.narrative.content;

  const confirm = (next) => {
    snapshot = next;
    book.dataset.version = snapshot.version;
  };

  const turnPage = (next) => {
    const turned = snapshot !== null && next !== null;
    prose.before(rolls);
    snapshot = next;
    if (!snapshot) return;
    book.dataset.version = snapshot.version;
    setText(title, snapshot.title);
    title.lang = prose.lang = snapshot.language;
    heading.replaceChildren(el('span', { class: 'visually-hidden' }, 'Section '),
      String(snapshot.section_number));
    prose.replaceChildren(importHtml(snapshot.narrative.content));
    prose.classList.toggle('has-initial', opensLong(prose.firstElementChild));
    document.title = `${snapshot.section_number} · ${snapshot.title}`;
    if (turned) scrollTo({ top: 0, behavior: 'instant' });
    // The first section must not take the focus from somebody who is already on the way.
    if (turned || document.activeElement === document.body) heading.focus({ preventScroll: true });
  };

  return (state) => {
    const { play, link } = state;
    const next = shownOf(play);
    const changed = next !== snapshot;
    setHidden(root, !play);
    setHidden(opening, next !== null || link.phase === 'stopped');
    setHidden(unopened, next !== null);
    setHidden(book, next === null);
    for (const update of parts) update(state);
    if (changed) (isConfirmed(next) ? confirm : isNextRound(next) ? nextRound : turnPage)(next);
    early = Boolean(play?.preview);
    showNotice(notice, isArrival(play?.notice), play);
    showNotice(refused, isAboutBack(play?.notice), play);
  };
};
