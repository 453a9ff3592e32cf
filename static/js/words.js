// Every sentence that depends on what happened, as pure functions from data to text. Views place
// the texts; nothing here knows where.

const REFUSED = {
  stale_version: 'Somebody else chose first. This is where the story stands now.',
  game_over: 'This story has already ended.',
  unknown_choice: 'That choice is not offered here any more.',
  request_id_reused: 'The server had an older choice under the same mark. Please choose again.',
  rate_limited: 'A little too fast for the server. Your choice is sent again in a moment.',
  storage_unavailable:
    'The server could not save your choice. Nothing has changed; please try again.',
  shutting_down: 'The server is restarting. Your choice is sent again when it is back.',
  forbidden: 'You may watch this game, but not choose in it.',
  unauthorized: 'This game belongs to another player.',
  game_not_found: 'This game is not here any more.',
  internal: 'Something went wrong inside the server. Nothing has changed; please try again.',
  invalid_json: 'The server did not understand this page. Please reload it.',
  invalid_message: 'The server did not understand this page. Please reload it.',
  unknown_type: 'The server did not understand this page. Please reload it.',
  too_large: 'The server did not understand this page. Please reload it.',
};

// Where going back is refused in other words than a choice.
const BACK_REFUSED = {
  request_id_reused: 'The server had an older request under the same mark. Please try again.',
  rate_limited: 'A little too fast for the server. This is sent again in a moment.',
  storage_unavailable: 'The server could not save this. Nothing has changed; please try again.',
  shutting_down: 'The server is restarting. This is sent again when it is back.',
  forbidden: 'You may watch this game, but not go back in it.',
};

// A code that this page does not know is still told, in the server's own words.
export const refusalWords = (code, text, deed = 'choice') =>
  (deed === 'choice' ? undefined : BACK_REFUSED[code]) ?? REFUSED[code] ??
  (text || 'The server refused this. Please try again.');

const AGAIN = 'Nothing has changed; please try again.';

// Why something that was asked for in the panel or the list was not done.
const PROBLEMS = {
  saves_full: 'All places for saves are taken. Overwrite one of them, or delete one.',
  save_not_found: 'This save is not there any more. Somebody may have deleted it in another window.',
  version_not_found: 'The game has no such version.',
  last_owner: 'A game cannot be without an owner. Hand it over first, or delete it.',
  code_not_found: 'This code is not good any more: it was used or revoked, it is too old, or there ' +
    'is a typing mistake in it.',
  members_full: 'This game has as many members as it may have.',
  invitations_full: 'This game has as many open invitations as it may have. Revoke one first.',
  devices_full: 'This player has as many devices as there may be. End one of them first.',
  game_not_found: 'This game is not here any more.',
  forbidden: 'Your role in this game does not allow that.',
  unauthorized: 'The server does not know this browser any more. Reload the page.',
  stale_version: 'The story went on in the meantime. Look at it, and try again if you still want to.',
  game_over: 'This game has already ended.',
  rate_limited: `A little too fast for the server. ${AGAIN}`,
  storage_unavailable: `The server could not save this. ${AGAIN}`,
  shutting_down: `The server is restarting. ${AGAIN}`,
  internal: `Something went wrong inside the server. ${AGAIN}`,
};

export const problemWords = ({ problem, body }) => PROBLEMS[body?.code] ?? problem;

export const noticeWords = (notice) => {
  if (!notice) return '';
  switch (notice.code) {
    case 'others_choice':
      return `Somebody else chose: “${notice.text}”`;
    case 'caught_up':
      return 'The story went on in the meantime.';
    case 'others_load':
      return `Somebody else went back to version ${notice.of}.`;
    case 'said':
      return notice.text;
    case 'choice_unavailable':
      return `Not possible yet. You need: ${needsWords(notice.needs)}.`;
    default:
      return refusalWords(notice.code, notice.text, notice.deed);
  }
};

const ARRIVALS = new Set(['others_choice', 'others_load', 'caught_up', 'stale_version', 'game_over',
  'said']);

// Is the notice about going back that was refused? It stands where that was asked for.
export const isAboutBack = (notice) => Boolean(notice?.deed) && notice.deed !== 'choice';

