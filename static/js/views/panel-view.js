// The panel beside the page: tabs for the game that is open (saves, history, sharing, the rest) or
// for the player (devices, codes, import). It is a modal dialog, so that Escape closes it and the
// focus goes back to where it was.

import { el, setHidden, setText } from '../dom.js';
import { mayPlay } from '../undo.js';
import { mountDevices, mountEnter, mountImport } from './player-view.js';
import { mountFile } from './file-view.js';
import { mountHistory } from './history-view.js';
import { mountPeople } from './people-view.js';
import { mountSaves } from './saves-view.js';
import { closeIcon } from './icons.js';

// `opens`: the command that fetches what the tab shows. `for`: the roles that have the tab; without
// it all have.
const member = (role) => role !== null && role !== 'stranger';
const TABS = {
  game: [
    { id: 'saves', text: 'Saves', part: 'saves', mount: mountSaves, opens: 'listSaves', for: mayPlay },
    { id: 'history', text: 'History', part: 'history', mount: mountHistory, opens: 'showHistory' },
    { id: 'people', text: 'Sharing', part: 'people', mount: mountPeople, opens: 'listPeople',
      for: member },
    { id: 'file', text: 'Game', part: 'file', mount: mountFile, for: (role) => role !== 'spectator' },
  ],
  player: [
    { id: 'devices', text: 'Devices', part: 'player', mount: mountDevices, opens: 'listDevices' },
    { id: 'enter', text: 'Codes', part: 'player', mount: mountEnter, opens: 'listDevices' },
    { id: 'import', text: 'Import', part: 'player', mount: mountImport },
  ],
};

const TITLES = { game: 'This game', player: 'You and your games' };

const KEYS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

// One tab: its button and what it shows.
const makeTab = (tab, send) => {
  const button = el('button', {
    type: 'button', class: 'tab', role: 'tab', id: `tab-${tab.id}`, 'aria-controls': `part-${tab.id}`,
    // Once more on the tab that is shown: what there is, anew.
    onclick: () => {
      const current = button.getAttribute('aria-selected') === 'true';
      send(current && tab.opens ? { type: tab.opens } : { type: 'tab', tab: tab.id });
    },
  }, tab.text);
  const root = el('section', {
    class: 'part', role: 'tabpanel', id: `part-${tab.id}`, 'aria-labelledby': `tab-${tab.id}`,
    tabindex: '-1', hidden: true,
  });
  return { ...tab, button, root, update: tab.mount(root, send) };
};

// One of the two sets of tabs.
const makeSet = (name, send) => {
  const tabs = TABS[name].map((tab) => makeTab(tab, send));
  const list = el('div', { class: 'tabs', role: 'tablist', 'aria-labelledby': 'panel-title' },
    ...tabs.map(({ button }) => button));
  const body = el('div', { class: 'parts' }, ...tabs.map(({ root }) => root));
  let role = null;
  const there = () => tabs.filter((tab) => tab.for?.(role) ?? true);

  list.addEventListener('keydown', (event) => {
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    const shown = there();
    const at = shown.findIndex(({ button }) => button.getAttribute('aria-selected') === 'true');
    const turned = getComputedStyle(list).direction === 'rtl' && Number.isFinite(step) ? -step : step;
    const next = Number.isFinite(turned) ? (at + turned + shown.length) % shown.length
      : turned < 0 ? 0 : shown.length - 1;
    send({ type: 'tab', tab: shown[next].id });
    shown[next].button.focus();
  });

  return {
    list, body,
    // The tab to show when there is no other wish, or the wish is not for this role.
    first: (wanted) => (there().find(({ id }) => id === wanted) ?? there()[0]).id,
    find: (id) => tabs.find((tab) => tab.id === id),
    show(state, chosen) {
      role = state.play?.role ?? null;
      const shown = there();
      for (const tab of tabs) {
        const current = tab.id === chosen;
        setHidden(tab.button, !shown.includes(tab));
        tab.button.setAttribute('aria-selected', String(current));
        tab.button.tabIndex = current ? 0 : -1;
        setHidden(tab.root, !current);
        if (current) tab.update(state);
      }
    },
  };
};

export const mountPanel = (dialog, send) => {
  const title = el('h2', { class: 'panel-title', id: 'panel-title' });
  const close = el('button', { type: 'button', class: 'button panel-close', 'aria-label': 'Close',
    onclick: () => dialog.close() }, closeIcon());
  const sets = { game: makeSet('game', send), player: makeSet('player', send) };
  const said = el('p', { class: 'panel-said', role: 'status' });
  const problem = el('p', { class: 'notice panel-problem', role: 'alert', hidden: true });
  dialog.append(
    el('header', { class: 'panel-head' }, title, close),
    ...Object.values(sets).map(({ list }) => list),
    el('div', { class: 'panel-answer' }, said, problem),
    ...Object.values(sets).map(({ body }) => body));

  // The event comes a little later than the closing; the panel may have been opened again meanwhile.
  dialog.addEventListener('close', () => { if (!dialog.open) send({ type: 'panelClosed' }); });
  // A click beside the panel is one on the dialog itself, whose own box is full of other things.
  dialog.addEventListener('click', ({ target }) => { if (target === dialog) dialog.close(); });

  const open = (name, tab) => {
    setText(title, TITLES[name]);
    for (const [one, { list, body }] of Object.entries(sets)) {
      setHidden(list, one !== name);
      setHidden(body, one !== name);
    }
    dialog.showModal();
    sets[name].find(tab).button.focus();
  };

  let shown = null; // the tab whose data was asked for
  let opened = false; // until it is known to be closed: what comes in between opens it no more
  return (state) => {
    const { panel } = state;
    if (!panel) {
      if (dialog.open) dialog.close();
      shown = null;
      opened = false;
      return;
    }
    const set = sets[panel.name];
    set.show(state, null); // who may see which tab
    const tab = set.first(panel.tab);
    set.show(state, tab);
    const { part, opens } = set.find(tab);
    setText(said, state[part].said);
    setText(problem, state[part].problem);
    setHidden(problem, state[part].problem === '');
    if (!opened) open(panel.name, tab);
    opened = true;
    if (shown === tab) return;
    shown = tab;
    if (opens) send({ type: opens });
  };
};
