import { describe, expect, test } from 'bun:test';
import { reviewAttributes } from './review-attributes.ts';
import { selectorFaults } from './selector-faults.ts';

const identity = { name: 'jane', groups: [], extra: {} };
const asked = (selectors: object) =>
  reviewAttributes({ resourceAttributes: { verb: 'list', resource: 'pods', ...selectors } }, identity);

test('a question about a path has no resource', () => {
  const { attributes } = reviewAttributes({ nonResourceAttributes: { verb: 'get', path: '/x' } }, identity);
  expect(attributes).toMatchObject({ resourceRequest: false, verb: 'get', path: '/x', resource: '' });
});

test('field selectors narrow the question, as text and taken apart', () => {
  const fieldSelector = [{ field: 'spec.nodeName', equal: true, value: 'n1' }];
  for (const selector of [
    { rawSelector: 'spec.nodeName=n1' },
    { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1'] }] },
  ]) {
    const { attributes, evaluationError } = asked({ fieldSelector: selector });
    expect(attributes.fieldSelector).toEqual(fieldSelector);
    expect(evaluationError).toBe('');
  }
});

describe('what is not understood is left out, and said', () => {
  const good = { key: 'a', operator: 'In', values: ['b'] };
  const cases = [
    [
      { fieldSelector: { rawSelector: 'a' } },
      'spec.resourceAttributes.fieldSelector ignored due to parse error',
    ],
    [
      { fieldSelector: { requirements: [good, { key: 'b', operator: 'Exists' }] } },
      'spec.resourceAttributes.fieldSelector partially ignored due to parse error',
    ],
    [
      { fieldSelector: { requirements: [{ key: 'b', operator: 'In', values: ['a', 'b'] }] } },
      'spec.resourceAttributes.fieldSelector ignored due to parse error',
    ],
    [
      { labelSelector: { rawSelector: 'a in' } },
      'spec.resourceAttributes.labelSelector ignored due to parse error',
    ],
    [
      { labelSelector: { requirements: [good, { key: 'b', operator: 'Resembles' }] } },
      'spec.resourceAttributes.labelSelector partially ignored due to parse error',
    ],
    [
      { fieldSelector: { rawSelector: 'a' }, labelSelector: { rawSelector: '!' } },
      'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error',
    ],
  ] as const;
  for (const [selectors, evaluationError] of cases)
    test(JSON.stringify(selectors), () => expect(asked(selectors).evaluationError).toBe(evaluationError));
});

test('a selector is text or taken apart, and not both or neither', () => {
  const at = 'spec.resourceAttributes';
  const requirements = [{ key: 'a', operator: 'In', values: ['b'] }];
  const messages = (attributes: object) =>
    selectorFaults(at, attributes).map(({ field, detail }) => `${field}: ${detail}`);
  expect(messages({})).toEqual([]);
  expect(messages({ fieldSelector: { requirements } })).toEqual([]);
  expect(messages({ fieldSelector: { rawSelector: 'a=b', requirements } })[0]).toContain(
    'may not specified at the same time as requirements',
  );
  expect(messages({ labelSelector: {} })[0]).toContain(
    'when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required',
  );
});
