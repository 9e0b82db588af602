/** Names, labels and their syntax (apimachinery/pkg/util/validation). Each gives a fault or undefined. */

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const NAME_SYNTAX =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

export function dnsLabelFault(name: string): string | undefined {
  if (name.length > 63) return 'must be no more than 63 bytes';
  if (!DNS_LABEL.test(name) && DNS_SUBDOMAIN.test(name)) return 'must not contain dots';
  if (!DNS_LABEL.test(name))
    return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  return undefined;
}

export function dnsSubdomainFault(name: string): string | undefined {
  if (name.length > 253) return 'must be no more than 253 bytes';
  if (!DNS_SUBDOMAIN.test(name))
    return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return undefined;
}

/** What RBAC names must be: anything that can stand in a path. */
export function pathSegmentFault(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  for (const character of ['/', '%']) if (name.includes(character)) return `may not contain '${character}'`;
  return undefined;
}

/** Keys of labels and annotations, names of taints: `[prefix/]name`. */
export function qualifiedNameFault(text: string): string | undefined {
  const parts = text.split('/');
  const name = parts[parts.length - 1]!;
  if (parts.length > 2)
    return `a valid label key ${NAME_SYNTAX} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (parts.length === 2) {
    if (parts[0] === '') return 'prefix part must be non-empty';
    const fault = dnsSubdomainFault(parts[0]!);
    if (fault !== undefined) return `prefix part ${fault}`;
  }
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 bytes';
  if (!QUALIFIED.test(name)) return `name part ${NAME_SYNTAX}`;
  return undefined;
}

export function labelValueFault(text: string): string | undefined {
  if (text.length > 63) return 'must be no more than 63 bytes';
  if (!LABEL_VALUE.test(text))
    return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  return undefined;
}
