/** How much of a value that a client sent is said back to it, in characters. */
export const MAX_QUOTED = 4_096;

/** The beginning of a text that is too long to be repeated; the whole where it is not. */
export function excerpt(text: string, limit = MAX_QUOTED): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…[${text.length - limit} more]`;
}
