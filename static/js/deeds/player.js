// The player of this browser: devices, codes, invitations. A player is a session of the server; its
// secret is in a cookie that no script can read.

import { askEnterWords, askInviteWords, askOthersWords, deviceWords } from '../words.js';
import { createDesk } from './desk.js';

// Codes may be copied with spaces around and line breaks in them.
const tidy = (code) => code.replace(/\s+/g, '');

// What a reader pastes may be the whole link.
export const codeOf = (text) => tidy(/[#&](?:carry|invite)=([^&#\s]+)/.exec(text)?.[1] ?? text);

// label      what this browser is called in the list of devices
// locks      navigator.locks, where there is such a thing
// reopen()   shows what the address says anew, as another player
// For the rest of a page see saves.js.
export const createPlayerDeeds = (page) => {
  const { api, state, dispatch, ask, goTo, tell, label, locks, reopen } = page;
  const player = createDesk('player', page);

  // 401 is no problem: who has begun nothing is nobody yet.
  const look = async () => {
    const { data, status, ...answer } = await api.getSession();
    if (data) player.part({ known: true, devices: data.devices });
    else if (status === 401) player.part({ known: false, devices: [], carry: null });
    else player.fail(answer);
    return data;
  };

  // Two tabs that find the secret old at the same time must not make two new ones.
  const renew = async () => {
    const { data } = await api.getSession();
    if (data?.rotate) await api.rotateSession();
  };

  const games = async () => (await api.listGames()).data?.games ?? [];

  return {
    listDevices: async () => { await look(); },

    // Asked for now and then: the server says when the secret is old enough for a new one.
    checkSession: async () => {
      const { data } = await api.getSession();
      if (!data?.rotate) return;
      if (locks) await locks.request('casys.rotate', renew);
      else await renew();
    },

    makeCarry: async () => {
      const answer = await player.ask('carry', api.makeCarryCode);
      if (answer) player.part({ carry: answer.data });
    },

    endCarry: () => player.part({ carry: null }),

    enterCode: async ({ text }) => {
      const code = codeOf(text);
      if (!code) {
        player.part({ problem: 'Please type the code that the other device shows.', said: '' });
        return;
      }
      const left = await games();
      const words = askEnterWords(left.length, state().player.devices.length > 1);
      if (words && !await ask(words)) return;
      const answer = await player.ask('enter', () => api.enterCarryCode(code, label));
      if (!answer) return;
      tell('session');
      reopen('This browser belongs to that player now.');
    },

    removeDevice: async ({ device }) => {
      const yes = await ask({
        title: 'End this device?', yes: 'End it', danger: true,
        text: device.current
          ? 'This is the browser that you are using. Without another device of yours, or a code made ' +
            'before, nobody can come back to your games.'
          : `${deviceWords(device)} is logged out at once. Your games stay.`,
      });
      if (!yes) return;
      const answer = await player.ask('end', () => api.removeDevice(device.device_id));
      if (!answer) return;
      tell('session');
      if (device.current) reopen('This browser belongs to nobody now.');
      else {
        await look();
        player.say(`${deviceWords(device)} has been ended.`);
      }
    },

    // A link that somebody sent. Nothing happens before the reader says so: the code may be good
    // for one use only, and a browser opens links for a look as well.
    acceptInvitation: async ({ code, asked }) => {
      if (!asked && !await ask(askInviteWords)) return;
      const answer = await player.ask('accept', () => api.acceptInvitation(codeOf(code)));
      if (!answer && !asked) dispatch({ type: 'ui_home_said', problem: state().player.problem });
      if (!answer) return;
      tell('games');
      goTo(answer.data.game_id);
    },

    followCarry: async ({ code }) => {
      await look();
      const left = await games();
      const yes = await ask(askEnterWords(left.length, state().player.devices.length > 1) ??
        askOthersWords);
      if (!yes) return;
      const answer = await player.ask('enter', () => api.enterCarryCode(codeOf(code), label));
      if (!answer) {
        dispatch({ type: 'ui_home_said', problem: state().player.problem });
        return;
      }
      tell('session');
      reopen('This browser belongs to that player now.');
    },
  };
};
