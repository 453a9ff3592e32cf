// How many have this game open, small, in the page's bar, while that is known. It is silent here: what
// is worth saying aloud is said by news-view.js.

import { setHidden, setText } from '../dom.js';
import { presenceWords } from '../words.js';

export const mountPresence = (root) => ({ play, link }) => {
  const words = presenceWords({ play, link });
  setHidden(root, !words);
  if (!words) return;
  setText(root, words.text);
  root.title = words.title;
};
