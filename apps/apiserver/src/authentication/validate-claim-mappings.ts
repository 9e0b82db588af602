import { duplicate, type FieldError, invalidValue, required } from '@hawser/api';
import {
  CelError,
  type CelExpression,
  type CelResult,
  claimsExpression,
  type PrefixedClaim,
} from '@hawser/authn';
import type { ClaimMappingsConfiguration, MappingConfiguration } from './authentication-configuration.ts';

/** What is made of claims, as far as it is right. */
export interface CompiledMappings {
  readonly username?: PrefixedClaim | CelExpression;
  readonly groups?: PrefixedClaim | CelExpression;
  readonly uid?: { readonly claim: string } | CelExpression;
  readonly extra: readonly { readonly key: string; readonly expression: CelExpression }[];
}

const BOTH = "claim and expression can't both be set";

/** Compiles the mappings. @param faults receives what is wrong, in upstream's words. */
export function compileMappings(
  path: string,
  { username = {}, groups = {}, uid = {}, extra = [] }: ClaimMappingsConfiguration,
  faults: FieldError[],
): CompiledMappings {
  return {
    username: compileMapping(`${path}.username`, username, 'text', faults, true),
    groups: compileMapping(`${path}.groups`, groups, 'texts', faults, false),
    uid: compileUid(`${path}.uid`, uid, faults),
    extra: compileExtra(`${path}.extra`, extra, faults),
  };
}

/** Reads an expression. @returns undefined where it is wrong, which `faults` receives. */
export function compileExpression(
  path: string,
  text: string,
  faults: FieldError[],
  compile: (text: string) => CelExpression,
): CelExpression | undefined {
  try {
    return compile(text);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    faults.push(invalidValue(path, text, error.message));
    return undefined;
  }
}

function compileMapping(
  path: string,
  { claim = '', prefix, expression = '' }: MappingConfiguration,
  result: CelResult,
  faults: FieldError[],
  isRequired: boolean,
): PrefixedClaim | CelExpression | undefined {
  if (claim !== '' && expression !== '') faults.push(invalidValue(path, '', BOTH));
  else if (expression !== '') {
    if (prefix !== undefined)
      faults.push(invalidValue(`${path}.prefix`, prefix, 'may not be specified when expression is set'));
    return compileExpression(`${path}.expression`, expression, faults, (text) =>
      claimsExpression(text, result),
    );
  } else if (claim !== '') {
    if (prefix !== undefined) return { claim, prefix };
    const why = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing';
    faults.push(required(`${path}.prefix`, why));
  } else if (isRequired) faults.push(required(path, 'claim or expression is required'));
  return undefined;
}

function compileUid(
  path: string,
  { claim = '', expression = '' }: MappingConfiguration,
  faults: FieldError[],
): { claim: string } | CelExpression | undefined {
  if (claim !== '' && expression !== '') faults.push(invalidValue(path, '', BOTH));
  else if (claim !== '') return { claim };
  else if (expression !== '')
    return compileExpression(`${path}.expression`, expression, faults, (text) =>
      claimsExpression(text, 'text'),
    );
  return undefined;
}

function compileExtra(
  path: string,
  extra: readonly { key?: string; valueExpression?: string }[],
  faults: FieldError[],
): CompiledMappings['extra'] {
  const seen = new Set<string>();
  return extra.flatMap(({ key = '', valueExpression = '' }, i) => {
    const at = `${path}[${i}]`;
    faults.push(...keyFaults(`${at}.key`, key));
    if (seen.has(key)) {
      faults.push(duplicate(`${at}.key`, key));
      return [];
    }
    seen.add(key);
    if (valueExpression === '') {
      faults.push(required(`${at}.valueExpression`));
      return [];
    }
    const compile = (text: string) => claimsExpression(text, 'texts');
    const expression = compileExpression(`${at}.valueExpression`, valueExpression, faults, compile);
    return expression === undefined ? [] : [{ key, expression }];
  });
}

function keyFaults(path: string, key: string): FieldError[] {
  if (key === '') return [required(path)];
  const [domain = '', ...rest] = key.split('/');
  if (rest.length === 0 || domain === '' || rest.join('/') === '')
    return [invalidValue(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const faults: string[] = [];
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i.test(domain))
    faults.push('must be a domain-prefixed path (such as "acme.io/foo")');
  if (key !== key.toLowerCase()) faults.push('must be lowercase');
  if (/(^|\.)(k8s|kubernetes)\.io$/.test(domain))
    faults.push('k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use');
  return faults.map((detail) => invalidValue(path, key, detail));
}
