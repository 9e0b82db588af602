import { type ApiError, forbidden } from '@hawser/api';
import type { AdmissionAttributes } from '@hawser/registry';

/** A refusal in the words of an admission plug-in: `nodes "n" is forbidden: why`. */
export function refuseNode({ kind, name }: AdmissionAttributes, why: string): ApiError {
  return forbidden(kind, name ?? '', why);
}

/** A name as upstream's messages quote it. */
export const quote = (text: string): string => JSON.stringify(text);
