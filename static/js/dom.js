// Making elements and looking after them. Text is always set as text.

const SVG = 'http://www.w3.org/2000/svg';

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

// el('p', { class: 'notice' }, 'text or elements'). An attribute "onclick" takes a function.
export const el = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

// Touch the page only when something changed: screen readers repeat what is set again.
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

// A click that asks for a new tab or window belongs to the browser.
export const opensElsewhere = (event) =>
  event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

export const setHidden = (element, hidden) => {
  if (element.hidden !== hidden) element.hidden = hidden;
};

// Put other children into a list. Whoever had the focus in it keeps it on what has the same
// data-key, or gets it on `refuge` when that is gone, so that a keyboard never starts anew.
export const replaceItems = (list, children, refuge) => {
  const key = list.contains(document.activeElement) ? document.activeElement.dataset.key ?? '' : null;
  list.replaceChildren(...children);
  if (key === null) return;
  const same = [...list.querySelectorAll('[data-key]')].find((one) => one.dataset.key === key);
  (same ?? refuge).focus();
};

// A control that cannot be used now stays where the keyboard finds it.
export const setDisabled = (element, disabled) =>
  element.setAttribute('aria-disabled', String(disabled));
