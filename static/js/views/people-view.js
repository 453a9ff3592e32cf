// Who shares this game, and the invitations that are out.

import { el, replaceItems, setHidden, setText } from '../dom.js';
import { invitationWords, mayWords, memberWords, roleWords } from '../words.js';
import { makeCopyLine } from './copy-line.js';

const ROLES = ['spectator', 'player', 'owner'];

const small = (text, key, label, onclick) => el('button', {
  type: 'button', class: 'button is-small', 'data-key': key, 'aria-label': label, onclick,
}, text);

// The owner's choice of a role for somebody else.
const roleField = (member, send) => {
  const name = memberWords(member);
  const select = el('select', {
    class: 'field is-small', 'aria-label': `Role of ${name}`, 'data-key': `role-${member.session_id}`,
    onchange: () => send({ type: 'setRole', member, role: select.value }),
  }, ...ROLES.map((role) => el('option', { value: role, selected: role === member.role },
    roleWords(role))));
  return select;
};

const memberItem = (member, owner, send) => {
  const name = memberWords(member);
  const key = member.session_id;
  const others = owner && !member.you;
  return el('li', { class: 'entry' },
    el('p', { class: 'entry-title' }, name),
    others ? null : el('p', { class: 'entry-text' }, roleWords(member.role)),
    others ? el('div', { class: 'entry-buttons' }, roleField(member, send),
      member.role === 'owner' ? null
        : small('Hand over', `give-${key}`, `Hand the game over to ${name}`,
          () => send({ type: 'handOver', member })),
      small('Remove', `remove-${key}`, `Remove ${name}`,
        () => send({ type: 'removeMember', member }))) : null);
};

const invitationItem = (invitation, send) => {
  const name = invitationWords(invitation);
  const { invitation_id: id } = invitation;
  return el('li', { class: 'entry is-row' },
    el('p', { class: 'entry-title' }, name),
    small('Revoke', `revoke-${id}`, `Revoke the invitation: ${name}`,
      () => send({ type: 'revoke', invitationId: id, name })));
};

// Two radio buttons and one box: as whom, and how often.
const inviteForm = (send) => {
  const may = el('p', { class: 'quiet small', id: 'invite-may' });
  const role = el('select', { class: 'field', id: 'invite-role', 'aria-describedby': 'invite-may',
    onchange: () => setText(may, mayWords(role.value)) },
  ...['player', 'spectator', 'owner'].map((one) => el('option', { value: one }, roleWords(one))));
  setText(may, mayWords('player'));
  const once = el('input', { type: 'checkbox', id: 'invite-once', checked: true });
  const make = el('button', { type: 'submit', class: 'button is-primary' }, 'Invite');
  const form = el('form', {
    class: 'line',
    onsubmit: (event) => {
      event.preventDefault();
      send({ type: 'invite', role: role.value, once: once.checked });
    },
  },
  el('label', { class: 'label', for: 'invite-role' }, 'Invite somebody as'), role, make,
  el('label', { class: 'check', for: 'invite-once' }, once, 'The link is good for one person only'),
  may);
  return form;
};

export const mountPeople = (root, send) => {
  const refuge = el('h3', { class: 'part-title', tabindex: '-1' }, 'Who has this game');
  const members = el('ul', { class: 'entries', 'aria-label': 'Members' });
  const none = el('p', { class: 'quiet' }, 'Looking who is there …');
  const leave = el('button', { type: 'button', class: 'button',
    onclick: () => send({ type: 'leave' }) }, 'Leave this game');
  const made = makeCopyLine('Link of the invitation, shown this once');
  const invitations = el('ul', { class: 'entries', 'aria-label': 'Invitations' });
  const invitationsTitle = el('h3', { class: 'part-title', tabindex: '-1' }, 'Open invitations');
  const owned = el('div', { class: 'owned' }, inviteForm(send), made.root, invitationsTitle,
    invitations);
  root.append(refuge, none, members, leave, owned);

  let shown = null;
  let invited = null;
  return ({ people, play }) => {
    const owner = play?.role === 'owner';
    setHidden(owned, !owner);
    setHidden(none, people.list !== null || people.problem !== '');
    made.show(people.made ? `${location.origin}/#invite=${people.made.code}` : '');
    setHidden(invitationsTitle, people.invitations.length === 0);
    const owners = (people.list ?? []).filter(({ role }) => role === 'owner').length;
    setHidden(leave, people.list === null || (owner && owners < 2));
    if (shown !== people.list) {
      shown = people.list;
      replaceItems(members, (shown ?? []).map((one) => memberItem(one, owner, send)), refuge);
    }
    if (invited === people.invitations) return;
    invited = people.invitations;
    replaceItems(invitations, invited.map((one) => invitationItem(one, send)), refuge);
  };
};
