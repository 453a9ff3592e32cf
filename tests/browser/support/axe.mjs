// The rules of accessibility that a program can check, by axe-core, in the page as it stands.

import assert from 'node:assert/strict';
import axe from 'axe-core';

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Nothing on the page, or in what covers it, breaks a rule.
export const checkAxe = async (page, where) => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((values) =>
    globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), LEVELS);
  assert.deepEqual(violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`), [], where);
};
