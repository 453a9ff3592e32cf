// Which messages of the server answer the choice that is under way. The link (socket.js) asks, to
// know whether it must send the choice again, and reduce.js asks, to know what to show; so both
// always agree.

// What an error without a request id means when a choice is under way: the server refused the
// message before it could read the id.
const UNREADABLE = new Set(['invalid_json', 'invalid_message', 'unknown_type', 'too_large']);

// Errors after which nothing about this game can be seen by this browser.
export const GONE = new Set(['game_not_found', 'forbidden', 'unauthorized']);

// 'none'      the message says nothing about the choice
// 'applied'   the server applied it, now or when it was sent before
// 'refused'   the server did not apply it and will not
// 'again'     not applied; the same request may be sent again a little later
export const answerTo = (requestId, message) => {
  if (!requestId) return 'none';
  const same = message.request_id === requestId;
  const nameless = message.request_id === null || message.request_id === undefined;
  switch (message.type) {
    case 'choice_ack':
      return same ? 'applied' : 'none';
    case 'choice_error':
    case 'message_error':
      if (!same && !nameless) return 'none';
      if (message.code === 'rate_limited' || message.code === 'shutting_down') return 'again';
      if (same) return 'refused';
      return message.type === 'choice_error' || UNREADABLE.has(message.code) ? 'refused' : 'none';
    default:
      return 'none';
  }
};

// True when the message says that the game itself is out of reach, rather than one choice.
export const isGone = (message) =>
  (message.type === 'message_error' || message.type === 'choice_error') &&
  (message.request_id === null || message.request_id === undefined) &&
  GONE.has(message.code);
