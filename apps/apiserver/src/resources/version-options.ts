import { isTrue } from '@hawser/http';
import type { VersionOptions } from '@hawser/registry';

/** What a list or watch says of moments. */
export function versionOptionsOf(query: URLSearchParams): VersionOptions {
  const sendInitialEvents = query.get('sendInitialEvents');
  return {
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
  };
}
