// What may enter the page as elements: the allow-list, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './support/browser.mjs';
import { serveStatic } from './support/static-server.mjs';

let server;
let browser;
let page;
const faults = [];

before(async () => {
  server = await serveStatic();
  browser = await launch();
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => faults.push(message.text()));
  page.on('dialog', (dialog) => {
    faults.push('something ran');
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) faults.push(request.url());
  });
  await page.goto(`${server.url}/empty`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const imported = (html) => page.evaluate(async (text) => {
  const { importHtml } = await import('/js/html-import.js');
  const root = document.getElementById('root');
  root.replaceChildren(importHtml(text));
  return root.innerHTML;
}, html);

const TABLE = [
  { why: 'text and emphasis stay', input: '<p>a <em>b</em> <strong>c</strong> <code>d</code></p>',
    verdict: '<p>a <em>b</em> <strong>c</strong> <code>d</code></p>' },
  { why: 'lists, quotes and breaks stay',
    input: '<blockquote><p>q<br>r</p></blockquote><ul><li>a</li></ul><ol><li>b</li></ol><hr>',
    verdict: '<blockquote><p>q<br>r</p></blockquote><ul><li>a</li></ul><ol><li>b</li></ol><hr>' },
  { why: 'headings move below the heading of the section',
    input: '<h2>a</h2><h3>b</h3><h4>c</h4>', verdict: '<h3>a</h3><h4>b</h4><h5>c</h5>' },
  { why: 'attributes go',
    input: '<p class="x" id="brand" style="color:red" onclick="alert(1)">t</p>',
    verdict: '<p>t</p>' },
  { why: 'unknown elements give way to their text',
    input: '<div><font>a</font> <b>b</b></div><custom-x>c</custom-x>', verdict: 'a bc' },
  { why: 'a script is nothing', input: '<p>a</p><script>alert(1)</script><p>b</p>',
    verdict: '<p>a</p><p>b</p>' },
  { why: 'style, templates and frames are nothing',
    input: '<style>p{}</style><template><p>x</p></template><iframe srcdoc="x">y</iframe>a',
    verdict: 'a' },
  { why: 'an image neither shows nor loads nor runs',
    input: '<p><img src="http://192.0.2.1/x" onerror="alert(1)">a</p>', verdict: '<p>a</p>' },
  { why: 'foreign content is nothing',
    input: '<svg><a href="javascript:a()"><text>x</text></a></svg><math><mi>x</mi></math>a',
    verdict: 'a' },
  { why: 'a link gives way to its text', input: '<a href="javascript:alert(1)">l</a>',
    verdict: 'l' },
  { why: 'a list may begin where another ended', input: '<ol start="7"><li>a</li></ol>',
    verdict: '<ol start="7"><li>a</li></ol>' },
  { why: 'what is no number is no start', input: '<ol start="x&quot;y"><li>a</li></ol>',
    verdict: '<ol start="1"><li>a</li></ol>' },
  { why: 'comments and markup in text stay text',
    input: '<p>a<!-- c -->&lt;script&gt;b</p>', verdict: '<p>a&lt;script&gt;b</p>' },
  { why: 'a form gives way, its fields go with it',
    input: '<form action="/x"><textarea>x</textarea><input value="y">a</form>', verdict: 'a' },
  { why: 'what is cut off is closed', input: '<p>a <em>b', verdict: '<p>a <em>b</em></p>' },
  { why: 'nothing is nothing', input: '', verdict: '' },
];

for (const { why, input, verdict } of TABLE) {
  test(why, async () => {
    assert.equal(await imported(input), verdict);
    assert.deepEqual(faults, []);
  });
}

test('too deep a text is cut, not followed', async () => {
  const html = await imported('<blockquote>'.repeat(400) + 'x' + '</blockquote>'.repeat(400));
  const depth = html.split('<blockquote>').length - 1;
  assert.ok(depth > 10 && depth < 50, String(depth));
});
