import { expect, test } from 'bun:test';
import { negotiate, type Representation } from './negotiate.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const cases: { accept: string | undefined; given: Representation }[] = [
  { accept: undefined, given: { encoding: 'json', as: 'Object' } },
  { accept: '*/*', given: { encoding: 'json', as: 'Object' } },
  { accept: 'application/yaml', given: { encoding: 'yaml', as: 'Object' } },
  { accept: `${TABLE},application/json`, given: { encoding: 'json', as: 'Table' } },
  {
    accept: `application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`,
    given: { encoding: 'json', as: 'Object' },
  },
  {
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    given: { encoding: 'json', as: 'PartialObjectMetadata' },
  },
  {
    accept: 'application/vnd.kubernetes.protobuf,application/json',
    given: { encoding: 'json', as: 'Object' },
  },
  { accept: 'application/json;q=0.5,application/yaml', given: { encoding: 'yaml', as: 'Object' } },
];
for (const { accept, given } of cases) test(`${accept}`, () => expect(negotiate(accept)).toEqual(given));

for (const accept of ['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;q=0'])
  test(`refuses ${accept}`, () =>
    expect(() => negotiate(accept)).toThrow('only the following media types are accepted'));
