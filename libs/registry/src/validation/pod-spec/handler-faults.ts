import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '@hawser/api';
import { portNumberOrNameFaults } from '../addresses.ts';
import { nonNegativeFaults } from '../value-faults.ts';
import type { Handler, Lifecycle, Probe } from './pod-types.ts';

/** Which probe: each has a rule of its own beside those of all. */
export type ProbeField = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** Faults of a probe (validateLivenessProbe and its siblings). @param grace the pod's grace period. */
export function probeFaults(
  at: string,
  field: ProbeField,
  probe: Probe | undefined,
  grace: number | undefined,
): FieldError[] {
  if (probe === undefined) return [];
  const path = `${at}.${field}`;
  const faults = handlerFaults(path, probe as Handler, grace);
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const)
    faults.push(...nonNegativeFaults(`${path}.${name}`, probe[name]));
  const { terminationGracePeriodSeconds: own, successThreshold = 1 } = probe;
  if (own !== undefined && own <= 0)
    faults.push(invalidValue(`${path}.terminationGracePeriodSeconds`, own, 'must be greater than 0'));
  if (field === 'readinessProbe') {
    if (own !== undefined)
      faults.push(
        invalidValue(`${path}.terminationGracePeriodSeconds`, own, 'must not be set for readinessProbes'),
      );
  } else if (successThreshold !== 1)
    faults.push(invalidValue(`${path}.successThreshold`, successThreshold, 'must be 1'));
  return faults;
}

/** Faults of a container's hooks (validateLifecycle). */
export function lifecycleFaults(at: string, lifecycle: Lifecycle, grace: number | undefined): FieldError[] {
  const { postStart, preStop } = lifecycle;
  return [
    ...(postStart ? handlerFaults(`${at}.postStart`, postStart, grace) : []),
    ...(preStop ? handlerFaults(`${at}.preStop`, preStop, grace) : []),
  ];
}

const HANDLERS: {
  readonly [K in 'exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep']: (
    at: string,
    handler: NonNullable<Handler[K]>,
    grace: number | undefined,
  ) => FieldError[];
} = {
  exec: (at, { command = [] }) => (command.length === 0 ? [required(`${at}.command`)] : []),
  httpGet: (at, { path, port, scheme = '', httpHeaders = [] }) => [
    ...(path ? [] : [required(`${at}.path`)]),
    ...portNumberOrNameFaults(`${at}.port`, port ?? 0),
    ...(['HTTP', 'HTTPS'].includes(scheme) ? [] : [notSupported(`${at}.scheme`, scheme, ['HTTP', 'HTTPS'])]),
    ...httpHeaders
      .filter(({ name }) => !/^[-A-Za-z0-9]+$/.test(name ?? ''))
      .map(({ name }) => invalidValue(`${at}.httpHeaders`, name ?? '', HEADER_FAULT)),
  ],
  tcpSocket: (at, { port }) => portNumberOrNameFaults(`${at}.port`, port ?? 0),
  grpc: (at, { port }) => portNumberOrNameFaults(`${at}.port`, port ?? 0),
  sleep: (at, { seconds = 0 }, grace) =>
    grace !== undefined && (seconds < 0 || seconds > grace)
      ? [
          invalidValue(
            at,
            seconds,
            `must be non-negative and less than terminationGracePeriodSeconds (${grace})`,
          ),
        ]
      : [],
};

const HEADER_FAULT =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

function handlerFaults(at: string, handler: Handler, grace: number | undefined): FieldError[] {
  const faults: FieldError[] = [];
  let count = 0;
  for (const name of ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const) {
    if (handler[name] === undefined) continue;
    count += 1;
    // The table pairs each name with the type of its handler; the loop cannot know that it does.
    const check = HANDLERS[name] as (at: string, handler: unknown, grace: number | undefined) => FieldError[];
    if (count > 1) faults.push(forbiddenField(`${at}.${name}`, 'may not specify more than 1 handler type'));
    else faults.push(...check(`${at}.${name}`, handler[name], grace));
  }
  return count === 0 ? [required(at, 'must specify a handler type')] : faults;
}
