// RFC 6455 as a table: what a client sends after the handshake, and every frame that an echo server
// has to answer, in order. A case whose answers do not end with a Close leaves the connection as it
// was: the driver (tests/e2e/conformance.test.mjs) closes it with 1000 and wants that back.
//
//     {theme, why, send: [frame or Buffer], answers: [frame]}

import {
  binary, close, frame, fromClient, more, OPCODE, ping, pong, text, unfinished,
} from './wire.mjs';

// Those of ws_echo_server.
export const MESSAGE_BYTES = 16 * 1024 * 1024;
export const FRAGMENTS = 16384;

const MEBIBYTE = 1024 * 1024;

export const cases = [];

const add = (theme, why, send, answers) => cases.push({ theme, why, send, answers });

const bytes = (...values) => Buffer.from(values);
const hex = (digits) => Buffer.from(digits, 'hex');
const letters = (length) => Buffer.alloc(length, 'The five boxing wizards jump quickly. ');
const noise = (length) => Buffer.from(Array.from({ length }, (_, i) => (i * 167 + (i >> 8)) & 255));

// One frame for each part; only the last is final.
const fragments = (kind, parts) => parts.map((part, i) => {
  const one = i === 0 ? kind(part) : more(part);
  return i === parts.length - 1 ? one : unfinished(one);
});

const single = (buffer) => Array.from(buffer, (byte) => bytes(byte));

// ---- framing ----

for (const length of [0, 1, 125, 126, 127, 128, 65535, 65536, 65537, MEBIBYTE]) {
  add('framing', `text of ${length} bytes`, [text(letters(length))], [text(letters(length))]);
  add('framing', `binary of ${length} bytes`, [binary(noise(length))], [binary(noise(length))]);
}
add('framing', 'every byte value in binary', [binary(noise(256))], [binary(noise(256))]);
add('framing', 'ten messages behind each other', Array.from({ length: 10 }, (_, i) => text(`number ${i}`)),
  Array.from({ length: 10 }, (_, i) => text(`number ${i}`)));
add('framing', 'text and binary in turn', [text('a'), binary(bytes(0xff)), text('b'), binary('')],
  [text('a'), binary(bytes(0xff)), text('b'), binary('')]);
for (const key of ['00000000', 'ffffffff', '00ff00ff', '01020408', '80000000', '000000c3']) {
  const options = { key: hex(key) };
  add('framing', `text under the mask ${key}`, [text('Łódź and more', options)], [text('Łódź and more')]);
  for (const length of [3, 5, 8, 31]) {
    add('framing', `${length} bytes under the mask ${key}`, [binary(noise(length), options)],
      [binary(noise(length))]);
  }
}
for (const [name, kind] of Object.entries({ text, binary, ping, pong })) {
  add('framing', `an unmasked ${name} frame`, [kind('a', { masked: false })], [close(1002)]);
  add('framing', `an unmasked and empty ${name} frame`, [kind('', { masked: false })], [close(1002)]);
}
add('framing', 'an unmasked Close', [close(1000, '', { masked: false })], [close(1002)]);
add('framing', 'an unmasked fragment', [unfinished(text('a')), more('b', { masked: false })], [close(1002)]);
add('framing', 'an unmasked frame behind a good one', [text('a'), text('b', { masked: false })],
  [text('a'), close(1002)]);
add('framing', 'a frame that says only that it is not masked', [bytes(0x81, 0x7f)], [close(1002)]);

// ---- the lengths ----

