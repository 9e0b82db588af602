/** `secrets`, `deployments.apps`, `*.apps`, `*.` or `*.*`, taken apart. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.');
  return dot === -1
    ? { group: '', resource: text }
    : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}

export const isAnything = ({ group, resource }: GroupResource): boolean => group === '*' && resource === '*';

/** One text for one resource, however it is written: `secrets` and `secrets.` are the same. */
export const nameOf = ({ group, resource }: GroupResource): string =>
  group === '' && resource !== '*' ? resource : `${resource}.${group}`;
