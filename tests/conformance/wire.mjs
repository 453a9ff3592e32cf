// WebSocket frames as data (RFC 6455, 5.2), for both sides of a connection: a case says what a client
// sends and what the server answers in the same words, text('a') or close(1000), and only the
// encoder knows which side masks.

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

// options, all of them for breaking rules or going through them one by one:
//   fin (true), rsv (0), masked (true), key (the mask),
//   form: 7, 16 or 64 bits for the length instead of the shortest,
//   announced: a length that is not the payload's, as a BigInt or a number.
export const frame = (opcode, payload = '', options = {}) =>
  ({ opcode, payload: Buffer.from(payload), ...options });

export const text = (payload, options) => frame(OPCODE.text, payload, options);
export const binary = (payload, options) => frame(OPCODE.binary, payload, options);
export const more = (payload, options) => frame(OPCODE.continuation, payload, options);
export const ping = (payload, options) => frame(OPCODE.ping, payload, options);
export const pong = (payload, options) => frame(OPCODE.pong, payload, options);

// Without a code: an empty Close.
export const close = (code, reason = '', options = {}) => {
  if (code === undefined) return frame(OPCODE.close, '', options);
  const head = Buffer.from([code >> 8, code & 255]);
  return frame(OPCODE.close, Buffer.concat([head, Buffer.from(reason)]), options);
};

// The same frame, with others of its message to come.
export const unfinished = (one) => ({ ...one, fin: false });

const shortestForm = (length) => {
  if (length < 126n) return 7;
  return length < 65536n ? 16 : 64;
};

const encodeHead = ({ opcode, payload, fin = true, rsv = 0, form, announced }, maskBit) => {
  const length = BigInt(announced ?? payload.length);
  const bits = form ?? shortestForm(length);
  const head = Buffer.alloc({ 7: 2, 16: 4, 64: 10 }[bits]);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  if (bits === 7) {
    head[1] = maskBit | Number(length);
  } else if (bits === 16) {
    head[1] = maskBit | 126;
    head.writeUInt16BE(Number(length), 2);
  } else {
    head[1] = maskBit | 127;
    head.writeBigUInt64BE(length, 2);
  }
  return head;
};

const mask = (payload, key) => {
  const bytes = Buffer.from(payload);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] ^= key[i & 3];
  return bytes;
};

const KEY = [0x37, 0xfa, 0x21, 0x3d];

const encodeOne = (one) => {
  if (Buffer.isBuffer(one)) return [one];
  const { masked = true, key = KEY, payload } = one;
  if (!masked) return [encodeHead(one, 0), payload];
  return [encodeHead(one, 0x80), Buffer.from(key), mask(payload, key)];
};

// What a client sends: frames, and buffers for what is no frame.
export const fromClient = (frames) => Buffer.concat(frames.flatMap(encodeOne));

// What the server has to send for them: whole, unmasked, the shortest length.
export const fromServer = (frames) =>
  Buffer.concat(frames.flatMap((one) => [encodeHead(one, 0), one.payload]));