for (const length of [0, 1, 125]) {
  add('lengths', `${length} in 16 bits`, [text(letters(length), { form: 16 })], [close(1002)]);
}
for (const length of [0, 1, 125, 126, 127, 65535]) {
  add('lengths', `${length} in 64 bits`, [text(letters(length), { form: 64 })], [close(1002)]);
  add('lengths', `${length} in 64 bits, behind a fragment`,
    [unfinished(binary('a')), more(letters(length), { form: 64 })], [close(1002)]);
}
for (const length of [2n ** 63n, 2n ** 63n + 1n, 2n ** 64n - 1n]) {
  add('lengths', `${length}, with the top bit`, [text('', { announced: length })], [close(1002)]);
  add('lengths', `${length} of binary, behind a good message`,
    [text('good'), binary('', { announced: length })], [text('good'), close(1002)]);
}
for (const [name, kind] of Object.entries({ ping, pong })) {
  add('lengths', `${name} of 1 byte in 16 bits`, [kind('a', { form: 16 })], [close(1002)]);
  add('lengths', `${name} of 1 byte in 64 bits`, [kind('a', { form: 64 })], [close(1002)]);
}

// ---- limits ----

add('limits', 'the longest binary message', [binary(Buffer.alloc(MESSAGE_BYTES, 7))],
  [binary(Buffer.alloc(MESSAGE_BYTES, 7))]);
add('limits', 'a text of one byte more: at its header', [text('', { announced: MESSAGE_BYTES + 1 })],
  [close(1009)]);
add('limits', 'a binary of one byte more: at its header', [binary('', { announced: MESSAGE_BYTES + 1 })],
  [close(1009)]);
add('limits', 'one byte more in the second fragment: at its header',
  [unfinished(binary(Buffer.alloc(MEBIBYTE))), more('', { announced: MESSAGE_BYTES - MEBIBYTE + 1 })],
  [close(1009)]);
add('limits', 'the longest message in two fragments',
  fragments(binary, [Buffer.alloc(MESSAGE_BYTES - 1, 1), bytes(1)]), [binary(Buffer.alloc(MESSAGE_BYTES, 1))]);
for (const length of [2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 62n, 2n ** 63n - 1n]) {
  add('limits', `${length} bytes announced`, [binary('', { announced: length })], [close(1009)]);
}
add('limits', 'too much, announced after a ping in a message',
  [unfinished(text('a')), ping('p'), more('', { announced: MESSAGE_BYTES })], [pong('p'), close(1009)]);
add('limits', 'as many fragments as are allowed', fragments(text, Array(FRAGMENTS).fill('')), [text('')]);
add('limits', 'one fragment more',
  [unfinished(text('')), ...Array(FRAGMENTS).fill(unfinished(more('')))], [close(1009)]);
add('limits', 'pings do not count as fragments',
  [unfinished(text('a')), ...Array(100).fill(ping('')), more('b')], [...Array(100).fill(pong('')), text('ab')]);

// ---- pings and pongs ----

for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 124, 125]) {
  add('pings', `a ping of ${length} bytes`, [ping(noise(length))], [pong(noise(length))]);
  add('pings', `a pong of ${length} bytes that nobody asked for`, [pong(noise(length)), text('on')], [text('on')]);
}
add('pings', 'pings of every length', Array.from({ length: 126 }, (_, i) => ping(noise(i))),
  Array.from({ length: 126 }, (_, i) => pong(noise(i))));
for (const length of [126, 127, 65535, 65536]) {
  add('pings', `a ping of ${length} bytes`, [ping(noise(length))], [close(1002)]);
  add('pings', `a pong of ${length} bytes`, [pong(noise(length))], [close(1002)]);
}
add('pings', 'a ping of 126 bytes, of which only the length comes', [bytes(0x89, 0xfe)], [close(1002)]);
add('pings', 'a ping that is not UTF-8', [ping(hex('fffec080'))], [pong(hex('fffec080'))]);
add('pings', 'a pong that is not UTF-8', [pong(hex('fffec080'))], []);
add('pings', 'pongs only', Array(20).fill(pong('x')), []);
add('pings', 'a ping before, between and behind messages', [ping('1'), text('a'), ping('2'), text('b'), ping('3')],
  [pong('1'), text('a'), pong('2'), text('b'), pong('3')]);
