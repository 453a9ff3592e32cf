// What a screen reader hears without the focus moving: the news of a step, and a loss or return of
// the connection, and of company. Polite regions, one for each, set once per event, so that nothing
// is said twice and none silences another.

import { el, setText } from '../dom.js';
import { linkNews, linkWords, newsWords, noticeWords, presenceNews } from '../words.js';

export const mountNews = (root) => {
  const story = el('p', { role: 'status' });
  const connection = el('p', { role: 'status' });
  const company = el('p', { role: 'status' });
  root.append(story, connection, company);

  let play = null;
  let kind = 'busy';
  let presence = null;

  const tellStory = (next) => {
    const turned = play?.snapshot && next.snapshot !== play.snapshot;
    const back = next.preview && next.preview !== play?.preview;
    if (turned) story.textContent = newsWords(next);
    else if (back) story.textContent = 'Going back.';
    else if (next.notice !== play?.notice) story.textContent = noticeWords(next.notice);
  };

  return (state) => {
    if (!state.play) {
      connection.textContent = company.textContent = '';
      setText(story, state.home.problem || state.home.said);
      play = presence = null;
      kind = 'busy';
      return;
    }
    tellStory(state.play);
    const joined = presenceNews(presence, state.play.presence);
    if (joined) company.textContent = joined;
    presence = state.play.presence ?? presence;
    play = state.play;
    const nextKind = linkWords(state, 0).kind;
    const said = linkNews(kind, nextKind);
    if (said) connection.textContent = said;
    kind = nextKind;
  };
};
