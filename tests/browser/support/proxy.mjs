// A bad network: passes bytes between browser and server until told otherwise.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export const startProxy = async (targetPort) => {
  const pairs = new Set();
  let mute = false;
  let refuse = false;
  let blockUpgrades = false;

  const server = createServer((client) => {
    if (refuse) {
      client.destroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    const pair = { client, target };
    pairs.add(pair);
    const close = () => {
      client.destroy();
      target.destroy();
      pairs.delete(pair);
    };
    client.on('data', (bytes) => {
      if (blockUpgrades && /^GET \S*\/ws\/game/.test(bytes.toString('latin1'))) close();
      else target.write(bytes);
    });
    target.on('data', (bytes) => { if (!mute) client.write(bytes); });
    for (const socket of [client, target]) socket.on('close', close).on('error', close);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = () => {
    for (const { client, target } of pairs) {
      client.destroy();
      target.destroy();
    }
  };

  return {
    url: `http://127.0.0.1:${server.address().port}`,

    // Swallow what the server says; what the browser says still arrives.
    muteServer(on) { mute = on; },

    // Drop every connection, and new ones too while refusing.
    cut,
    refuse(on) { refuse = on; },

    // As a network that knows only requests and answers: no WebSocket gets through.
    blockWebSockets(on) { blockUpgrades = on; },

    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
};