add('pings', 'a fragmented ping', [unfinished(ping('a')), more('b')], [close(1002)]);
add('pings', 'a fragmented pong', [unfinished(pong('a')), more('b')], [close(1002)]);
add('pings', 'an empty ping that is not final', [unfinished(ping(''))], [close(1002)]);
add('pings', 'a continuation behind a ping', [ping('a'), more('b')], [pong('a'), close(1002)]);
add('pings', 'a fragmented ping in a fragmented message', [unfinished(text('a')), unfinished(ping('p')), more('b')],
  [close(1002)]);

// ---- reserved bits and opcodes ----

for (let rsv = 1; rsv <= 7; rsv += 1) {
  for (const [name, kind] of Object.entries({ text, binary, ping, pong })) {
    add('reserved', `bits ${rsv} in ${name}`, [kind('a', { rsv })], [close(1002)]);
  }
  add('reserved', `bits ${rsv} in Close`, [close(1000, '', { rsv })], [close(1002)]);
  add('reserved', `bits ${rsv} in a continuation`, [unfinished(text('a')), more('b', { rsv })], [close(1002)]);
  add('reserved', `bits ${rsv} behind a message and a ping`, [text('a'), ping('p'), text('b', { rsv })],
    [text('a'), pong('p'), close(1002)]);
}
for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  add('reserved', `opcode ${opcode}, empty`, [frame(opcode)], [close(1002)]);
  add('reserved', `opcode ${opcode} with a payload`, [frame(opcode, 'payload')], [close(1002)]);
  add('reserved', `opcode ${opcode}, not final`, [unfinished(frame(opcode, 'a'))], [close(1002)]);
  add('reserved', `opcode ${opcode} behind a message and a ping`, [text('a'), ping('p'), frame(opcode, 'b')],
    [text('a'), pong('p'), close(1002)]);
  add('reserved', `opcode ${opcode} in a message`, [unfinished(text('a')), frame(opcode, 'b'), more('c')],
    [close(1002)]);
  add('reserved', `opcode ${opcode}: at its first byte`, [bytes(0x80 | opcode)], [close(1002)]);
}

// ---- fragments ----

const t = (payload) => unfinished(text(payload));
const b = (payload) => unfinished(binary(payload));
const c = (payload) => unfinished(more(payload));

for (const [why, send, answers] of [
  ['text in two', [t('a'), more('b')], [text('ab')]],
  ['binary in two', [b('a'), more('b')], [binary('ab')]],
  ['text in three', [t('a'), c('b'), more('c')], [text('abc')]],
  ['the first one empty', [t(''), more('b')], [text('b')]],
  ['the last one empty', [t('a'), more('')], [text('a')]],
  ['the middle one empty', [t('a'), c(''), more('c')], [text('ac')]],
  ['all empty', [t(''), c(''), more('')], [text('')]],
  ['all empty, binary', [b(''), c(''), more('')], [binary('')]],
  ['two messages', [t('a'), more('b'), b('c'), more('d')], [text('ab'), binary('cd')]],
  ['a whole message behind a fragmented one', [t('a'), more('b'), text('c')], [text('ab'), text('c')]],
  ['a ping between', [t('a'), ping('p'), more('b')], [pong('p'), text('ab')]],
  ['an empty ping between', [t('a'), ping(''), more('b')], [pong(''), text('ab')]],
  ['a ping of 125 bytes between', [t('a'), ping(noise(125)), more('b')], [pong(noise(125)), text('ab')]],
  ['pings between all', [t('a'), ping('1'), c('b'), ping('2'), c('c'), ping('3'), more('d')],
    [pong('1'), pong('2'), pong('3'), text('abcd')]],
  ['a pong between', [b('a'), pong('p'), more('b')], [binary('ab')]],
  ['a ping behind the last', [t('a'), more('b'), ping('p')], [text('ab'), pong('p')]],
  ['a continuation first', [more('a')], [close(1002)]],
  ['an empty continuation first', [more('')], [close(1002)]],
  ['a continuation first, not final', [c('a'), more('b')], [close(1002)]],
  ['a continuation behind a whole message', [text('a'), more('b')], [text('a'), close(1002)]],
  ['a continuation behind the last', [t('a'), more('b'), more('c')], [text('ab'), close(1002)]],
  ['a continuation behind the last and a ping', [t('a'), more('b'), ping('p'), c('c')],
    [text('ab'), pong('p'), close(1002)]],
  ['new text in a message', [t('a'), text('b')], [close(1002)]],
  ['new text in a message, not final', [t('a'), t('b'), more('c')], [close(1002)]],
  ['new binary in a text', [t('a'), binary('b')], [close(1002)]],
  ['new text in a binary', [b('a'), text('b')], [close(1002)]],
  ['new text behind a ping in a message', [t('a'), ping('p'), text('b')], [pong('p'), close(1002)]],
  ['a message after its second fragment begins anew', [t('a'), c('b'), text('c')], [close(1002)]],
  ['a Close in a message', [t('a'), close(1000)], [close(1000)]],
  ['a Close in a message, which then ends', [t('a'), close(1001), more('b')], [close(1001)]],
]) add('fragments', why, send, answers);

