import { describe, expect, test } from 'bun:test';
import type { Encoding } from '../encodings/encoding.ts';
import { json, prettyJson } from '../encodings/json.ts';
import { protobuf } from '../encodings/protobuf.ts';
import { yaml } from '../encodings/yaml.ts';
import { negotiate, negotiateStatus, negotiateStream, type Representation } from './negotiate.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } as const;
const asking = (accept?: string, url = '/', userAgent = 'test') => ({
  headers: { ...(accept === undefined ? {} : { accept }), 'user-agent': userAgent },
  url,
});

describe('negotiate gives', () => {
  const cases: { accept: string | undefined; given: Representation }[] = [
    { accept: undefined, given: { encoding: json } },
    { accept: '*/*', given: { encoding: json } },
    { accept: 'application/*', given: { encoding: json } },
    { accept: 'application/json; charset=utf-8', given: { encoding: json } },
    { accept: 'application/yaml', given: { encoding: yaml } },
    { accept: PROTOBUF, given: { encoding: protobuf } },
    { accept: `${PROTOBUF},application/json`, given: { encoding: protobuf } },
    { accept: `application/json,${PROTOBUF}`, given: { encoding: json } },
    { accept: `application/json;q=0.8,${PROTOBUF};q=0.9`, given: { encoding: protobuf } },
    { accept: `*/*,${PROTOBUF}`, given: { encoding: protobuf } },
    { accept: `${PROTOBUF};q=0,*/*`, given: { encoding: json } },
    { accept: 'application/json;q=0.5,application/yaml', given: { encoding: yaml } },
    { accept: 'application/json;pretty=1', given: { encoding: prettyJson } },
    {
      accept: `${TABLE},application/json`,
      given: { encoding: json, view: { kind: 'Table', apiVersion: 'meta.k8s.io/v1' } },
    },
    {
      accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      given: { encoding: json, view: { kind: 'Table', apiVersion: 'meta.k8s.io/v1beta1' } },
    },
    { accept: 'application/json;as=Table;v=v2;g=meta.k8s.io,application/json', given: { encoding: json } },
    { accept: `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,application/json`, given: { encoding: json } },
    { accept: `${PROTOBUF};${PARTIAL}`, given: { encoding: protobuf, view: partial } },
    { accept: `application/json;${PARTIAL}`, given: { encoding: json, view: partial } },
    { accept: `application/json;v=v1,${PROTOBUF}`, given: { encoding: protobuf } },
  ];
  for (const { accept, given } of cases)
    test(`for ${accept}`, () => expect(negotiate(asking(accept))).toEqual(given));

  for (const accept of [
    'text/html',
    'application/json;q=0',
    `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io`,
    'application/json;as=Nonsense;g=meta.k8s.io;v=v1',
    'application/json;sv=v1',
    'application/json;stream=other',
    'application/yaml;stream=watch',
  ])
    test(`nothing for ${accept}`, () =>
      expect(() => negotiate(asking(accept))).toThrow(
        `only the following media types are accepted: application/json, application/yaml, ${PROTOBUF}`,
      ));
});

describe('JSON is laid out for people', () => {
  const cases: { url: string; agent: string; given: Encoding }[] = [
    { url: '/api/v1/pods?pretty=true', agent: 'test', given: prettyJson },
    { url: '/api/v1/pods', agent: 'curl/8.5.0', given: prettyJson },
    { url: '/api/v1/pods', agent: 'Mozilla/5.0 (X11)', given: prettyJson },
    { url: '/api/v1/pods?pretty=false', agent: 'curl/8.5.0', given: json },
    { url: '/api/v1/pods?pretty=0', agent: 'curl/8.5.0', given: json },
    { url: '/api/v1/pods', agent: 'kubectl/v1.36.0', given: json },
    { url: '/api/v1/namespaces/pretty', agent: 'test', given: json },
  ];
  for (const { url, agent, given } of cases)
    test(`${url} of ${agent}: ${given === prettyJson}`, () =>
      expect(negotiate(asking(undefined, url, agent)).encoding).toBe(given));
});

describe('a watch', () => {
  test('is told in JSON or protobuf', () => {
    expect(negotiateStream(asking(`${PROTOBUF};stream=watch,application/json`)).encoding).toBe(protobuf);
    expect(negotiateStream(asking(PROTOBUF)).encoding).toBe(protobuf);
    expect(negotiateStream(asking('application/json;stream=watch')).encoding).toBe(json);
  });

  test('is not told in YAML', () =>
    expect(() => negotiateStream(asking('application/yaml'))).toThrow(
      `only the following media types are accepted: application/json;stream=watch, ${PROTOBUF};stream=watch`,
    ));
});

test('a Status goes out in what is accepted without a view, at worst in JSON', () => {
  const cases: [accept: string, given: Encoding][] = [
    [`${PROTOBUF},application/json`, protobuf],
    [`${TABLE},${PROTOBUF}`, protobuf],
    [TABLE, json],
    ['text/html', json],
  ];
  for (const [accept, given] of cases) expect(negotiateStatus(asking(accept))).toBe(given);
});
