import { expect } from 'bun:test';
import type { Json, WireResponse } from './wire-client.ts';

/** Expects a `metav1.Status` failure with this code and reason, and returns it. */
export function expectFailure(answer: WireResponse, code: number, reason: string): Json {
  const status = answer.json;
  expect({ http: answer.status, code: status.code, reason: status.reason, message: status.message }).toEqual({
    http: code,
    code,
    reason,
    message: status.message,
  });
  expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure' });
  return status;
}

/** Expects an answer with this code, shows its body when it has another, and returns its JSON. */
export function expectJson(answer: WireResponse, code = 200): Json {
  if (answer.status !== code)
    throw new Error(`${answer.status} instead of ${code}: ${answer.text.slice(0, 2000)}`);
  return answer.json;
}

/** The names of a list's items, in its order. */
export function namesOf(list: Json): string[] {
  return list.items.map((item: Json) => item.metadata.name);
}
