// What each file of tests plays on: a server and one Chromium for all of its tests, and for each
// test players of its own. When a test ends, its players leave, and nothing that must never happen
// may have happened to any of them.
//
//     const stage = useStage({ proxied: true });
//     const { join } = stage;
//     ... stage.server.url, stage.proxy.cut(), await join() ...

import { after, afterEach, before, beforeEach } from 'node:test';

import { startServer } from '../../support/server.mjs';
import { launch, newPlayer, noFaults } from './browser.mjs';
import { startProxy } from './proxy.mjs';

// options.server: those of startServer. options.proxied: each test has a bad network of its own
// before the server, stage.proxy.
export const useStage = (options = {}) => {
  let browser;
  let players;

  const stage = {
    server: null,
    proxy: null,

    // The page of a new player, in a browser profile of its own with these options.
    async join(profile) {
      const player = await newPlayer(browser, profile);
      players.push(player);
      return player.page;
    },
  };

  before(async () => {
    stage.server = await startServer(options.server);
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await stage.server?.remove();
  });

  beforeEach(async () => {
    players = [];
    if (options.proxied) stage.proxy = await startProxy(stage.server.port);
  });

  afterEach(async () => {
    for (const { context } of players) await context.close();
    await stage.proxy?.stop();
    stage.proxy = null;
    noFaults(...players);
  });

  return stage;
};
