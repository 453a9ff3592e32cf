// The player of this browser: carried to other browsers by a code, on which devices, and games that
// come from files.

import { el, replaceItems, setDisabled, setHidden, setText } from '../dom.js';
import { deviceWords, expiryWords, seenWords } from '../words.js';
import { makeCopyLine } from './copy-line.js';

const TICK_MS = 1000;

const deviceItem = (device, send) => {
  const name = deviceWords(device);
  return el('li', { class: 'entry is-row' },
    el('div', {},
      el('p', { class: 'entry-title', dir: 'auto' }, name),
      el('p', { class: 'entry-text' }, seenWords(device, Date.now()))),
    el('button', {
      type: 'button', class: 'button is-small', 'data-key': device.device_id,
      'aria-label': `End ${device.current ? 'this browser' : name}`,
      onclick: () => send({ type: 'removeDevice', device }),
    }, 'End'));
};

// The code, large, and how long it is good.
const makeCarry = (send) => {
  const code = el('output', { class: 'code', dir: 'ltr', 'aria-label': 'Code' });
  const expiry = el('p', { class: 'quiet small' });
  const link = makeCopyLine('Or open this link there');
  const root = el('div', { class: 'carry', hidden: true },
    el('p', { class: 'explain' }, 'In the other browser open the menu, choose “Codes” and type:'),
    code, expiry, link.root);
  let carry = null;
  let ticking = null;
  const tick = () => {
    const words = expiryWords(carry.expires, Date.now());
    if (words) setText(expiry, words);
    else send({ type: 'endCarry' });
  };
  return {
    root,
    show(next) {
      if (next === carry) return;
      carry = next;
      clearInterval(ticking);
      setHidden(root, !carry);
      setText(code, carry?.code ?? '');
      link.show(carry ? `${location.origin}/#carry=${carry.code}` : '');
      if (!carry) return;
      ticking = setInterval(tick, TICK_MS);
      tick();
    },
  };
};

export const mountDevices = (root, send) => {
  const make = el('button', { type: 'button', class: 'button is-primary',
    onclick: () => send({ type: 'makeCarry' }) }, 'Show a code');
  const carry = makeCarry(send);
  const nobody = el('p', { class: 'explain' }, 'This browser has no games yet. Begin one, or carry ' +
    'yours here with a code from your other device.');
  const title = el('h3', { class: 'part-title', tabindex: '-1' }, 'Your devices');
  const list = el('ul', { class: 'entries', 'aria-label': 'Devices' });
  const somebody = el('div', { class: 'owned' },
    el('h3', { class: 'part-title' }, 'Play on another device, too'),
    el('p', { class: 'explain' }, 'There is no account and no password. A code carries all of your ' +
      'games to another browser; this one keeps them as well.'),
    make, carry.root, title, list);
  root.append(nobody, somebody);

  let shown = null;
  return ({ player }) => {
    setHidden(nobody, player.known !== false);
    setHidden(somebody, player.known !== true);
    setText(make, player.carry ? 'Another code' : 'Show a code');
    setDisabled(make, player.busy === 'carry');
    carry.show(player.carry);
    if (shown === player.devices) return;
    shown = player.devices;
    replaceItems(list, shown.map((one) => deviceItem(one, send)), title);
  };
};

const codeForm = (id, label, text, command, send) => {
  const field = el('input', { class: 'field', id, type: 'text', dir: 'ltr', autocomplete: 'off',
    autocapitalize: 'characters', spellcheck: 'false', 'aria-describedby': `${id}-text` });
  return el('form', {
    class: 'line',
    onsubmit: (event) => {
      event.preventDefault();
      send({ type: command, text: field.value, code: field.value, asked: true });
    },
  },
  el('label', { class: 'label', for: id }, label), field,
  el('button', { type: 'submit', class: 'button' }, 'Enter'),
  el('p', { class: 'quiet small', id: `${id}-text` }, text));
};

export const mountEnter = (root, send) => {
  root.append(
    codeForm('carry-code', 'Code of your other device',
      'Your games there will be in this browser, too. Capital or small letters, spaces and hyphens ' +
      'make no difference.', 'enterCode', send),
    codeForm('invite-code', 'Invitation', 'The code or the link that somebody sent you.',
      'acceptInvitation', send));
  return () => {};
};

export const mountImport = (root, send) => {
  const text = el('p', { class: 'quiet small', id: 'import-text' });
  const file = el('input', { class: 'file', id: 'import-file', type: 'file',
    accept: '.json,application/json', 'aria-describedby': 'import-text',
    onchange: () => {
      const [chosen] = file.files;
      if (chosen) send({ type: 'importGame', chosen });
      file.value = '';
    } });
  root.append(
    el('p', { class: 'explain' }, 'A game that was exported here or on another server goes on here ' +
      'as yours. The server plays every version of it again; a file that was changed is refused.'),
    el('label', { class: 'label', for: 'import-file' }, 'File of the game'), file, text);
  return ({ player }) =>
    setText(text, player.busy === 'import' ? 'Playing every version again …' : '');
};
