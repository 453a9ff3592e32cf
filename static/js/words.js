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

// A code that this page does not know is still told, in the server's own words.
export const refusalWords = (code, text) =>
  REFUSED[code] ?? (text || 'The server refused this. Please try again.');

export const noticeWords = (notice) => {
  if (!notice) return '';
  switch (notice.code) {
    case 'others_choice':
      return `Somebody else chose: “${notice.text}”`;
    case 'caught_up':
      return 'The story went on in the meantime.';
    case 'choice_unavailable':
      return `Not possible yet. You need: ${needsWords(notice.needs)}.`;
    default:
      return refusalWords(notice.code, notice.text);
  }
};

const ARRIVALS = new Set(['others_choice', 'caught_up', 'stale_version', 'game_over']);

// Is the notice about how the story came here (it stands above the text), or about choosing (it
// stands by the choices)?
export const isArrival = (notice) => ARRIVALS.has(notice?.code);

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
  STOPPED[reason?.code ?? reason?.close] ?? MISUNDERSTOOD;

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
