// The one place where HTML of the server becomes elements. narrative.content is safe by contract;
// this page does not have to believe it: the text is parsed into a document of its own, where
// nothing runs and nothing loads, and only the elements of the list below are made anew in the
// page, without attributes. An unknown element gives way to its children; what could act is left
// out with all that is in it.

// What a section's text consists of (app/story_loader.c lets nothing else pass). Headings move down
// one step, because the page's own heading of a section is an h2.
const ELEMENTS = {
  P: 'p', EM: 'em', STRONG: 'strong', CODE: 'code', BR: 'br', HR: 'hr', BLOCKQUOTE: 'blockquote',
  UL: 'ul', OL: 'ol', LI: 'li', H2: 'h3', H3: 'h4', H4: 'h5',
};

const SILENT = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'IFRAME', 'OBJECT', 'EMBED', 'SVG', 'MATH',
  'TITLE', 'TEXTAREA', 'SELECT', 'NOSCRIPT']);

// Deeper than any text an author writes; keeps a hostile one from exhausting the stack.
const DEPTH_MAX = 32;

const importElement = (element, depth) => {
  const name = ELEMENTS[element.tagName];
  const made = name ? document.createElement(name) : document.createDocumentFragment();
  // A numbered list may go on where another one ended. This is a number, whatever was written.
  if (name === 'ol' && element.hasAttribute('start')) made.start = element.start;
  importChildren(element, made, depth + 1);
  return made;
};

const importChildren = (from, to, depth) => {
  if (depth > DEPTH_MAX) return;
  for (const node of from.childNodes) {
    if (node.nodeType === 3 /* text */) to.append(document.createTextNode(node.data));
    else if (node.nodeType === 1 /* element */ && !SILENT.has(node.tagName.toUpperCase())) {
      to.append(importElement(node, depth));
    }
  }
};

// A fragment with what is allowed of the text.
export const importHtml = (html) => {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = document.createDocumentFragment();
  importChildren(parsed.body, fragment, 0);
  return fragment;
};
