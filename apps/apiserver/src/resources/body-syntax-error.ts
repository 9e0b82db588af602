/**
 * A body that cannot be parsed. The message says where and never quotes: a line that cannot be read may hold a
 * password, and messages are answered, logged and audited.
 */
export class BodySyntaxError extends Error {
  override name = 'BodySyntaxError';
}

/** `line 3, column 7`, both from 1. */
export function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return `line ${before.split('\n').length}, column ${offset - lineStart + 1}`;
}
