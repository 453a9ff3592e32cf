// Sharing: who else has the game that is open, and as what.

import { memberWords, roleSaidWords } from '../words.js';
import { createDesk } from './desk.js';

// Answers that say that one is no member; after any other the question may be asked again.
const REFUSALS = new Set([401, 403, 404]);

const roleIn = (members) => members.find(({ you }) => you)?.role ?? 'stranger';

// For what a page has, see saves.js.
export const createPeopleDeeds = (page) => {
  const { api, state, dispatch, ask, goTo, tell } = page;
  const people = createDesk('people', page);
  let finding = null; // the game whose role is being asked for

  const list = async () => {
    const { gameId } = state().play;
    const answer = await people.look(api.listMembers);
    if (!answer) return;
    const { members, invitations = [] } = answer.data;
    people.part({ list: members, invitations });
    dispatch({ type: 'ui_role', gameId, role: roleIn(members) });
  };

  // Do something to the members or invitations, say so, and show what there is then.
  const change = async (busy, request, said) => {
    const answer = await people.ask(busy, request);
    if (!answer) return null;
    tell('people');
    await list();
    people.say(said);
    return answer;
  };

  return {
    listPeople: list,

    // What this player is here. Whoever is no member learns nothing about the others.
    findRole: async () => {
      const { gameId } = state().play;
      if (finding === gameId) return;
      finding = gameId;
      const { data, status } = await api.listMembers(gameId);
      finding = null;
      if (data) dispatch({ type: 'ui_role', gameId, role: roleIn(data.members) });
      else if (REFUSALS.has(status)) dispatch({ type: 'ui_role', gameId, role: 'stranger' });
    },

    invite: async ({ role, once }) => {
      const answer = await people.ask('invite', (gameId) => api.invite(gameId, role, once));
      if (!answer) return;
      people.part({ made: answer.data });
      tell('people');
      await list();
      people.say('Invited. Copy the link now.');
    },

    revoke: async ({ invitationId, name }) => {
      if (state().people.made?.invitation_id === invitationId) people.part({ made: null });
      await change('revoke', (gameId) => api.revokeInvitation(gameId, invitationId),
        `Revoked: ${name}.`);
    },

    setRole: async ({ member, role }) => {
      if (role === 'owner') {
        const yes = await ask({
          title: 'Make this player an owner?', yes: 'Make an owner',
          text: `${memberWords(member)} may then do all that you may: stop, begin again, delete the ` +
            'game, invite and remove people, you too.',
        });
        if (!yes) {
          await list(); // the choice that was made in the list is not one
          return;
        }
      }
      await change('role', (gameId) => api.setMember(gameId, member.session_id, role),
        roleSaidWords(member, role));
    },

    handOver: async ({ member }) => {
      const yes = await ask({
        title: 'Hand the game over?', yes: 'Hand over', danger: true,
        text: `${memberWords(member)} becomes the owner and you stay as a player. Only an owner can ` +
          'give the game back to you.',
      });
      const me = state().people.list.find(({ you }) => you);
      if (!yes) return;
      const given = await change('role',
        (gameId) => api.setMember(gameId, member.session_id, 'owner'), '');
      if (!given) return;
      await change('role', (gameId) => api.setMember(gameId, me.session_id, 'player'),
        `The game belongs to ${memberWords(member).toLowerCase()} now.`);
    },

    removeMember: async ({ member }) => {
      const yes = await ask({
        title: 'Remove this player?', yes: 'Remove', danger: true,
        text: `${memberWords(member)} can no longer see the game, from this moment. Who holds an ` +
          'invitation that is still good may come back: revoke it, too.',
      });
      if (!yes) return;
      await change('remove', (gameId) => api.removeMember(gameId, member.session_id),
        `Removed ${memberWords(member).toLowerCase()}.`);
    },

    leave: async () => {
      const yes = await ask({
        title: 'Leave this game?', yes: 'Leave', danger: true,
        text: 'It goes from your list, and you cannot see it any more unless somebody invites you ' +
          'again. The others play on.',
      });
      if (!yes) return;
      const me = state().people.list.find(({ you }) => you);
      const answer = await people.ask('leave',
        (gameId) => api.removeMember(gameId, me.session_id));
      if (!answer) return;
      tell('games');
      goTo(null, 'You have left the game.');
    },
  };
};
