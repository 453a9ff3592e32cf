// Who fights the hero in this section, and how much they can still take.

import { el, setHidden } from '../dom.js';
import { foeWords } from '../words.js';

const foeItem = (foe, language) => el('li', { class: `foe${foe.defeated ? ' is-defeated' : ''}` },
  el('span', { class: 'foe-name', lang: language }, foe.name),
  el('span', { class: 'foe-skill' }, `Skill ${foe.skill}`),
  el('span', { class: 'foe-endurance' }, foeWords(foe)));

export const mountFight = (root) => {
  const title = el('h3', { class: 'fight-title', id: 'fight-title' });
  const list = el('ul', { class: 'foes', 'aria-labelledby': 'fight-title' });
  root.append(title, list);

  let shown = null;
  return ({ play }) => {
    const snapshot = play?.snapshot ?? null;
    if (snapshot === shown) return;
    shown = snapshot;
    const fight = snapshot?.fight;
    setHidden(root, !fight);
    if (!fight) return;
    title.replaceChildren(fight.round === 0 ? 'The fight' : `The fight, after round ${fight.round}`);
    list.replaceChildren(...fight.foes.map((foe) => foeItem(foe, snapshot.language)));
  };
};
