// A text to pass on, with a button that copies it. Where the browser lets no page copy, the text is
// selected, so that the reader can.

import { el, setHidden, setText } from '../dom.js';

let next = 0;

// { root, show(text) }; an empty text hides it.
export const makeCopyLine = (label) => {
  const id = `copy-${next += 1}`;
  const text = el('input', { class: 'field', id, type: 'text', readonly: true, dir: 'ltr',
    onfocus: () => text.select() });
  const said = el('p', { class: 'quiet small', role: 'status' });
  const copy = el('button', { type: 'button', class: 'button', onclick: async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      setText(said, 'Copied.');
    } catch {
      text.focus();
      setText(said, 'This browser lets no page copy. The text is selected: copy it from there.');
    }
  } }, 'Copy');
  const root = el('div', { class: 'line copy-line', hidden: true },
    el('label', { class: 'label', for: id }, label), text, copy, said);
  return {
    root,
    show(value) {
      if (text.value === value) return;
      text.value = value;
      setText(said, '');
      setHidden(root, value === '');
    },
  };
};
