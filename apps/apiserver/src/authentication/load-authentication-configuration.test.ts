import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAuthenticationConfiguration } from './load-authentication-configuration.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-authentication-'));
afterAll(() => rmSync(directory, { recursive: true }));

const HEAD = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };
const URL = 'https://issuer.example';
const issuer = { url: URL, audiences: ['a'] };
const claimMappings = { username: { claim: 'sub', prefix: '' } };
const good = { issuer, claimMappings };

function load(configuration: object) {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, JSON.stringify({ ...HEAD, ...configuration }));
  return loadAuthenticationConfiguration(path, ['https://hub']);
}

const withIssuer = (more: object) => ({ jwt: [{ ...good, issuer: { ...issuer, ...more } }] });
const withMappings = (more: object) => ({ jwt: [{ ...good, claimMappings: { ...claimMappings, ...more } }] });
const withRule = (...claimValidationRules: object[]) => ({ jwt: [{ ...good, claimValidationRules }] });
const withUserRule = (...userValidationRules: object[]) => ({ jwt: [{ ...good, userValidationRules }] });

describe('is taken:', () => {
  const cases: { name: string; configuration: object; issuers: number }[] = [
    { name: 'nothing', configuration: {}, issuers: 0 },
    { name: 'an issuer', configuration: { jwt: [good] }, issuers: 1 },
    {
      name: 'v1beta1',
      configuration: { apiVersion: 'apiserver.config.k8s.io/v1beta1', jwt: [good] },
      issuers: 1,
    },
    { name: 'one in the cluster', configuration: withIssuer({ egressSelectorType: 'cluster' }), issuers: 1 },
    {
      name: 'several audiences',
      configuration: withIssuer({ audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' }),
      issuers: 1,
    },
    {
      name: 'an address that was verified',
      configuration: withMappings({
        username: { expression: 'claims.email_verified ? claims.email : claims.sub' },
      }),
      issuers: 1,
    },
    {
      name: 'anonymous requests to some paths',
      configuration: { anonymous: { enabled: true, conditions: [{ path: '/livez' }] } },
      issuers: 0,
    },
  ];
  for (const { name, configuration, issuers } of cases)
    test(name, () => expect(load(configuration).jwt).toHaveLength(issuers));
});

describe("is refused in upstream's words:", () => {
  const both = { claim: 'a', expression: 'b' };
  const cases: { name: string; configuration: object; says: string }[] = [
    { name: 'no URL', configuration: withIssuer({ url: '' }), says: 'jwt[0].issuer.url: Required value' },
    {
      name: 'plain HTTP',
      configuration: withIssuer({ url: 'http://x' }),
      says: 'jwt[0].issuer.url: Invalid value: "http://x": URL scheme must be https',
    },
    {
      name: 'a password in it',
      configuration: withIssuer({ url: 'https://a:b@x' }),
      says: 'URL must not contain a username or password',
    },
    {
      name: 'a query',
      configuration: withIssuer({ url: 'https://x?a=b' }),
      says: 'URL must not contain a query',
    },
    {
      name: 'a fragment',
      configuration: withIssuer({ url: 'https://x#a' }),
      says: 'URL must not contain a fragment',
    },
    {
      name: "the hub's own",
      configuration: withIssuer({ url: 'https://hub' }),
      says: 'URL must not overlap with disallowed issuers: [https://hub]',
    },
    {
      name: 'the same discovery',
      configuration: withIssuer({ discoveryURL: `${URL}/` }),
      says: 'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer.example/": discoveryURL must be different from URL',
    },
    {
      name: 'no audience',
      configuration: withIssuer({ audiences: [] }),
      says: 'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
    },
    {
      name: 'an audience twice',
      configuration: withIssuer({ audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' }),
      says: 'jwt[0].issuer.audiences[1]: Duplicate value: "a"',
    },
    {
      name: 'several without a policy',
      configuration: withIssuer({ audiences: ['a', 'b'] }),
      says: 'audienceMatchPolicy must be MatchAny for multiple audiences',
    },
    {
      name: 'another policy',
      configuration: withIssuer({ audienceMatchPolicy: 'x' }),
      says: 'audienceMatchPolicy must be empty or MatchAny for single audience',
    },
    {
      name: 'a CA that is none',
      configuration: withIssuer({ certificateAuthority: 'x' }),
      says: 'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"',
    },
    {
      name: 'another way',
      configuration: withIssuer({ egressSelectorType: 'etcd' }),
      says: 'egress selector must be either controlplane or cluster',
    },
    {
      name: 'the same issuer twice',
      configuration: { jwt: [good, good] },
      says: 'jwt[1].issuer.url: Duplicate value: "https://issuer.example"',
    },
    {
      name: 'too many',
      configuration: { jwt: Array(65).fill(good) },
      says: 'jwt: Too many: 65: must have at most 64 items',
    },
    {
      name: 'no user',
      configuration: { jwt: [{ issuer }] },
      says: 'jwt[0].claimMappings.username: Required value: claim or expression is required',
    },
    {
      name: 'a claim without a prefix',
      configuration: withMappings({ username: { claim: 'sub' } }),
      says: 'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    },
    {
      name: 'a claim and an expression',
      configuration: withMappings({ groups: both }),
      says: 'jwt[0].claimMappings.groups: Invalid value: "": claim and expression can\'t both be set',
    },
    {
      name: 'an expression with a prefix',
      configuration: withMappings({ groups: { expression: 'claims.g', prefix: 'x' } }),
      says: 'jwt[0].claimMappings.groups.prefix: Invalid value: "x": may not be specified when expression is set',
    },
    {
      name: 'both for the UID',
      configuration: withMappings({ uid: both }),
      says: 'jwt[0].claimMappings.uid: Invalid value: "": claim and expression can\'t both be set',
    },
    {
      name: 'an expression that is none',
      configuration: withMappings({ username: { expression: 'claims.' } }),
      says: 'jwt[0].claimMappings.username.expression: Invalid value: "claims.": compilation failed',
    },
    {
      name: 'an expression that gives something else',
      configuration: withMappings({ username: { expression: '1 + 1' } }),
      says: 'must evaluate to string',
    },
    {
      name: 'an address that nobody verified',
      configuration: withMappings({ username: { expression: 'claims.email' } }),
      says: 'claims.email_verified must be used in claimMappings.username.expression',
    },
    {
      name: 'a reserved key',
      configuration: withMappings({ extra: [{ key: 'a.k8s.io/x', valueExpression: '"a"' }] }),
      says: 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    },
    {
      name: 'a key in capitals',
      configuration: withMappings({ extra: [{ key: 'a.b/X', valueExpression: '"a"' }] }),
      says: 'jwt[0].claimMappings.extra[0].key: Invalid value: "a.b/X": must be lowercase',
    },
    {
      name: 'a key without a domain',
      configuration: withMappings({ extra: [{ key: 'x', valueExpression: '"a"' }] }),
      says: 'must be a domain-prefixed path (such as "acme.io/foo")',
    },
    {
      name: 'a key without a value',
      configuration: withMappings({ extra: [{ key: 'a.b/x' }] }),
      says: 'jwt[0].claimMappings.extra[0].valueExpression: Required value',
    },
    {
      name: 'a rule of nothing',
      configuration: withRule({}),
      says: 'jwt[0].claimValidationRules[0]: Required value: claim or expression is required',
    },
    { name: 'a rule of both', configuration: withRule(both), says: "claim and expression can't both be set" },
    {
      name: 'words for a claim',
      configuration: withRule({ claim: 'a', message: 'm' }),
      says: 'jwt[0].claimValidationRules[0].message: Invalid value: "m": may not be specified when claim is set',
    },
    {
      name: 'a value for an expression',
      configuration: withRule({ expression: 'true', requiredValue: 'v' }),
      says: 'jwt[0].claimValidationRules[0].requiredValue: Invalid value: "v": may not be specified when expression is set',
    },
    {
      name: 'a claim twice',
      configuration: withRule({ claim: 'a' }, { claim: 'a' }),
      says: 'jwt[0].claimValidationRules[1].claim: Duplicate value: "a"',
    },
    {
      name: 'a rule that is no bool',
      configuration: withRule({ expression: '"a"' }),
      says: 'must evaluate to bool',
    },
    {
      name: 'a user rule of nothing',
      configuration: withUserRule({}),
      says: 'jwt[0].userValidationRules[0].expression: Required value',
    },
    {
      name: 'a user rule twice',
      configuration: withUserRule({ expression: 'true' }, { expression: 'true' }),
      says: 'jwt[0].userValidationRules[1].expression: Duplicate value: "true"',
    },
    {
      name: 'claims where there is a user',
      configuration: withUserRule({ expression: 'claims.a' }),
      says: 'compilation failed',
    },
    {
      name: 'conditions for what is off',
      configuration: { anonymous: { enabled: false, conditions: [{ path: '/' }] } },
      says: 'anonymous.conditions: Invalid value: [{"path":"/"}]: enabled should be set to true when conditions are defined',
    },
    {
      name: 'a field that does not exist',
      configuration: { jwt: [{ ...good, claimMapping: {} }] },
      says: 'strict decoding error: unknown field "jwt[0].claimMapping"',
    },
    {
      name: 'another version',
      configuration: { apiVersion: 'apiserver.config.k8s.io/v2' },
      says: 'no kind "AuthenticationConfiguration" is registered for version "apiserver.config.k8s.io/v2"',
    },
  ];
  for (const { name, configuration, says } of cases)
    test(name, () => expect(() => load(configuration)).toThrow(says));
});
