import { randomInt } from 'node:crypto';

/** A bootstrap token: a public id and a secret, `[a-z0-9]{6}.[a-z0-9]{16}`. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TOKEN_ID = /^[a-z0-9]{6}$/;

const randomText = (length: number): string =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** A new random token: 82 bits of secret. */
export function generateToken(): BootstrapToken {
  return { id: randomText(6), secret: randomText(16) };
}

export const formatToken = ({ id, secret }: BootstrapToken): string => `${id}.${secret}`;

export const isToken = (token: BootstrapToken): boolean => TOKEN.test(formatToken(token));

/** Throws when the text is not of the form of a token; the text is not repeated, it may be half a secret. */
export function parseToken(text: string): BootstrapToken {
  const match = TOKEN.exec(text);
  if (!match) throw new Error('the token is not of the form [a-z0-9]{6}.[a-z0-9]{16}');
  return { id: match[1]!, secret: match[2]! };
}

/** The id of a token that is given whole or as its id alone. */
export function parseTokenId(text: string): string {
  return TOKEN_ID.test(text) ? text : parseToken(text).id;
}