for (const length of [1, 2, 125, 126, 127, 1024, 65535, 65536]) {
  add('fragments', `binary in pieces of ${length}`,
    fragments(binary, [1, 2, 3].map(() => noise(length))), [binary(Buffer.concat([1, 2, 3].map(() => noise(length))))]);
}
add('fragments', 'a message in 1,000 pieces of one byte', fragments(text, single(letters(1000))), [text(letters(1000))]);
add('fragments', 'a ping behind each of 100 pieces',
  fragments(text, single(letters(100))).flatMap((one) => [one, ping('p')]).slice(0, -1),
  [...Array(99).fill(pong('p')), text(letters(100))]);
add('fragments', 'a message of 1 MiB in pieces of 4 KiB', fragments(binary, Array(256).fill(noise(4096))),
  [binary(Buffer.concat(Array(256).fill(noise(4096))))]);

// ---- UTF-8 (RFC 3629) ----

const valid = {
  'the first of one byte': '00',
  'the last of one byte': '7f',
  'the first of two': 'c280',
  'the last of two': 'dfbf',
  'the first of three': 'e0a080',
  'the last of three': 'efbfbf',
  'the first of four': 'f0908080',
  'the last of all': 'f48fbfbf',
  'the last before the surrogates': 'ed9fbf',
  'the first behind the surrogates': 'ee8080',
  'a byte order mark': 'efbbbf',
  'a character that is none': 'efb790',
  'the end of plane 1': 'f09fbfbf',
  'U+FFFD': 'efbfbd',
};
for (const [why, digits] of Object.entries(valid)) {
  const around = Buffer.concat([Buffer.from('['), hex(digits), Buffer.from(']')]);
  add('utf-8', why, [text(hex(digits))], [text(hex(digits))]);
  add('utf-8', `${why}, between others`, [text(around)], [text(around)]);
  add('utf-8', `${why}, each byte a fragment`, fragments(text, single(around)), [text(around)]);
}
const mixed = Buffer.from('aß水𝄞z');
for (let cut = 0; cut <= mixed.length; cut += 1) {
  add('utf-8', `one to four bytes, in two fragments at ${cut}`,
    fragments(text, [mixed.subarray(0, cut), mixed.subarray(cut)]), [text(mixed)]);
  add('utf-8', `the same with a ping at ${cut}: it is not wrong yet`,
    [t(mixed.subarray(0, cut)), ping('p'), more(mixed.subarray(cut))], [pong('p'), text(mixed)]);
}
add('utf-8', 'long, at the edge of a machine word and beyond', [text('1234567é'.repeat(50))], [text('1234567é'.repeat(50))]);

