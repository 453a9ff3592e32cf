// The libraries of tests/soak, loaded in front of the program by its environment.

import { dirname, join } from 'node:path';

import { BINARY } from './server.mjs';

// name: clock, disk or order; variable and file: how it finds what a test tells it.
export const preload = (name, variable, file) => ({
  LD_PRELOAD: join(dirname(BINARY), `tests/soak/libsoak_${name}.so`),
  [variable]: file,
  ASAN_OPTIONS: `verify_asan_link_order=0:${process.env.ASAN_OPTIONS ?? ''}`,
});
