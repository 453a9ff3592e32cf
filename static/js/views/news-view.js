// What a screen reader hears without the focus moving: the news of a step, and a loss or return of
// the connection. Two polite regions, each set once per event, so that nothing is said twice and
// neither silences the other.

import { el } from '../dom.js';
import { linkNews, linkWords, newsWords, noticeWords } from '../words.js';

export const mountNews = (root) => {
  const story = el('p', { role: 'status' });
  const connection = el('p', { role: 'status' });
  root.append(story, connection);

  let play = null;
  let kind = 'busy';

  const tellStory = (next) => {
    const turned = play?.snapshot && next.snapshot !== play.snapshot;
    if (turned) story.textContent = newsWords(next);
    else if (next.notice !== play?.notice) story.textContent = noticeWords(next.notice);
  };

  return (state) => {
    if (!state.play) {
      story.textContent = connection.textContent = '';
      play = null;
      kind = 'busy';
      return;
    }
    tellStory(state.play);
    play = state.play;
    const nextKind = linkWords(state, 0).kind;
    const said = linkNews(kind, nextKind);
    if (said) connection.textContent = said;
    kind = nextKind;
  };
};