// The last byte is the first one that makes it wrong whatever follows.
const invalid = {
  'a continuation alone': '80',
  'the last continuation alone': 'bf',
  'overlong two, first': 'c0',
  'overlong two, last': 'c1',
  'overlong three': 'e080',
  'overlong three, last': 'e09f',
  'overlong four': 'f080',
  'overlong four, last': 'f08f',
  'the first surrogate': 'eda0',
  'the last surrogate': 'edbf',
  'the first above all': 'f490',
  'far above': 'f5',
  'the start of five bytes': 'f8',
  'the start of six bytes': 'fc',
  'fe': 'fe',
  'ff': 'ff',
  'two without its second': 'c241',
  'two, then a start': 'c2c2',
  'three without its second': 'e141',
  'three without its third': 'e18041',
  'four without its second': 'f141',
  'four without its third': 'f18041',
  'four without its fourth': 'f1808041',
  'one continuation too many': 'c28080',
};
for (const [why, digits] of Object.entries(invalid)) {
  const wrong = Buffer.concat([Buffer.from('good '), hex(digits)]);
  add('utf-8', `${why}: in a whole message`, [text(Buffer.concat([wrong, letters(20)]))], [close(1007)]);
  add('utf-8', `${why}: at once, with 1,000 bytes still to come`, [text(wrong, { announced: 1000 })], [close(1007)]);
  add('utf-8', `${why}: at once, each byte a fragment`,
    single(wrong).map((one, i) => (i === 0 ? t(one) : c(one))), [close(1007)]);
  add('utf-8', `${why}: is fine in binary`, [binary(wrong)], [binary(wrong)]);
}
for (const digits of ['c2', 'e0', 'e0a0', 'ed9f', 'f0', 'f090', 'f09080', 'f48fbf']) {
  const cut = Buffer.concat([Buffer.from('good '), hex(digits)]);
  add('utf-8', `a message that ends after ${digits}`, [text(cut)], [close(1007)]);
  add('utf-8', `a last fragment that ends after ${digits}`, [t('good '), more(hex(digits))], [close(1007)]);
  add('utf-8', `an empty last fragment after ${digits}`, [t(cut), more('')], [close(1007)]);
  add('utf-8', `a ping after ${digits}, then nothing that goes on with it`, [t(cut), ping('p'), more('!')],
    [pong('p'), close(1007)]);
}
add('utf-8', 'a good message before a wrong one', [text('ä'), text(hex('ff'))], [text('ä'), close(1007)]);
add('utf-8', 'what one message left open does not go on in the next', [binary(hex('c3')), text(hex('a4'))],
  [binary(hex('c3')), close(1007)]);

// ---- closing ----

add('closing', 'without a code', [close()], [close()]);
for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
  add('closing', `code ${code}`, [close(code)], [close(code)]);
  add('closing', `code ${code} with a reason`, [close(code, 'über')], [close(code)]);
}
for (const code of [0, 1, 125, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32768, 65535]) {
  add('closing', `code ${code}, which nobody may send`, [close(code)], [close(1002)]);
  add('closing', `code ${code} with a reason`, [close(code, 'why')], [close(1002)]);
}
for (const length of [0, 1, 2, 61, 62, 122, 123]) {
  add('closing', `a reason of ${length} bytes`, [close(1000, letters(length))], [close(1000)]);
}
add('closing', 'a reason of 124 bytes', [close(1000, letters(124))], [close(1002)]);
add('closing', 'a payload of one byte', [frame(OPCODE.close, bytes(3))], [close(1002)]);
add('closing', 'a payload of one byte, and behind it what would make it 1000',
  [frame(OPCODE.close, bytes(0x03)), bytes(0xe8)], [close(1002)]);
