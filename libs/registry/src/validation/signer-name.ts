import { type FieldError, invalidValue, required, tooLong } from '@hawser/api';
import { dnsLabelFault, dnsSubdomainFault } from './names.ts';

const MAX_DOMAIN = 253;
/** A domain, a slash, and room for `<namespace>.<name>`. */
const MAX_SIGNER_NAME = MAX_DOMAIN + 1 + (253 + 63 + 1);

/** Faults of a signer's name, `example.com/path` (pkg/apis/core/validation `ValidateSignerName`). */
export function signerNameFaults(field: string, signerName: string): FieldError[] {
  const faults: FieldError[] = signerName === '' ? [required(field)] : [];
  const [domain = '', path, ...more] = signerName.split('/');
  if (path === undefined || more.length > 0)
    return [
      ...faults,
      invalidValue(
        field,
        signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    ];
  if (domain.length > MAX_DOMAIN) faults.push(tooLong(field, MAX_DOMAIN));
  const labels = domain.split('.');
  faults.push(...firstFault(field, domain, labels, dnsLabelFault));
  if (labels.length < 2)
    faults.push(
      invalidValue(field, domain, 'should be a domain with at least two segments separated by dots'),
    );
  faults.push(...firstFault(field, path, path.split('.'), dnsSubdomainFault));
  if (signerName.length > MAX_SIGNER_NAME) faults.push(tooLong(field, MAX_SIGNER_NAME));
  return faults;
}

/** Upstream stops at the first label that is none: more would say the same. */
function firstFault(
  field: string,
  segment: string,
  labels: readonly string[],
  faultOf: (label: string) => string | undefined,
): FieldError[] {
  for (const label of labels) {
    const fault = faultOf(label);
    if (fault !== undefined)
      return [invalidValue(field, segment, `validating label ${JSON.stringify(label)}: ${fault}`)];
  }
  return [];
}
