// The one place where HTML of the server becomes elements. narrative.content is safe by contract;
// this page does not have to believe it: the text is parsed into a document of its own, where
// nothing runs and nothing loads, and only elements and attributes of the lists below are made
// anew in the page. An unknown element gives way to its children; what could act is left out with
// all that is in it.

// What a section's text may consist of. Headings move down one step, because the page's own
// heading of a section is an h2.
const ELEMENTS = {
  P: 'p', EM: 'em', STRONG: 'strong', BLOCKQUOTE: 'blockquote', UL: 'ul', OL: 'ol', LI: 'li',
  HR: 'hr', BR: 'br', CODE: 'code', PRE: 'pre', H1: 'h3', H2: 'h3', H3: 'h4', H4: 'h5', A: 'a',
};

const SILENT = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'IFRAME', 'OBJECT', 'EMBED', 'SVG', 'MATH',
  'TITLE', 'TEXTAREA', 'SELECT', 'NOSCRIPT']);

const LINK_SCHEMES = new Set(['http:', 'https:', 'mailto:']);

// Deeper than any text an author writes; keeps a hostile one from exhausting the stack.
const DEPTH_MAX = 32;

const safeHref = (anchor, base) => {
  try {
    const url = new URL(anchor.getAttribute('href') ?? '', base);
    return LINK_SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
};

const importElement = (element, doc, depth) => {
  const name = ELEMENTS[element.tagName];
  const made = name ? doc.createElement(name) : doc.createDocumentFragment();
  if (name === 'a') {
    const href = safeHref(element, doc.baseURI);
    if (href) {
      made.href = href;
      made.rel = 'noopener noreferrer';
      made.target = '_blank'; // a reader who follows a link keeps the game
    }
  }
  importChildren(element, made, doc, depth + 1);
  return made;
};

const importChildren = (from, to, doc, depth) => {
  if (depth > DEPTH_MAX) return;
  for (const node of from.childNodes) {
    if (node.nodeType === 3 /* text */) to.append(doc.createTextNode(node.data));
    else if (node.nodeType === 1 /* element */ && !SILENT.has(node.tagName.toUpperCase())) {
      to.append(importElement(node, doc, depth));
    }
  }
};

// A fragment of `doc` with what is allowed of the text.
export const importHtml = (html, doc = document) => {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = doc.createDocumentFragment();
  importChildren(parsed.body, fragment, doc, 0);
  return fragment;
};
