// The panel beside the page, as a player uses it.

import assert from 'node:assert/strict';

export const panel = (page) => page.locator('#panel');

export const openTab = async (page, name) => {
  if (!await panel(page).isVisible()) {
    await page.getByRole('button', { name: 'Menu', exact: true }).click();
  }
  await page.getByRole('tab', { name, exact: true }).click();
};

export const closePanel = async (page) => {
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'hidden' });
};

// What the panel answered to the last deed, when it has.
export const untilSaid = (page, words) =>
  page.locator('.panel-said').getByText(words).waitFor();

export const untilRefused = (page, words) =>
  page.locator('.panel-problem').getByText(words).waitFor();

// So many of them, and no more.
export const untilCount = async (locator, count) => {
  if (count > 0) await locator.nth(count - 1).waitFor({ state: 'attached' });
  await locator.nth(count).waitFor({ state: 'detached' });
};

// Answer the question that is asked, which is about this.
export const answer = async (page, title, button) => {
  const question = page.getByRole('alertdialog', { name: title });
  await question.waitFor();
  await question.getByRole('button', { name: button, exact: true }).click();
  await question.waitFor({ state: 'hidden' });
};

// By how many pixels the panel is wider than it can show.
export const panelOverflow = (page) => panel(page).evaluate((one) =>
  Math.max(0, one.scrollWidth - one.clientWidth));

// Text twice as large, as a reader may set it in the browser.
export const doubleText = (page) =>
  page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });

export const assertFocus = async (page, locator, why) =>
  assert.ok(await locator.evaluate((one) => one === document.activeElement), why);