// Is the notice about how the story came here (it stands above the text), or about choosing (it
// stands by the choices)?
export const isArrival = (notice) => ARRIVALS.has(notice?.code) && !isAboutBack(notice);

const list = (parts) => parts.join(', ');

// What a closed choice lacks, in the story's own words.
export const needsWords = (needs) => list(needs.map(({ text }) => text));

export const diceWords = (diceType) =>
  ({ chance: 'Dice roll', combat: 'Combat' })[diceType] ?? '';

// The use of something in the inventory; such a choice leads nowhere.
export const isUse = ({ id }) => id.startsWith('use:');

// `name`: what the story calls endurance.
export const foeWords = ({ endurance, defeated }, name = 'Endurance') =>
  (defeated ? 'Defeated' : `${name} ${endurance}`);

// How a fight stands, in one sentence; empty when there is none.
export const fightWords = (fight) => (fight
  ? `${list(fight.foes.map((foe) => `${foe.name}: ${foeWords(foe).toLowerCase()}`))}.` : '');

const sum = (values) => values.reduce((total, value) => total + value, 0);

// "3 + 5 = 8"; what the rules added to the dice is shown as a part of its own. A single die needs no
// sum.
export const sumWords = ({ values, total }) => {
  const added = total - sum(values);
  const extra = added === 0 ? '' : added > 0 ? ` + ${added}` : ` − ${-added}`;
  return values.length === 1 && !extra ? String(total) : `${values.join(' + ')}${extra} = ${total}`;
};

const needed = ({ target, at_least: atLeast }) => `${target} or ${atLeast ? 'more' : 'less'} needed`;

const testStep = (roll, [good, bad]) => ({
  rolls: [{ who: '', roll }],
  target: needed(roll),
  outcome: roll.success ? good : bad,
  good: roll.success,
});

// Dice that are neither good nor bad in themselves.
const plainStep = (roll, who) => ({ rolls: [{ who, roll }], target: '', outcome: '', good: null });

// `struck`: a blow of the hero would have wounded this foe; the others of a fight with several can
// only be kept off.
const roundStep = (hero, foe, struck) => {
  const rolls = [{ who: 'You', roll: hero }, { who: foe.foe ?? 'Foe', roll: foe }];
  if (hero.total === foe.total) {
    return { rolls, target: '', outcome: 'Nobody is hurt', good: null };
  }
  if (hero.total > foe.total && !struck) {
    return { rolls, target: '', outcome: 'You keep it off', good: null };
  }
  const good = hero.total > foe.total;
  return { rolls, target: '', outcome: good ? 'You hit' : 'You are hit', good };
};

// Rolls as the reader follows them: most stand alone, a hero's and the foe's after it make a
// round. [{ rolls: [{ who, roll }], target, outcome, good }]; good is true, false or null (neither).
export const rollSteps = (rolls) => {
  const first = rolls.findIndex(({ by }) => by === 'hero');
  return rolls.flatMap((roll, i) => {
    switch (roll.for) {
      case 'chance':
      case 'roll':
        return [testStep(roll, ['Success', 'Failure'])];
      case 'luck':
        return [testStep(roll, ['Lucky', 'Unlucky'])];
      case 'combat':
        // Of a fight of many rounds in one go the foe has no name: it is the only one.
        return roll.by === 'hero'
          ? [roundStep(roll, rolls[i + 1], i === first || roll.foe === undefined)] : [];
      case 'initial':
        return [plainStep(roll, 'For the sheet')];
      default:
        return [plainStep(roll, '')];
    }
  });
};

const chanceWords = ({ rolls: [{ roll }], target, outcome }) =>
  `You rolled ${list([sumWords(roll), target, outcome.toLowerCase()].filter(Boolean))}.`;

// One sentence for all the rolls of a step.
export const rollsWords = (rolls) => {
  const steps = rollSteps(rolls);
  const rounds = steps.filter((step) => step.rolls.length > 1);
  const said = steps.filter((step) => step.rolls.length === 1).map(chanceWords);
  if (rounds.length) {
    const hits = rounds.filter((step) => step.good === true).length;
    const wounds = rounds.filter((step) => step.good === false).length;
    said.push(`Combat: ${count(rounds.length, 'round')}, you hit ${times(hits)}, ` +
      `you were hit ${times(wounds)}.`);
  }
  return said.join(' ');
};

