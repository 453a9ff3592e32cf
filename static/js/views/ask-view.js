// One question before something is done that cannot simply be done the other way round. The safe
// answer has the focus.

import { el } from '../dom.js';

// Gives ask({ title, text, yes, danger }): a promise of true or false.
export const mountAsk = (dialog) => {
  const title = el('h2', { class: 'ask-title', id: 'ask-title' });
  const text = el('p', { id: 'ask-text' });
  const yes = el('button', { type: 'button', class: 'button' });
  const no = el('button', { type: 'button', class: 'button', autofocus: true,
    onclick: () => dialog.close() }, 'Cancel');
  dialog.append(title, text, el('div', { class: 'buttons' }, no, yes));

  let answer = null;
  const settle = (said) => {
    answer?.(said);
    answer = null;
  };
  yes.addEventListener('click', () => {
    settle(true);
    dialog.close();
  });
  // The event comes a little later than the closing; the next question may be open by then.
  dialog.addEventListener('close', () => { if (!dialog.open) settle(false); });

  return (question) => new Promise((resolve) => {
    settle(false);
    answer = resolve;
    title.textContent = question.title;
    text.textContent = question.text;
    yes.textContent = question.yes;
    yes.className = `button ${question.danger ? 'is-danger' : 'is-primary'}`;
    if (!dialog.open) dialog.showModal();
  });
};
