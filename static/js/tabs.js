// The other tabs of this browser that have the page open: each is told what was changed in one, so
// that all show the same. A browser without channels only loses this comfort.

// { tell(message) }; onMessage(message) gets what other tabs told.
export const createTabs = (Channel, onMessage) => {
  const channel = Channel ? new Channel('casys') : null;
  if (channel) channel.onmessage = ({ data }) => onMessage(data);
  return { tell: (message) => channel?.postMessage(message) };
};
