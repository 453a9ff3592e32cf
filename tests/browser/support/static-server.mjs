// The files of static/ alone, for tests of modules that need a browser and no game. There is no
// Content-Security-Policy here: what a module has to keep out, it keeps out by itself.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const STATIC = new URL('../../../static/', import.meta.url);

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css',
  '.svg': 'image/svg+xml' };

// The page of a test: nothing but a place to put things.
const EMPTY = '<!doctype html><html lang="en"><title>test</title>' +
  '<link rel="icon" href="/icon.svg"><div id="root"></div></html>';

export const serveStatic = async () => {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/empty') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(EMPTY);
      return;
    }
    try {
      const body = await readFile(new URL(`.${pathname}`, STATIC));
      response.writeHead(200, { 'Content-Type': TYPES[extname(pathname)] }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections?.();
      await once(server, 'close');
    },
  };
};