add('closing', 'one byte in 16 bits', [close(1000, '', { form: 16 })], [close(1002)]);
add('closing', 'a fragmented Close', [unfinished(close(1000)), more('x')], [close(1002)]);
for (const digits of ['ff', 'c0af', 'eda080', 'f4908080', 'e282', 'c3']) {
  add('closing', `the reason ${digits} is not UTF-8`, [close(1000, hex(digits))], [close(1007)]);
}
for (const [why, behind] of [
  ['text', [text('late')]],
  ['binary', [binary('late')]],
  ['a ping', [ping('late')]],
  ['another Close', [close(1001)]],
  ['a broken frame', [text('late', { rsv: 7 })]],
  ['an unmasked frame', [text('late', { masked: false })]],
  ['a fragment', [t('late')]],
  ['bytes that are no frame', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
  ['64 KiB', [binary(noise(65536))]],
  ['half a frame', [bytes(0x81)]],
]) {
  add('closing', `${why} behind a Close is not read`, [close(1000, 'done'), ...behind], [close(1000)]);
  add('closing', `${why} behind a failure is not read`, [frame(3), ...behind], [close(1002)]);
}
add('closing', 'what came before it is answered first', [text('a'), ping('p'), binary('b'), close(4000)],
  [text('a'), pong('p'), binary('b'), close(4000)]);
add('closing', '1 MiB before it is answered first', [binary(noise(MEBIBYTE)), close(1000)],
  [binary(noise(MEBIBYTE)), close(1000)]);
add('closing', 'the server fails while the client closes', [text(hex('ff')), close(1000)], [close(1007)]);
add('closing', 'an HTTP request after the upgrade', [Buffer.from('GET /again HTTP/1.1\r\nHost: a\r\n\r\n')],
  [close(1002)]);
add('closing', 'a TLS hello', [hex('160301020001000001fc0303')], [close(1002)]);

// ---- the handshake ----
//
// What comes with a request: its status, and for 101 what is answered to the frames right behind it.
//
//     {theme, why, request: Buffer, status, behind: [frame], answers: [frame]}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const USUAL = {
  Host: 'localhost',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': KEY,
};

