import type { Attributes } from './authorizer.ts';

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * What a 403 says, word for word upstream's (apiserver/pkg/endpoints/handlers/responsewriters/errors.go), to
 * go after `pods "x" is forbidden: `. Nothing of the request comes out as HTML.
 * @param reason the decision's, if any.
 */
export function forbiddenMessage(attributes: Attributes, reason = ''): string {
  const message = plainMessage(attributes).replace(/[&<>]/g, (character) => HTML[character]!);
  return reason === '' ? message : `${message}: ${reason}`;
}

function plainMessage(attributes: Attributes): string {
  const { identity, verb, apiGroup, resource, subresource, namespace, path } = attributes;
  const who = `User ${JSON.stringify(identity.name)} cannot ${verb}`;
  if (!attributes.resourceRequest) return `${who} path ${JSON.stringify(path)}`;
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${what} in API group ${JSON.stringify(apiGroup)} ${where}`;
}
