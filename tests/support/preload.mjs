// The libraries of tests/soak, loaded in front of the program by its environment.

import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { BINARY } from './server.mjs';

// name: accept, clock, disk, memory or order; variable and file: how it finds what a test tells it.
export const preload = (name, variable, file) => ({
  LD_PRELOAD: join(dirname(BINARY), `tests/soak/libsoak_${name}.so`),
  [variable]: file,
  ASAN_OPTIONS: `verify_asan_link_order=0:${process.env.ASAN_OPTIONS ?? ''}`,
});

const ERRORS = { wait: 0, EIO: 5, ENOMEM: 12, ENFILE: 23, EMFILE: 24, ENOSPC: 28 };
const WORDS = { operation: 0, left: 4, lasting: 8, error: 12, failed: 16 };

// Which call of the program is to fail: struct control of tests/soak/control.h, in a file of its own.
export class Control {
  // operations: their names, as the library numbers them from 1 on.
  constructor(file, operations) {
    this.file = file;
    this.operations = [null, ...operations];
    writeFileSync(file, Buffer.alloc(20));
  }

  #read(word) {
    const bytes = Buffer.alloc(4);
    const file = openSync(this.file, 'r');
    readSync(file, bytes, 0, 4, WORDS[word]);
    closeSync(file);
    return bytes.readInt32LE();
  }

  // The call that comes after `left` others fails; lasting: and all after it. error: `wait` lets it
  // take until the next set. Without an operation all is well.
  set({ operation = null, left = 0, lasting = false, error = 'EIO' } = {}) {
    const words = {
      failed: 0, error: ERRORS[error], lasting: lasting ? 1 : 0, left, operation: this.operations.indexOf(operation),
    };
    const file = openSync(this.file, 'r+');
    // The operation last: it makes the others count.
    for (const [word, value] of Object.entries(words)) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      writeSync(file, bytes, 0, 4, WORDS[word]);
    }
    closeSync(file);
  }

  // How many failed, or wait, since the last set.
  get failures() { return this.#read('failed'); }

  // How many more would still work.
  get left() { return this.#read('left'); }
}
