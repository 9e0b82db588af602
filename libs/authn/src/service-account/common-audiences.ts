import { type Rejected, rejected } from '../authentication.ts';

/** For which of those that the caller takes it to be for a token is good; a refusal where for none. */
export function commonAudiences(
  audiences: readonly string[],
  asked: readonly string[],
): readonly string[] | Rejected {
  // Both may be long: who asks says one, who ordered the token said the other.
  const wanted = new Set(asked);
  const common = audiences.filter((audience) => wanted.has(audience));
  if (common.length > 0) return common;
  return rejected(
    `token audiences ${listed(audiences)} is invalid for the target audiences ${listed(asked)}`,
  );
}

/** As Go prints a list of quoted strings. */
const listed = (values: readonly string[]): string =>
  `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
