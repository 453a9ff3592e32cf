// A fresh id for a choice, so that the server can tell a repeated request from a new one.
// crypto.randomUUID exists only in secure contexts; a page opened by plain http over a home
// network has getRandomValues alone, which is as unguessable.

export const makeRequestId = (crypto) => {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
};
