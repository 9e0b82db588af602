/** What moves the cursor, breaks a line, or turns the direction of text round. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Text that others have written, as one line that means to a terminal no more than what it says: controls are
 * written as in JSON, of which the text may be part.
 */
export function forTerminal(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for text of several lines, such as an error's: what follows the first is indented, and begins none. */
export function linesForTerminal(text: string): string {
  return text.split('\n').map(forTerminal).join('\n  ');
}
