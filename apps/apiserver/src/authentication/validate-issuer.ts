import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '@hawser/api';
import { readCaBundle } from '@hawser/tls-files';
import type { IssuerConfiguration } from './authentication-configuration.ts';

/** What is wrong with an issuer, in upstream's words (apiserver/pkg/apis/apiserver/validation). */
export function validateIssuer(
  path: string,
  issuer: IssuerConfiguration,
  disallowedIssuers: readonly string[],
): FieldError[] {
  const { url = '', discoveryURL = '', certificateAuthority = '', egressSelectorType = '' } = issuer;
  return [
    ...(url === '' ? [required(`${path}.url`)] : urlFaults(`${path}.url`, url, disallowedIssuers)),
    ...discoveryFaults(`${path}.discoveryURL`, url, discoveryURL),
    ...audienceFaults(path, issuer),
    ...authorityFaults(`${path}.certificateAuthority`, certificateAuthority),
    ...egressFaults(`${path}.egressSelectorType`, egressSelectorType),
  ];
}

function discoveryFaults(path: string, url: string, discoveryUrl: string): FieldError[] {
  if (discoveryUrl === '') return [];
  const bare = (text: string) => text.replace(/\/+$/, '');
  const same = url !== '' && bare(url) === bare(discoveryUrl);
  return [
    ...(same ? [invalidValue(path, discoveryUrl, 'discoveryURL must be different from URL')] : []),
    ...urlFaults(path, discoveryUrl, []),
  ];
}

function urlFaults(path: string, text: string, disallowed: readonly string[]): FieldError[] {
  const faults: string[] = [];
  if (disallowed.includes(text))
    faults.push(`URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') faults.push('URL scheme must be https');
  if (url !== undefined) {
    if (url.username !== '' || url.password !== '' || /^\w+:\/\/[^/]*@/.test(text))
      faults.push('URL must not contain a username or password');
    if (/\?./.test(text.split('#', 1)[0]!)) faults.push('URL must not contain a query');
    if (/#./.test(text)) faults.push('URL must not contain a fragment');
  }
  return faults.map((detail) => invalidValue(path, text, detail));
}

function audienceFaults(
  path: string,
  { audiences = [], audienceMatchPolicy: policy = '' }: IssuerConfiguration,
): FieldError[] {
  const at = `${path}.audiences`;
  if (audiences.length === 0) return [required(at, `at least one ${at} is required`)];
  const faults = audiences.flatMap((audience, i) => [
    ...(audience === '' ? [required(`${at}[${i}]`)] : []),
    ...(audiences.indexOf(audience) < i ? [duplicate(`${at}[${i}]`, audience)] : []),
  ]);
  const policyFault =
    audiences.length > 1 && policy !== 'MatchAny'
      ? 'audienceMatchPolicy must be MatchAny for multiple audiences'
      : policy !== '' && policy !== 'MatchAny'
        ? 'audienceMatchPolicy must be empty or MatchAny for single audience'
        : undefined;
  if (policyFault !== undefined)
    faults.push(invalidValue(`${path}.audienceMatchPolicy`, policy, policyFault));
  return faults;
}

function authorityFaults(path: string, pem: string): FieldError[] {
  if (pem === '') return [];
  try {
    readCaBundle(pem);
    return [];
  } catch (error) {
    return [invalidValue(path, '<omitted>', error instanceof Error ? error.message : String(error))];
  }
}

function egressFaults(path: string, type: string): FieldError[] {
  if (type === '' || type === 'cluster') return [];
  if (type === 'controlplane')
    return [
      forbiddenField(
        path,
        'there is no egress selection "controlplane"; leave it out to reach the issuer directly',
      ),
    ];
  return [invalidValue(path, type, 'egress selector must be either controlplane or cluster')];
}
