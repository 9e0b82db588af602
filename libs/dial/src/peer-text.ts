/** How much of what a peer says is told. */
const MAX_LENGTH = 256;

/**
 * What a peer says of a failure, as people and logs may be shown it: one line, without what a terminal would take for
 * commands, and no longer than anybody reads.
 */
export function peerText(text: string): string {
  const line = text
    .slice(0, 2 * MAX_LENGTH)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
