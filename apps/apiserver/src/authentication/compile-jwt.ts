import { duplicate, type FieldError, invalidValue, required } from '@hawser/api';
import {
  type CelExpression,
  type CheckedExpression,
  claimsExpression,
  type JwtRules,
  userExpression,
} from '@hawser/authn';
import type { JwtConfiguration } from './authentication-configuration.ts';
import { compileExpression, compileMappings } from './validate-claim-mappings.ts';
import { validateIssuer } from './validate-issuer.ts';

/** One issuer, checked, with what its claims mean. */
export interface CompiledJwt {
  readonly configuration: JwtConfiguration;
  readonly rules: JwtRules;
}

/**
 * Checks and compiles an issuer's configuration.
 * @param path where it stands, such as `jwt[0].`; empty for one made of flags.
 * @param faults receives what is wrong, in upstream's words (apiserver/pkg/apis/apiserver/validation).
 * @returns undefined where anything is.
 */
export function compileJwt(
  path: string,
  configuration: JwtConfiguration,
  disallowedIssuers: readonly string[],
  faults: FieldError[],
): CompiledJwt | undefined {
  const before = faults.length;
  const {
    issuer = {},
    claimValidationRules = [],
    claimMappings = {},
    userValidationRules = [],
  } = configuration;
  faults.push(...validateIssuer(`${path}issuer`, issuer, disallowedIssuers));
  const requiredClaims = new Map<string, string>();
  const claimRules = compileClaimRules(
    `${path}claimValidationRules`,
    claimValidationRules,
    requiredClaims,
    faults,
  );
  const mappings = compileMappings(`${path}claimMappings`, claimMappings, faults);
  checkEmail(`${path}claimMappings.username.expression`, mappings, claimRules, faults);
  const userRules = compileUserRules(`${path}userValidationRules`, userValidationRules, faults);
  const { username } = mappings;
  if (faults.length > before || username === undefined) return undefined;
  return { configuration, rules: { ...mappings, username, requiredClaims, claimRules, userRules } };
}

function compileClaimRules(
  path: string,
  rules: NonNullable<JwtConfiguration['claimValidationRules']>,
  requiredClaims: Map<string, string>,
  faults: FieldError[],
): CheckedExpression[] {
  const seen = new Set<string>();
  return rules.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, i) => {
    const at = `${path}[${i}]`;
    if (claim !== '' && expression !== '')
      faults.push(invalidValue(at, claim, "claim and expression can't both be set"));
    else if (claim === '' && expression === '') faults.push(required(at, 'claim or expression is required'));
    else if (claim !== '') {
      if (message !== '')
        faults.push(invalidValue(`${at}.message`, message, 'may not be specified when claim is set'));
      if (requiredClaims.has(claim)) faults.push(duplicate(`${at}.claim`, claim));
      requiredClaims.set(claim, requiredValue);
    } else {
      if (requiredValue !== '')
        faults.push(
          invalidValue(`${at}.requiredValue`, requiredValue, 'may not be specified when expression is set'),
        );
      return checked(`${at}.expression`, expression, message, seen, faults, (text) =>
        claimsExpression(text, 'bool'),
      );
    }
    return [];
  });
}

function compileUserRules(
  path: string,
  rules: NonNullable<JwtConfiguration['userValidationRules']>,
  faults: FieldError[],
): CheckedExpression[] {
  const seen = new Set<string>();
  return rules.flatMap(({ expression = '', message = '' }, i) => {
    if (expression !== '')
      return checked(`${path}[${i}].expression`, expression, message, seen, faults, userExpression);
    faults.push(required(`${path}[${i}].expression`));
    return [];
  });
}

function checked(
  path: string,
  text: string,
  message: string,
  seen: Set<string>,
  faults: FieldError[],
  compile: (text: string) => CelExpression,
): CheckedExpression[] {
  if (seen.has(text)) {
    faults.push(duplicate(path, text));
    return [];
  }
  seen.add(text);
  const expression = compileExpression(path, text, faults, compile);
  return expression === undefined ? [] : [{ expression, message }];
}

/** Whoever can enter an address that is not theirs at the issuer would be its owner here. */
function checkEmail(
  path: string,
  { username, extra }: ReturnType<typeof compileMappings>,
  claimRules: readonly CheckedExpression[],
  faults: FieldError[],
): void {
  if (username === undefined || 'claim' in username || !username.usesClaim('email')) return;
  const looked = [
    username,
    ...extra.map(({ expression }) => expression),
    ...claimRules.map(({ expression }) => expression),
  ];
  if (looked.some((expression) => expression.usesClaim('email_verified'))) return;
  const why =
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';
  faults.push(invalidValue(path, username.text, why));
}
