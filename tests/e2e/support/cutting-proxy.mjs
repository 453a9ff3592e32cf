// A network that breaks at a chosen moment: passes bytes between clients and the server until armed,
// and then loses the next request, or passes it and keeps back the answer.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export const startCuttingProxy = async (target) => {
  const pairs = new Set();
  let plan = null;

  const fromClient = (bytes, { client, server }) => {
    if (plan?.lose) {
      client.destroy();
      server.destroy();
    } else {
      server.write(bytes);
    }
    plan?.asked();
  };

  const fromServer = (bytes, { client }) => {
    if (!plan) {
      client.write(bytes);
      return;
    }
    const part = bytes.subarray(0, plan.left);
    plan.left -= part.length;
    if (part.length > 0) client.write(part);
    if (plan.left === 0) plan.answered();
  };

  const listener = createServer((client) => {
    const server = connect(target.port, '127.0.0.1');
    const pair = { client, server };
    pairs.add(pair);
    const close = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    client.on('data', (bytes) => fromClient(bytes, pair));
    server.on('data', (bytes) => fromServer(bytes, pair));
    for (const socket of [client, server]) socket.setNoDelay(true).on('close', close).on('error', close);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    url: `http://127.0.0.1:${listener.address().port}`,

    // From now on: lose: cut the connection that asks something, and lose what it asked. Otherwise
    // pass it, and of the answer only `bytes`. Gives promises: asked, when a request came; answered,
    // when so much of the answer has gone to the client and more is kept back.
    arm({ lose = false, bytes = 0 }) {
      let asked;
      let answered;
      const moments = {
        asked: new Promise((resolve) => { asked = resolve; }),
        answered: new Promise((resolve) => { answered = resolve; }),
      };
      plan = { lose, left: bytes, asked, answered };
      return moments;
    },

    // Cut every connection. New ones pass everything.
    cut() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      plan = null;
    },

    async stop() {
      this.cut();
      listener.close();
      await once(listener, 'close');
    },
  };
};
