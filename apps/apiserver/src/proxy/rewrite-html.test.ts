import { expect, test } from 'bun:test';
import { htmlRewriter } from './rewrite-html.ts';
import { rewriteUrl } from './rewrite-url.ts';

const page = { prefix: '/api/v1/namespaces/a/services/b/proxy', hosts: ['10.0.0.1:80', 'hub:6443'] };
const rewrite = (url: string) => rewriteUrl(url, page);

const urls: [url: string, rewritten: string][] = [
  ['/x?y#z', `${page.prefix}/x?y#z`],
  ['/', `${page.prefix}/`],
  ['x', 'x'],
  ['../x', '../x'],
  ['', ''],
  ['#x', '#x'],
  ['?x', '?x'],
  ['mailto:a@b', 'mailto:a@b'],
  ['javascript:/x/', 'javascript:/x/'],
  ['http://example.com/x', 'http://example.com/x'],
  ['//example.com/x', '//example.com/x'],
  ['http://10.0.0.1:80/x', `${page.prefix}/x`],
  ['https://hub:6443/x', `${page.prefix}/x`],
  ['http://10.0.0.1:81/x', 'http://10.0.0.1:81/x'],
  [`${page.prefix}/x`, `${page.prefix}/x`],
  [page.prefix, page.prefix],
  [`${page.prefix}x`, `${page.prefix}${page.prefix}x`],
];
for (const [url, rewritten] of urls)
  test(`${JSON.stringify(url)} ${url === rewritten ? 'stays' : 'leads through the proxy'}`, () => {
    expect(rewrite(url)).toBe(rewritten);
  });

async function rewriteChunks(chunks: readonly Uint8Array[]): Promise<string> {
  const filter = htmlRewriter((url) => `[${url}]`);
  for (const chunk of chunks) filter.write(chunk);
  filter.end();
  const out: Buffer[] = [];
  for await (const chunk of filter) out.push(chunk as Buffer);
  return Buffer.concat(out).toString();
}

const html: { name: string; from: string; to: string }[] = [
  {
    name: 'attributes in any quotes',
    from: `<a href="x">a</a><a href='y'/><A HREF=z >`,
    to: `<a href="[x]">a</a><a href='[y]'/><A HREF="[z]" >`,
  },
  {
    name: 'only those with URLs',
    from: '<a title="x" href = "y"><p href="z">',
    to: '<a title="x" href = "[y]"><p href="z">',
  },
  {
    name: 'several in one tag',
    from: '<img alt="> href=" src="a" longdesc="b">',
    to: '<img alt="> href=" src="[a]" longdesc="[b]">',
  },
  {
    name: 'no attribute within another',
    from: `<a title=' href="x"' href="y">`,
    to: `<a title=' href="x"' href="[y]">`,
  },
  {
    name: 'no script',
    from: '<script src="a">"<a href=b>"</script><a href=c>',
    to: '<script src="[a]">"<a href=b>"</script><a href="[c]">',
  },
  {
    name: 'no text of a text area',
    from: '<textarea><a href=b></textareax></textarea><a href=c>',
    to: '<textarea><a href=b></textareax></textarea><a href="[c]">',
  },
  { name: 'no comment', from: '<!-- <a href=a> --><a href=b>', to: '<!-- <a href=a> --><a href="[b]">' },
  { name: 'no doctype', from: '<!DOCTYPE html><a href=b>', to: '<!DOCTYPE html><a href="[b]">' },
  { name: 'nothing of what is no tag', from: 'a < b <3 <a href="x', to: 'a < b <3 <a href="x' },
  { name: 'other letters', from: '<a title="ü€" href="ä">日本</a>', to: '<a title="ü€" href="[ä]">日本</a>' },
];
for (const { name, from, to } of html)
  test(`rewrites ${name}, wherever it is cut`, async () => {
    const bytes = Buffer.from(from);
    expect(await rewriteChunks([bytes])).toBe(to);
    for (let at = 1; at < bytes.length; at += 1)
      expect(await rewriteChunks([bytes.subarray(0, at), bytes.subarray(at)])).toBe(to);
    expect(await rewriteChunks(Array.from(bytes, (byte) => Buffer.from([byte])))).toBe(to);
  });

test('a tag without an end is not kept', async () => {
  const filter = htmlRewriter((url) => url);
  filter.write(Buffer.from(`<a href="${'x'.repeat(200_000)}`));
  expect(filter.readableLength).toBeGreaterThan(100_000);
  filter.destroy();
});

for (const [name, piece] of [
  ['tags that do not end', '<a '],
  ['signs that begin no tag', '<<'],
  ['quotes that do not end', `<a b="<a c='`],
  ['comments', '<!---->'],
] as const)
  test(`a page of nothing but ${name} does not hold up everybody else`, async () => {
    for (const length of [60_000, 300_000]) {
      const text = piece.repeat(length / piece.length);
      const startedMs = performance.now();
      expect(await rewriteChunks([Buffer.from(text)])).toBe(text);
      // What looks for a tag from each `<` anew takes ten seconds and more.
      expect(performance.now() - startedMs).toBeLessThan(2000);
    }
  });

test('a tag behind a sign and a quote that belong to no tag is rewritten', async () => {
  expect(await rewriteChunks([Buffer.from(`1 < 2" <a href="x">`)])).toBe(`1 < 2" <a href="[x]">`);
});
