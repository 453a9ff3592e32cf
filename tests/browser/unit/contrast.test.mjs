// The colour pairs of tokens.css, measured as WCAG 2.2 does (1.4.3 for text, 1.4.11 for controls).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('../../../static/css/tokens.css', import.meta.url), 'utf8');

const colorsOf = (text) => Object.fromEntries(
  [...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));

const split = css.indexOf('@media (prefers-color-scheme: dark)');
const light = colorsOf(css.slice(0, split));
const schemes = { light, dark: { ...light, ...colorsOf(css.slice(split)) } };

const luminance = (hex) => {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

const TEXT = [
  ['ink', 'desk'], ['ink', 'paper'], ['ink', 'sunken'], ['ink', 'accent-soft'],
  ['ink', 'warn-soft'], ['ink-soft', 'desk'], ['ink-soft', 'paper'],
  ['ink-soft', 'sunken'], ['ink-soft', 'accent-soft'], ['accent', 'paper'],
  ['accent', 'accent-soft'], ['on-accent', 'accent'], ['on-accent', 'accent-strong'],
  ['good', 'desk'], ['good', 'paper'], ['good', 'sunken'], ['bad', 'paper'],
  ['bad', 'sunken'], ['warn', 'desk'],
];

const CONTROLS = [['edge', 'paper'], ['edge', 'desk'], ['accent', 'desk'], ['accent', 'paper'],
  ['edge', 'sunken']];

for (const [scheme, colors] of Object.entries(schemes)) {
  test(`text can be read in the ${scheme} scheme`, () => {
    for (const [front, back] of TEXT) {
      const ratio = contrast(colors[front], colors[back]);
      assert.ok(ratio >= 4.5, `${front} on ${back}: ${ratio.toFixed(2)}`);
    }
  });
  test(`controls can be seen in the ${scheme} scheme`, () => {
    for (const [front, back] of CONTROLS) {
      const ratio = contrast(colors[front], colors[back]);
      assert.ok(ratio >= 3, `${front} on ${back}: ${ratio.toFixed(2)}`);
    }
  });
}
