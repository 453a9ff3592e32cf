// Hand-made time, sockets and snapshots for the unit tests of the page.

// A clock that moves only when told to. Timers run in the order of their time.
export const makeClock = () => {
  let now = 0;
  let nextId = 1;
  const timers = new Map();
  const due = (limit) => [...timers].filter(([, timer]) => timer.at <= limit)
    .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => now,
    setTimeout(action, ms) {
      timers.set(nextId, { at: now + ms, action });
      return nextId++;
    },
    clearTimeout: (id) => timers.delete(id),
    pass(ms) {
      const end = now + ms;
      for (let next = due(end); next; next = due(end)) {
        const [id, timer] = next;
        timers.delete(id);
        now = timer.at;
        timer.action();
      }
      now = end;
    },
    waiting: () => timers.size,
  };
};

// Sockets that a test opens, feeds and closes by hand.
export const makeTransport = () => {
  const sockets = [];
  const transport = (url) => {
    const socket = {
      url,
      sent: [],
      closed: false,
      send: (text) => socket.sent.push(JSON.parse(text)),
      close: () => { socket.closed = true; },
      open: () => socket.onopen(),
      say: (message) => socket.onmessage({ data: JSON.stringify(message) }),
      sayRaw: (data) => socket.onmessage({ data }),
      end: (code, reason = '') => socket.onclose({ code, reason }),
    };
    sockets.push(socket);
    return socket;
  };
  return { transport, sockets, last: () => sockets.at(-1) };
};

export const snapshotOf = (version, changes = {}) => ({
  type: 'state',
  version,
  game_id: 'game-1',
  story_id: 'lamp',
  title: 'The Lamp',
  language: 'en',
  status: 'active',
  section_number: version,
  narrative: { content: `<p>Section ${version}</p>` },
  rules: {
    choices: [{
      id: 'climb', text: 'Climb the wall', type: 'direct', conditions: [], dice_type: 'none',
      available: true, needs: [],
    }],
  },
  decision: { choice_id: 'climb', player_input: 'Climb the wall', rolls: [] },
  character: characterOf({ endurance: 20, skill: 8 }, 0, {}),
  ending: null,
  ...changes,
});

export const characterOf = (stats, gold, items) => ({
  name: 'Mara',
  stats,
  stat_names: Object.fromEntries(Object.keys(stats).map((id) => [id, id.toUpperCase()])),
  inventory: {
    items: Object.fromEntries(Object.entries(items).map(([id, quantity]) =>
      [id, { name: id.toUpperCase(), quantity, description: '' }])),
    capacity: 10,
    gold,
  },
});
