import { describe, expect, test } from 'bun:test';
import {
  ApiError,
  applyMergePatch,
  applyStrategicMergePatch,
  configMaps,
  PatchError,
  PROTOBUF_MEDIA_TYPE,
  pods,
} from '@hawser/api';
import { namesEtag, parseInt64, parseRequestInfo } from '@hawser/http';
import { parseRevision, parseSelection } from '@hawser/registry';
import fc from 'fast-check';
import { timeoutOf } from '../pipeline/request-deadline.ts';
import { applyJsonPatch } from './json-patch.ts';
import { negotiate, negotiateStatus, negotiateStream } from './negotiate.ts';
import { parseBody } from './read-object.ts';

/** Always the same, so that a failure comes again; another finds other things. */
const SEED = 136;
const RUNS = 2_000;

/** What a client sends may be refused, with a code of its own making; nothing else may come of it. */
function refusedAtMost(attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    if (error instanceof PatchError) return;
    if (!(error instanceof ApiError)) throw error;
    expect(error.code).toBeGreaterThanOrEqual(400);
    expect(error.code).toBeLessThan(500);
  }
}

/** Text that is nearly right: pieces of the language, in any order, with anything between. */
const nearly = (...pieces: string[]) =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...pieces) },
        fc.string({ maxLength: 4, unit: 'binary' }),
      ),
      {
        maxLength: 20,
      },
    )
    .map((parts) => parts.join(''));

const selectors = nearly(
  'a',
  'b/c',
  '=',
  '==',
  '!=',
  '!',
  ' in ',
  ' notin ',
  '(',
  ')',
  ',',
  '>',
  '<',
  '\\',
  '1',
);
const fields = nearly('metadata.name', 'spec.nodeName', '=', '!=', '==', ',', '\\', 'a', '__proto__');
const numbers = nearly('0', '9', '-', '+', '.', 'e', 'E', 'Ki', 'm', 'n', '1', '12345678901234567890');
const durations = nearly('1', '5', '.', 'h', 'm', 's', 'ms', 'us', 'µs', 'ns', '-', '+', '0');
const paths = nearly(
  '/',
  'api',
  'apis',
  'v1',
  'namespaces',
  'pods',
  'watch',
  '%',
  '%2f',
  '%ff',
  '?',
  '&',
  '=',
  'watch=1',
  'fieldSelector=metadata.name%3Da',
  '..',
  '.',
);
const types = nearly(
  'application/',
  'json',
  'yaml',
  '*',
  '/',
  ';',
  ',',
  'q=',
  '0.5',
  'as=Table',
  'g=meta.k8s.io',
  'v=v1',
  'stream=watch',
  '"',
  '=',
  'vnd.kubernetes.protobuf',
);
const json = nearly(
  '{',
  '}',
  '[',
  ']',
  '"a"',
  ':',
  ',',
  '1e999',
  'null',
  'true',
  '-',
  '"\\u',
  '"__proto__"',
  '\\',
  ' ',
  '\n',
);
const yaml = nearly(
  'a: ',
  '- ',
  '&x ',
  '*x',
  '!!binary ',
  '|\n',
  '>\n',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '  ',
  '---\n',
  '? ',
  '<<: ',
  '"',
  "'",
  '#',
  '%YAML 1.1\n',
  '\t',
);

const METADATA = { name: 'a', namespace: 'b', labels: { x: 'y' }, finalizers: ['f'] };
const pod = () => ({
  metadata: structuredClone(METADATA),
  spec: { containers: [{ name: 'c', image: 'i', env: [{ name: 'e', value: 'v' }] }], volumes: [] },
});

/** Patches whose keys are those of pods and of directives, and whose values are anything. */
const { patch: patches } = fc.letrec<{ patch: unknown; tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, 0, 'c', 'delete', 'replace', 'merge', true, [], {}),
    fc.array(tie('patch'), { maxLength: 3 }),
    tie('patch'),
  ),
  patch: fc.dictionary(
    fc.constantFrom(
      ...[
        'metadata',
        'spec',
        'containers',
        'volumes',
        'env',
        'name',
        'labels',
        'finalizers',
        '__proto__',
        'x',
      ],
      ...['$patch', '$retainKeys', '$setElementOrder/containers', '$deleteFromPrimitiveList/finalizers'],
    ),
    tie('tree'),
    { maxKeys: 4 },
  ),
}));

const pointers = nearly(
  '/',
  'metadata',
  'spec',
  'containers',
  '0',
  '-',
  '~0',
  '~1',
  '~',
  '01',
  '__proto__',
  'constructor',
);
const jsonPatches = fc.array(
  fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'none'),
      path: pointers,
      from: pointers,
      value: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
    },
    { requiredKeys: [] },
  ),
  { maxLength: 5 },
);

const query = (name: string) => (text: string) => new URLSearchParams({ [name]: text });
const bodyOf = (type: string) => (body: Uint8Array | string) =>
  parseBody(type, Buffer.from(body as string), pods);

const targets: Record<string, [fc.Arbitrary<never>, (input: never) => unknown]> = {
  'label selectors': target(selectors, (text) => parseSelection(configMaps, text, '')),
  'field selectors': target(fields, (text) => parseSelection(pods, '', text)),
  'whole numbers': target(numbers, parseInt64),
  'resource versions': target(numbers, parseRevision),
  timeouts: target(durations, (text) => timeoutOf(query('timeout')(text), 1_000)),
  'paths and queries': target(
    fc.tuple(fc.constantFrom('GET', 'POST', 'constructor', ''), paths),
    ([method, path]) => parseRequestInfo(method, path),
  ),
  'Accept headers': target(types, (accept) => {
    const request = { headers: { accept }, url: '/' };
    negotiateStatus(request);
    negotiate(request);
    negotiateStream(request);
  }),
  'entity tags': target(types, (text) => namesEtag(text, '"a"')),
  'media types of bodies': target(types, (type) => parseBody(type, Buffer.from('{}'), pods)),
  JSON: target(json, bodyOf('application/json')),
  YAML: target(yaml, bodyOf('application/yaml')),
  'bytes as JSON': target(fc.uint8Array({ maxLength: 64 }), bodyOf('application/json')),
  'bytes as YAML': target(fc.uint8Array({ maxLength: 64 }), bodyOf('application/yaml')),
  'bytes as protobuf': target(fc.uint8Array({ maxLength: 64 }), bodyOf(PROTOBUF_MEDIA_TYPE)),
  'bytes in an envelope of protobuf': target(fc.uint8Array({ maxLength: 100 }), (raw) =>
    parseBody(
      PROTOBUF_MEDIA_TYPE,
      Buffer.concat([Buffer.from([0x6b, 0x38, 0x73, 0, 0x12, raw.length]), raw]),
      pods,
    ),
  ),
  'merge patches': target(patches, (patch) => applyMergePatch(pod(), patch)),
  'strategic merge patches': target(patches, (patch) => applyStrategicMergePatch(pods.schema, pod(), patch)),
  'JSON patches': target(jsonPatches, (patch) => applyJsonPatch(pod(), patch)),
};

function target<T>(
  inputs: fc.Arbitrary<T>,
  take: (input: T) => unknown,
): [fc.Arbitrary<never>, (input: never) => unknown] {
  return [inputs as fc.Arbitrary<never>, take as (input: never) => unknown];
}

describe('nothing that is sent is more than refused:', () => {
  for (const [name, [inputs, take]] of Object.entries(targets))
    test(name, () => {
      fc.assert(
        fc.property(inputs, (input) => refusedAtMost(() => take(input))),
        { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 10_000 },
      );
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });
});
