// The shelf: your games, and stories to begin.

import { el, opensElsewhere, replaceItems, setHidden, setText } from '../dom.js';
import { addressOf } from '../route.js';
import { agoWords, count, roleWords, statusWords } from '../words.js';
import { deleteIcon } from './icons.js';

const NAME_CHARS_MAX = 50;

const nameOf = (game) => `${game.title}, section ${game.section_number}`;

// What somebody else shares is not one's own to delete.
const isShared = ({ role }) => role !== undefined && role !== 'owner';

const gameItem = (game, send) => el('li', { class: 'game' },
  el('a', {
    class: `game-link is-${game.status}`,
    href: addressOf(game.game_id),
    onclick: (event) => {
      if (opensElsewhere(event)) return;
      event.preventDefault();
      send({ type: 'open', gameId: game.game_id });
    },
  },
  el('span', { class: 'game-title', dir: 'auto' }, game.title),
  el('span', { class: 'game-status' }, statusWords(game.status)),
  el('span', { class: 'game-where' },
    [`Section ${game.section_number}`, agoWords(game.updated, Date.now()),
      isShared(game) ? `${roleWords(game.role)}, shared with you` : ''].filter(Boolean).join(' · '))),
  isShared(game) ? null : el('button', {
    type: 'button', class: 'button game-delete', title: 'Delete', 'data-key': game.game_id,
    'aria-label': `Delete ${nameOf(game)}`, onclick: () => send({ type: 'deleteListed', game }),
  }, deleteIcon()));

const storyCard = (story, send) => {
  const nameId = `name-${story.id}`;
  const titleId = `story-${story.id}`;
  const name = el('input', { class: 'field', id: nameId, type: 'text', maxlength: NAME_CHARS_MAX,
    autocomplete: 'off', autocapitalize: 'words', spellcheck: 'false' });
  const button = el('button', { type: 'submit', class: 'button is-primary',
    'aria-describedby': titleId }, 'Begin');
  const problem = el('p', { class: 'notice', role: 'alert', hidden: true });
  const form = el('form', {
    class: 'begin',
    onsubmit: (event) => {
      event.preventDefault();
      send({ type: 'begin', storyId: story.id, name: name.value.trim() });
    },
  },
  el('label', { class: 'label', for: nameId }, 'Your name in the story ',
    el('span', { class: 'quiet' }, '(optional)')),
  name, button, problem);
  const card = el('li', { class: 'card' },
    el('h3', { class: 'card-title', id: titleId, lang: story.language }, story.title),
    el('p', { class: 'card-author' }, story.author ? `by ${story.author}` : null),
    el('p', { class: 'card-summary', lang: story.language }, story.summary),
    el('p', { class: 'card-facts' },
      [count(story.sections, 'section'), story.license].filter(Boolean).join(' · ')),
    form);
  const update = ({ starting, startProblem }) => {
    const here = starting === story.id;
    setText(button, here ? 'Opening …' : 'Begin');
    button.setAttribute('aria-disabled', String(starting !== null));
    const failed = startProblem?.storyId === story.id;
    setText(problem, failed ? startProblem.text : '');
    setHidden(problem, !failed);
  };
  return { card, update };
};

// A list that may be loading, failed or empty: says which, and offers to try again.
const statusLine = (send, command) => {
  const text = el('span', {});
  const again = el('button', { type: 'button', class: 'button is-small',
    onclick: () => send({ type: command }) }, 'Try again');
  const line = el('p', { class: 'status-line', role: 'status' }, text, ' ', again);
  return {
    line,
    show(words, failed) {
      setText(text, words);
      setHidden(again, !failed);
      setHidden(line, words === '');
    },
  };
};

const mountGames = (root, send) => {
  const status = statusLine(send, 'games');
  const list = el('ul', { class: 'games-list' });
  const more = el('button', { type: 'button', class: 'button', hidden: true,
    onclick: () => send({ type: 'moreGames' }) }, 'Show older games');
  const title = el('h2', { class: 'shelf-title', tabindex: '-1' }, 'Your games');
  // What came of a deed; news-view.js says it aloud.
  const said = el('p', { class: 'status-line' });
  const problem = el('p', { class: 'notice', hidden: true });
  root.append(title, problem, said, list, status.line, more);

  let games = null;
  return ({ home }) => {
    if (home.games !== games) {
      games = home.games;
      replaceItems(list, (games ?? []).map((game) => gameItem(game, send)), title);
    }
    setText(said, home.said);
    setHidden(said, home.said === '');
    setText(problem, home.problem);
    setHidden(problem, home.problem === '');
    status.show(home.gamesProblem ?? '', home.gamesProblem !== null);
    setHidden(more, home.next === null);
    setHidden(root, !games?.length && home.gamesProblem === null && home.said === '' &&
      home.problem === '');
  };
};

const mountStories = (root, send) => {
  const status = statusLine(send, 'stories');
  const list = el('ul', { class: 'cards' });
  root.append(el('h2', { class: 'shelf-title' }, 'Begin a story'), list, status.line);

  let stories = null;
  let cards = [];
  const words = ({ storiesProblem }) => {
    if (storiesProblem) return storiesProblem;
    if (!stories) return 'Looking through the shelf …';
    return stories.length ? '' : 'There are no stories on this server yet.';
  };
  return ({ home }) => {
    if (home.stories !== stories) {
      stories = home.stories;
      cards = (stories ?? []).map((story) => storyCard(story, send));
      list.replaceChildren(...cards.map(({ card }) => card));
    }
    for (const { update } of cards) update(home);
    status.show(words(home), home.storiesProblem !== null);
  };
};

export const mountHome = (root, send) => {
  const games = el('section', { class: 'shelf', hidden: true });
  const stories = el('section', { class: 'shelf' });
  const title = el('h1', { class: 'home-title', tabindex: '-1' },
    'Stories that ask you what to do');
  root.append(
    el('header', { class: 'home-head' }, title,
      el('p', { class: 'home-lead' },
        'Gamebooks with dice, a character sheet and many endings. Every choice is kept: close ' +
        'the page, come back tomorrow, and the book lies open where you left it.')),
    games, stories);

  const parts = [mountGames(games, send), mountStories(stories, send)];
  let shown = true;
  return (state) => {
    const here = state.page === 'home';
    setHidden(root, !here);
    for (const update of parts) update(state);
    if (here && !shown) {
      document.title = 'Casys gamebooks';
      scrollTo({ top: 0, behavior: 'instant' });
      title.focus({ preventScroll: true });
    }
    shown = here;
  };
};