export const count = (n, thing) => `${n} ${thing}${n === 1 ? '' : 's'}`;
const times = (n) => (n === 0 ? 'never' : n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);

// The button that takes the last step back: { text, left }. `kept`: it cannot be sent now.
export const undoWords = ({ left }, pending, kept) => {
  if (pending?.deed === 'undo' || pending?.deed === 'load') {
    if (kept) return { text: 'Undo', left: 'Kept until the connection is back' };
    return { text: 'Undo', left: pending.saved ? 'Saved' : 'Going back …' };
  }
  return { text: 'Undo', left: left === null ? '' : `${left} left` };
};

const changeWords = ({ kind, name, from, to }) => {
  if (kind !== 'item') return `${name} ${from} → ${to}`;
  const n = Math.abs(to - from);
  return `${to > from ? 'Gained' : 'Lost'}: ${name}${n > 1 ? ` × ${n}` : ''}`;
};

export const deltaWords = ({ from, to }) => (to > from ? `+${to - from}` : `−${from - to}`);

const ENDINGS = {
  won: { title: 'You have won', text: 'This story has come to a good end.' },
  lost: { title: 'The story ends here', text: 'Not every road leads home. There are others.' },
  stopped: { title: 'Game stopped', text: 'This game was ended before the story was.' },
};

// How the game ended, with the author's own title of the ending if there is one; null while it
// goes on.
export const endingWords = ({ status, ending }) => {
  const words = ENDINGS[status];
  if (!words) return null;
  return ending?.title ? { title: ending.title, text: `${words.title}.` } : words;
};

export const statusWords = (status) =>
  ({ active: 'In progress', won: 'Won', lost: 'Lost', stopped: 'Stopped' })[status] ?? status;

// The news of a step for people who hear the page. The heading and the text are read because the
// focus moves there; this is what stands beside them.
export const newsWords = (play) => {
  if (!play?.snapshot) return noticeWords(play?.notice);
  const { snapshot, changes, notice } = play;
  const ending = endingWords(snapshot);
  return [
    noticeWords(notice),
    rollsWords(snapshot.decision.rolls),
    fightWords(snapshot.fight),
    ...changes.map((change) => `${changeWords(change).replace('→', 'to')}.`),
    ending ? `${ending.title}.` : '',
  ].filter(Boolean).join(' ');
};

// A game that is not there will not be there a moment later: nothing to try again.
const GONE = {
  title: 'This game is not here', mayReturn: false,
  text: 'It does not exist, or it belongs to another player. ' +
    'Games are kept with the browser that started them.',
};

// Why the server closed a connection on purpose, by the reason in its Close.
const CLOSED = {
  rate_limited: { title: 'The server closed this connection', mayReturn: true,
    text: 'Too much was sent too quickly. Your place in the story is saved.' },
  removed: { title: 'This game is not shared with you any more', mayReturn: false,
    text: 'Its owner has removed you, or you have left it in another window.' },
  deleted: { title: 'This game has been deleted', mayReturn: false,
    text: 'Its owner has deleted it, with all that belonged to it.' },
  session_ended: { title: 'This browser has been logged out', mayReturn: false,
    text: 'It was ended on another device of the same player. Your games are safe there.' },
};

const STOPPED = {
  game_not_found: GONE, forbidden: GONE, unauthorized: GONE,
  1000: { title: 'The server ended the connection', mayReturn: true,
    text: 'Your place in the story is saved.' },
  1008: { title: 'The server closed this connection', mayReturn: true,
    text: 'Too much was sent too quickly, or this game is no longer shared with you.' },
};

const MISUNDERSTOOD = { title: 'Page and server do not understand each other', mayReturn: true,
  text: 'Your place in the story is saved. Reloading the page may help.' };

