import { isIP } from 'node:net';
import { parseDuration } from '@hawser/config';
import { InvalidArgumentError } from 'commander';
import { isDnsName } from '../init/hub-names.ts';

/** Commander's parsers of option values; each throws what commander prints with the option's name. */

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('expected a port number');
  return port;
}

export function parseAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('expected an IP address');
  return text;
}

export function parseHost(text: string): string {
  if (isIP(text) === 0 && !isDnsName(text))
    throw new InvalidArgumentError('expected a DNS name or IP address');
  return text;
}

/** A Go duration that is not negative, in milliseconds. */
export function parseTime(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs < 0) {
    throw new InvalidArgumentError('expected a duration such as 1h30m');
  }
  return durationMs;
}

/** Comma-separated, and the option may be given several times. */
export function collectList(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...text.split(',').filter(Boolean)];
}
