// The few pictures on buttons. Each stands beside words, seen or said.

import { svg } from '../dom.js';

const icon = (...paths) => () => svg('svg', {
  class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false',
}, ...paths.map((d) => svg('path', { d })));

export const menuIcon = icon('M4 7h16', 'M4 12h16', 'M4 17h16');

export const closeIcon = icon('M6 6l12 12', 'M18 6L6 18');

export const undoIcon = icon('M9 14L4 9l5-5', 'M4 9h10a6 6 0 0 1 0 12h-3');

export const deleteIcon = icon('M5 7h14', 'M10 4h4', 'M7 7l1 13h8l1-13', 'M10.5 11v5', 'M13.5 11v5');