// Why the link was ended for good: { title, text, mayReturn }.
export const stoppedWords = (reason) =>
  CLOSED[reason?.why] ?? STOPPED[reason?.code ?? reason?.close] ?? MISUNDERSTOOD;

// The state of the link in a few words: { kind, text }. kind: busy | saved | sending | basic | lost |
// offline | stopped. now_ms counts the seconds down.
export const linkWords = ({ link, play }, nowMs) => {
  switch (link.phase) {
    case 'open':
      if (link.via === 'poll') {
        const sending = play?.pending && !play.pending.saved;
        return { kind: 'basic', text: sending ? 'Sending …' : 'Saved (basic connection)' };
      }
      if (play?.pending && !play.pending.saved) return { kind: 'sending', text: 'Sending …' };
      return { kind: 'saved', text: 'Saved' };
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((link.retryAt - nowMs) / 1000));
      const when = seconds > 0 ? `in ${seconds} s` : 'now';
      if (!link.online) return { kind: 'offline', text: `Offline, next try ${when}` };
      return { kind: 'lost', text: `Reconnecting ${when}` };
    }
    case 'stopped':
      return { kind: 'stopped', text: 'Not connected' };
    default:
      if (link.attempt > 0) return { kind: 'lost', text: 'Reconnecting now' };
      return { kind: 'busy', text: 'Connecting …' };
  }
};

// A member of a game, without a name: the server knows none.
export const memberWords = ({ session_id: id, you }) => (you ? 'You' : `Player ${id.slice(0, 6)}`);

export const roleWords = (role) =>
  ({ owner: 'Owner', player: 'Player', spectator: 'Spectator' })[role] ?? role;

export const mayWords = (role) => ({
  owner: 'Owners do everything: play, invite, remove, stop and delete.',
  player: 'Players choose, go back, save and fork.',
  spectator: 'Spectators watch and read the history.',
})[role] ?? '';

export const roleSaidWords = (member, role) =>
  `${memberWords(member)} ${member.you ? 'are' : 'is'} ${role === 'owner' ? 'an' : 'a'} ${role} now.`;

export const invitationWords = ({ role, once }) =>
  `${roleWords(role)}, ${once ? 'one use' : 'until revoked'}`;

export const savedWords = ({ name }) => `Saved as “${name}”.`;

export const forkedWords = (version) =>
  `This is a game of its own now, with the same past up to version ${version}. The other one stays ` +
  'as it is.';

export const savesLeftWords = (list, max) =>
  (list.length < max ? `${list.length} of ${max} places taken.`
    : `All ${max} places are taken. Overwrite one of them, or delete one.`);

// What an event of the history was, and the rest that the server says about it.
const DEEDS = {
  start: ({ name }) => [`${name} begins`, `${name} begins.`],
  choice: ({ choice_text: text }) => [text, `Chose "${text}".`],
  stop: () => ['The game was ended', 'Stopped.'],
  reset: () => ['The story began again', 'Began again.'],
  load: ({ of }) => [`Went back to version ${of}`, `Went back to version ${of}.`],
  fork: () => ['Became a game of its own', 'Became a game of its own.'],
  import: () => ['Came from a file', 'Was brought here from a file.'],
};

export const eventWords = (event) => {
  const [title, said] = DEEDS[event.type]?.(event) ?? [event.words, ''];
  const words = event.words ?? '';
  return { title, text: words.startsWith(said) ? words.slice(said.length).trim() : words };
};

export const historyWords = ({ events, after, newest }) =>
  (events.length ? `Versions ${after + events.length} to ${after + 1} of ${newest}` : '');

// The name of a device: what it called itself when it came.
export const deviceWords = ({ label }) => label || 'The browser of the first game';

const BROWSERS = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'], ['Safari/', 'Safari']];

const SYSTEMS = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'],
  ['Windows', 'Windows'], ['Mac OS', 'Mac'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']];

// What a browser is called in the list of devices: "Firefox on Linux".
export const browserWords = (agent) => {
  const named = (table) => table.find(([mark]) => agent.includes(mark))?.[1];
  return [named(BROWSERS) ?? 'Browser', named(SYSTEMS)].filter(Boolean).join(' on ');
};

const UNITS = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600],
  ['minute', 60]];

