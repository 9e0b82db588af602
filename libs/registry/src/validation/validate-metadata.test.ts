import { expect, test } from 'bun:test';
import { configMaps, fieldErrorMessage, namespaces } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { validateMetadata } from './validate-metadata.ts';

const faultsOf = (metadata: object, kind: typeof configMaps | typeof namespaces = configMaps) =>
  validateMetadata(kind, {
    metadata: { name: 'a', namespace: 'default', ...metadata },
  } as unknown as AnyObject).map(fieldErrorMessage);

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' };
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const cases: { name: string; metadata: object; kind?: typeof namespaces; faults: string[] }[] = [
  {
    name: 'no name',
    metadata: { name: '' },
    faults: ['metadata.name: Required value: name or generateName is required'],
  },
  {
    name: 'a name that is none',
    metadata: { name: 'A' },
    faults: [`metadata.name: Invalid value: "A": ${SUBDOMAIN}`],
  },
  {
    name: 'a name that is too long',
    metadata: { name: 'a'.repeat(254) },
    faults: [`metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 bytes`],
  },
  { name: 'a prefix with a dash', metadata: { generateName: 'a-' }, faults: [] },
  {
    name: 'a prefix of no name',
    metadata: { generateName: 'AB-' },
    faults: [`metadata.generateName: Invalid value: "AB-": ${SUBDOMAIN}`],
  },
  {
    name: 'a namespace where none belongs',
    metadata: {},
    kind: namespaces,
    faults: ['metadata.namespace: Forbidden: not allowed on this type'],
  },
  {
    name: 'labels and annotations',
    metadata: { labels: { '/a': '-' }, annotations: { 'A.com/x': '', 'a/': '' } },
    faults: [
      'metadata.labels: Invalid value: "/a": prefix part must be non-empty',
      `metadata.labels: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      'metadata.annotations: Invalid value: "a/": name part must be non-empty',
    ],
  },
  {
    name: 'annotations of more than 256 KiB',
    metadata: { annotations: { a: 'x'.repeat(262_144) } },
    faults: ['metadata.annotations: Too long: may not be more than 262144 bytes'],
  },
  {
    name: 'owners without an identity, or in no group',
    metadata: { ownerReferences: [{}, { ...owner, apiVersion: 'a/b/c' }] },
    faults: [
      'metadata.ownerReferences[0].apiVersion: Required value: must not be empty',
      'metadata.ownerReferences[0].kind: Required value: must not be empty',
      'metadata.ownerReferences[0].name: Required value: must not be empty',
      'metadata.ownerReferences[0].uid: Required value: must not be empty',
      'metadata.ownerReferences[1].apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>',
    ],
  },
  {
    name: 'an Event that owns',
    metadata: { ownerReferences: [{ ...owner, kind: 'Event' }] },
    faults: [
      'metadata.ownerReferences[0]: Invalid value: {"apiVersion":"v1","kind":"Event","name":"o","uid":"u"}: /v1, Kind=Event is disallowed from being an owner',
    ],
  },
  {
    name: 'two controllers',
    metadata: {
      ownerReferences: ['o', 'p'].map((name) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        name,
        uid: name,
        controller: true,
      })),
    },
    faults: [
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"o","uid":"o","controller":true},{"apiVersion":"v1","kind":"Pod","name":"p","uid":"p","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/o and Pod/p',
    ],
  },
  {
    name: 'finalizers of nobody, and such as exclude each other',
    metadata: { finalizers: ['hold', 'orphan', 'foregroundDeletion'] },
    faults: [
      'metadata.finalizers: Invalid value: ["hold","orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      'metadata.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
    ],
  },
  {
    name: 'fields that somebody manages in an unknown way',
    metadata: { managedFields: [{ manager: 'm', operation: 'Apply' }, {}, { operation: 'Own' }] },
    faults: [
      'metadata.managedFields[1].operation: Required value: must not be empty',
      'metadata.managedFields[2].operation: Unsupported value: "Own": supported values: "Apply", "Update"',
    ],
  },
];
test.each(cases)('metadata with $name', ({ metadata, kind, faults }) =>
  expect(faultsOf(metadata, kind)).toEqual(faults),
);