// headers: null leaves one of the usual ones out, an array gives it more than once.
export const request = (headers = {}, first = 'GET / HTTP/1.1') => {
  const lines = Object.entries({ ...USUAL, ...headers }).filter(([, value]) => value !== null)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return Buffer.from(`${[first, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
};

export const handshakes = [];

const shake = (why, bytesSent, status, behind = [text('hello')], answers = [text('hello')]) =>
  handshakes.push({ theme: 'handshake', why, request: bytesSent, status, behind, answers });

shake('as usual', request(), 101);
const lower = Object.entries(USUAL).map(([name, value]) => [name.toLowerCase(), value]);
const upper = Object.entries(USUAL).map(([name, value]) => [name.toUpperCase(), value]);
const none = Object.fromEntries(Object.keys(USUAL).map((name) => [name, null]));
shake('names in small letters', request({ ...none, ...Object.fromEntries(lower) }), 101);
shake('names in capitals', request({ ...none, ...Object.fromEntries(upper) }), 101);
shake('the headers backwards', request({ ...none, ...Object.fromEntries(lower.reverse()) }), 101);
for (const value of ['WebSocket', 'WEBSOCKET', ' websocket ', 'other, websocket', 'websocket, other/2', '\twebsocket']) {
  shake(`Upgrade: ${JSON.stringify(value)}`, request({ Upgrade: value }), 101);
}
for (const value of ['upgrade', 'UPGRADE', 'keep-alive, Upgrade', 'Upgrade,keep-alive', 'a , b ,\tupgrade , c',
  ['keep-alive', 'Upgrade']]) {
  shake(`Connection: ${JSON.stringify(value)}`, request({ Connection: value }), 101);
}
for (const [name, value] of [
  ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
  ['Sec-WebSocket-Extensions', ['x-webkit-deflate-frame', 'foo; bar="baz"']],
  ['Sec-WebSocket-Protocol', 'chat, superchat'],
  ['Sec-WebSocket-Protocol', ['chat', 'mqtt']],
  ['Origin', 'https://example.org'],
  ['Origin', 'null'],
  ['Cookie', 'a=b; c=d'],
  ['Cache-Control', 'no-cache'],
  ['Sec-WebSocket-Version', ' 13 '],
  ['Sec-WebSocket-Unknown', 'x'],
  ['X-Long', 'x'.repeat(4000)],
]) shake(`with ${name}: ${JSON.stringify(value).slice(0, 60)}`, request({ [name]: value }), 101);
shake('with a query', request({}, 'GET /?case=1&agent=a%20b HTTP/1.1'), 101);
shake('on another path', request({}, 'GET /some/where HTTP/1.1'), 101);
shake('frames behind it: a fragmented message and a ping', request(), 101,
  [t('a'), ping('p'), more('b')], [pong('p'), text('ab')]);
shake('frames behind it: a Close', request(), 101, [close(1001)], [close(1001)]);
shake('frames behind it: a broken one', request(), 101, [frame(3)], [close(1002)]);
shake('frames behind it: 100 KiB', request(), 101, [binary(noise(102400))], [binary(noise(102400))]);
shake('with a body, which is no frame', Buffer.concat([request({ 'Content-Length': '5' }), Buffer.from('hello')]), 101);
shake('with a body in chunks',
  Buffer.concat([request({ 'Transfer-Encoding': 'chunked' }), Buffer.from('5\r\nhello\r\n0\r\n\r\n')]), 101);

for (const [why, headers] of [
  ['no Upgrade', { Upgrade: null }],
  ['Upgrade to something else', { Upgrade: 'other' }],
  ['Upgrade to something that begins alike', { Upgrade: 'websockets' }],
  ['no Connection', { Connection: null }],
  ['Connection: keep-alive', { Connection: 'keep-alive' }],
  ['Connection that only contains the word', { Connection: 'no-upgrade' }],
  ['no key', { 'Sec-WebSocket-Key': null }],
  ['an empty key', { 'Sec-WebSocket-Key': '' }],
  ['a key of 15 bytes', { 'Sec-WebSocket-Key': Buffer.alloc(15, 1).toString('base64') }],
  ['a key of 17 bytes', { 'Sec-WebSocket-Key': Buffer.alloc(17, 1).toString('base64') }],
  ['a key that is not base64', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBs!SBub25jZQ==' }],
  ['a key without its padding', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ' }],
  ['a key with bits too many', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZR==' }],
  ['two keys', { 'Sec-WebSocket-Key': [KEY, KEY] }],
]) shake(why, request(headers), 400);
shake('HTTP/1.0', request({}, 'GET / HTTP/1.0'), 400);
for (const [why, value] of [['no Host', null], ['an empty Host', ''], ['two Hosts', ['a', 'b']],
  ['the same Host twice', ['localhost', 'localhost']], ['a Host and an empty one', ['localhost', '']]]) {
  shake(why, request({ Host: value }), 400);
}
shake('Upgrade twice, the right one first', request({ Upgrade: ['websocket', 'other'] }), 101);
shake('Upgrade twice, the right one last', request({ Upgrade: ['other', 'websocket'] }), 101);
shake('two Hosts in different letters', request({ Host: 'a', hOST: 'a' }), 400);
shake('a header that begins like Host', request({ 'Host-Name': 'b', Hos: 'c' }), 101);
shake('an empty line before the request', Buffer.concat([Buffer.from('\r\n'), request()]), 101);
for (const [why, value] of [
  ['no version', null], ['version 0', '0'], ['version 8', '8'], ['version 12', '12'], ['version 14', '14'],
  ['version 130', '130'], ['version 13 in a list', '13, 8'], ['two versions', ['13', '13']],
  ['a version that is no number', 'x'], ['an empty version', ''],
]) shake(why, request({ 'Sec-WebSocket-Version': value }), 426);
for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'get']) {
  shake(`method ${method}`, request({ 'Content-Length': '0' }, `${method} / HTTP/1.1`), 405);
}

// ---- the whole stream, for the cases that send a frame ----

export const sent = (one) => fromClient(one.send ?? one.behind);