// A time as people say it.
export const agoWords = (time, nowMs) => {
  const seconds = (Date.parse(time) - nowMs) / 1000;
  if (Number.isNaN(seconds)) return '';
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? [];
  if (!unit) return 'just now';
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
    .format(Math.round(seconds / size), unit);
};

export const seenWords = ({ current, seen }, nowMs) =>
  (current ? 'This is the one that you are using.' : `Last seen ${agoWords(seen, nowMs)}.`);

// How long a code is still good; null when it is not.
export const expiryWords = (expires, nowMs) => {
  const seconds = Math.ceil((Date.parse(expires) - nowMs) / 1000);
  if (!(seconds > 0)) return null;
  const minutes = Math.floor(seconds / 60);
  return `Good for one use, for ${minutes}:${String(seconds % 60).padStart(2, '0')} minutes more.`;
};

const gamesLeft = (count) => (count === 1 ? 'one game' : count >= 50 ? '50 games or more' :
  `${count} games`);

// What entering a code would leave behind; null when there is nothing.
export const askEnterWords = (count, elsewhere) => (count === 0 ? null : {
  title: 'Leave the games of this browser behind?', yes: 'Enter the code', danger: true,
  text: `This browser has ${gamesLeft(count)} of its own. With the code it becomes the other ` +
    'player, and those are not in its list any more. ' +
    (elsewhere ? 'Your other devices keep them.'
      : 'No other device has them: nobody could come back to them. To keep them, first carry this ' +
        'player to another browser, or export them.'),
});

export const askOthersWords = {
  title: 'Become that player in this browser?', yes: 'Yes',
  text: 'Somebody made this link to carry their games here. All of their games will be in your list.',
};

export const askInviteWords = {
  title: 'You are invited to a game', yes: 'Accept',
  text: 'Somebody shares a game with you. It will be in the list of your games, and the others can ' +
    'see that you are there.',
};

export const askDeleteWords = ({ title, section_number: section }) => ({
  title: 'Delete this game?', yes: 'Delete the game', danger: true,
  text: `“${title}”, section ${section}, with its whole history and all saves, for everybody ` +
    'who has it. This cannot be taken back. A game that you may want again can be exported first.',
});

const ROLES = [['owner', 'the owner'], ['player', 'player'], ['spectator', 'spectator']];

const rolesWords = (roles) => list(ROLES.filter(([role]) => roles[role] > 0).map(([role, name]) =>
  (role === 'owner' && roles.owner === 1 ? name : count(roles[role], role))));

// Who has the game open: { text, title }, null when nobody else has.
export const presenceWords = ({ play }) => {
  const presence = play?.presence;
  if (!presence || presence.watchers < 2) return null;
  const { watchers, roles } = presence;
  return { text: `${watchers} watching`, title: `Have this game open: ${rolesWords(roles)}` };
};

// Said aloud is whether somebody is here at all; each one who comes and goes would be noise. `before`
// is what was known last, null at the beginning.
export const presenceNews = (before, after) => {
  const accompanied = (before?.watchers ?? 1) > 1;
  if (!after || accompanied === after.watchers > 1) return null;
  return after.watchers > 1 ? 'Somebody else is watching now.' : 'Nobody else is watching now.';
};

// What to say aloud when the link goes from one kind to another. Saved and sending follow each
// choice and are shown, not said; a loss and its end are said once.
export const linkNews = (before, after) => {
  const wasUp = before === 'saved' || before === 'sending' || before === 'basic';
  const wasDown = before === 'lost' || before === 'offline' || before === 'stopped';
  if (after === before) return null;
  if (after === 'offline') return 'You are offline. The game goes on when the network is back.';
  if (after === 'lost' && wasUp) return 'Connection lost. Reconnecting.';
  if (after === 'stopped') return 'Not connected.';
  if (after === 'basic') {
    return 'Live connections seem to be blocked here. The game goes on over a basic connection.';
  }
  if (before === 'basic') return 'Live connection again.';
  if (wasDown && (after === 'saved' || after === 'sending')) return 'Connected again.';
  return null;
};
