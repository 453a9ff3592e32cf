// Who fights in this section, and how much they can still take. The hero is among them, because the
// sheet may be out of sight.

import { el, setHidden } from '../dom.js';
import { shownOf } from '../undo.js';
import { foeWords } from '../words.js';

const row = (kind, name, skill, endurance, language) => el('li', { class: `fighter ${kind}` },
  el('span', { class: 'fighter-name', lang: language }, name),
  el('span', { class: 'fighter-skill' }, skill),
  el('span', { class: 'fighter-endurance' }, endurance));

const rows = ({ fight, character, language }) => {
  const { stats, stat_names: names } = character;
  return [
    row('is-hero', character.name, `${names.skill} ${stats.skill}`,
      `${names.endurance} ${stats.endurance}`, null),
    ...fight.foes.map((foe) => row(foe.defeated ? 'is-foe is-defeated' : 'is-foe', foe.name,
      `${names.skill} ${foe.skill}`, foeWords(foe, names.endurance), language)),
  ];
};

export const mountFight = (root) => {
  const title = el('h3', { class: 'fight-title', id: 'fight-title' });
  const list = el('ul', { class: 'fighters', 'aria-labelledby': 'fight-title' });
  root.append(title, list);

  let shown = null;
  return ({ play }) => {
    const snapshot = shownOf(play);
    if (snapshot === shown) return;
    shown = snapshot;
    const fight = snapshot?.fight;
    setHidden(root, !fight);
    if (!fight) return;
    title.replaceChildren(fight.round === 0 ? 'The fight' : `The fight, after round ${fight.round}`);
    list.replaceChildren(...rows(snapshot));
  };
};
