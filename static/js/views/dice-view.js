// What the dice said on the way here.

import { el, setHidden, svg } from '../dom.js';
import { shownOf } from '../undo.js';
import { count, rollSteps, sumWords } from '../words.js';

// Pips on a grid of 3 by 3, numbered row by row.
const PIPS = { 1: [4], 2: [0, 8], 3: [0, 4, 8], 4: [0, 2, 6, 8], 5: [0, 2, 4, 6, 8],
  6: [0, 2, 3, 5, 6, 8] };

// Longer fights show their last rounds and keep the others behind a button.
const ROUNDS_SHOWN = 3;

const face = (children) => svg('svg', {
  class: 'die', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false',
}, svg('rect', { class: 'die-face', x: 1, y: 1, width: 22, height: 22, rx: 5 }), ...children);

const die = (value) => face(PIPS[value]
  ? PIPS[value].map((spot) => svg('circle', {
    class: 'die-pip', cx: 6 + 6 * (spot % 3), cy: 6 + 6 * Math.floor(spot / 3), r: 2,
  }))
  : [svg('text', { class: 'die-number', x: 12, y: 16.5, 'text-anchor': 'middle' }, String(value))]);

export const dieIcon = () => die(5);

const side = ({ who, roll }) => el('span', { class: 'round-side' },
  who ? el('span', { class: 'round-who' }, who) : null,
  el('span', { class: 'dice' }, ...roll.values.map(die)),
  el('span', { class: 'roll-sum' }, sumWords(roll)));

const tone = { true: ' is-success', false: ' is-failure' };

const stepItem = ({ rolls, target, outcome, good }) =>
  el('li', { class: `roll${tone[good] ?? ''}` },
    ...rolls.map(side),
    target ? el('span', { class: 'roll-target' }, target) : null,
    outcome ? el('span', { class: 'roll-outcome' }, outcome) : null);

export const mountDice = (root) => {
  const title = el('h3', { class: 'rolls-title' }, 'The dice');
  const earlier = el('details', { class: 'rolls-earlier' });
  const list = el('ol', { class: 'rolls-list' });
  root.append(title, earlier, list);

  let shown = null;
  return (state) => {
    const rolls = shownOf(state.play)?.decision.rolls ?? null;
    if (rolls === shown) return;
    shown = rolls;
    const steps = rollSteps(rolls ?? []);
    const hidden = steps.length > ROUNDS_SHOWN + 1 ? steps.slice(0, -ROUNDS_SHOWN) : [];
    earlier.open = false;
    earlier.replaceChildren(
      el('summary', {}, count(hidden.length, 'earlier round')),
      el('ol', { class: 'rolls-list' }, ...hidden.map(stepItem)));
    setHidden(earlier, hidden.length === 0);
    list.replaceChildren(...steps.slice(hidden.length).map(stepItem));
    setHidden(root, steps.length === 0);
  };
};
