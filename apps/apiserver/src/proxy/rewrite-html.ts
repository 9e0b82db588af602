import { Transform } from 'node:stream';

/** Attributes with URLs, by their elements, as upstream rewrites them. */
const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', ['href']],
  ['applet', ['codebase']],
  ['area', ['href']],
  ['audio', ['src']],
  ['base', ['href']],
  ['blockquote', ['cite']],
  ['body', ['background']],
  ['button', ['formaction']],
  ['command', ['icon']],
  ['del', ['cite']],
  ['embed', ['src']],
  ['form', ['action']],
  ['frame', ['longdesc', 'src']],
  ['head', ['profile']],
  ['html', ['manifest']],
  ['iframe', ['longdesc', 'src']],
  ['img', ['longdesc', 'src', 'usemap']],
  ['input', ['src', 'usemap', 'formaction']],
  ['ins', ['cite']],
  ['link', ['href']],
  ['object', ['classid', 'codebase', 'data', 'usemap']],
  ['q', ['cite']],
  ['script', ['src']],
  ['source', ['src']],
  ['video', ['poster', 'src']],
]);

/** Elements whose content is text, whatever it looks like. */
const TEXT_ELEMENTS = /^(?:script|style|textarea|title|xmp|iframe|noembed|noframes)$/;

/** As long as the longest end of what is text, `</textarea>`, and more. */
const MAX_END_TAG = 16;

/** What is no tag by then goes by as it is, whole: to look for another one from each `<` in it would take hours. */
const MAX_TAG = 64 * 1024;

/** A `<` that may yet begin a tag, an end tag, a doctype or the like; any other is text. */
const MAY_BEGIN_TAG = /^<(?:$|[a-z/!?])/i;

/**
 * Rewrites the URLs of a page as it goes by, tag by tag; all else goes by untouched. Bytes are kept as they are,
 * whatever the encoding, as long as it has ASCII in it.
 */
export function htmlRewriter(rewrite: (url: string) => string): Transform {
  let pending = '';
  let until: RegExp | undefined;
  const process = (last: boolean): string => {
    let done = '';
    for (;;) {
      const [text, rest, after] = step(pending, until, last);
      if (text === '') return done;
      done += until === undefined ? rewriteTag(text, rewrite) : text;
      pending = rest;
      until = after;
    }
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending += chunk.toString('latin1');
      done(null, Buffer.from(process(false), 'latin1'));
    },
    flush(done) {
      done(null, Buffer.from(process(true) + pending, 'latin1'));
    },
  });
}

/** The next piece that can be told apart, what remains, and what text must end before tags count again. */
function step(text: string, until: RegExp | undefined, last: boolean): [string, string, RegExp | undefined] {
  if (until !== undefined) {
    const end = text.search(until);
    if (end > 0) return split(text, end, undefined);
    // The end may have begun.
    const safe = last ? text.length : text.length - MAX_END_TAG;
    if (end === -1) return safe > 0 ? split(text, safe, until) : ['', text, until];
  }
  if (!text.startsWith('<')) {
    const open = text.indexOf('<');
    return split(text, open === -1 ? text.length : open, undefined);
  }
  if (text.startsWith('<!--')) return split(text, 4, /-->/);
  if ('<!--'.startsWith(text) && !last) return ['', text, undefined];
  if (!MAY_BEGIN_TAG.test(text)) return split(text, 1, undefined);
  const tag = /^<(?:[^"'>]|"[^"]*"|'[^']*')*>/.exec(text)?.[0];
  if (tag === undefined)
    return text.length > MAX_TAG || last ? split(text, text.length, undefined) : ['', text, undefined];
  const name = /^<([a-z][a-z0-9]*)/i.exec(tag)?.[1]?.toLowerCase() ?? '';
  const textual = TEXT_ELEMENTS.test(name) && !tag.endsWith('/>');
  return split(text, tag.length, textual ? new RegExp(`</${name}(?=[\\s/>])`, 'i') : undefined);
}

function split(text: string, at: number, until: RegExp | undefined): [string, string, RegExp | undefined] {
  return [text.slice(0, at), text.slice(at), until];
}

function rewriteTag(text: string, rewrite: (url: string) => string): string {
  const name = /^<([a-z][a-z0-9]*)(?=[\s/>])/i.exec(text)?.[1];
  const attributes = name === undefined ? undefined : ATTRIBUTES.get(name.toLowerCase());
  if (attributes === undefined) return text;
  return text.replace(
    /(\s)([^\s"'<>/=]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g,
    (whole, space: string, key: string, equals: string, double?: string, single?: string, bare?: string) => {
      if (!attributes.includes(key.toLowerCase())) return whole;
      const quote = single === undefined ? '"' : "'";
      return `${space}${key}${equals}${quote}${rewrite(double ?? single ?? bare ?? '')}${quote}`;
    },
  );
}
