import {
  coreEventOf,
  type Event,
  type EventsV1Event,
  type FieldError,
  invalidValue,
  required,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { qualifiedNameFault } from '../validation/names.ts';

/** Upstream's bounds on what reporters say (pkg/apis/core/validation/events.go). */
const MAX_WORD = 128;
const MAX_NOTE = 1024;

/** Events of the core API: held to what upstream always asked of them. */
export const eventStrategy: Strategy<Event & Record<string, unknown>> = {
  allowCreateOnUpdate: true,
  ownsNothing: true,
  validate: eventFaults,
};

/**
 * Events of `events.k8s.io`: new ones must say more, and only their series may change. Faults name the fields as
 * the core API does: upstream's internal type has those names.
 */
export const eventsV1EventStrategy: Strategy<EventsV1Event & Record<string, unknown>> = {
  allowCreateOnUpdate: true,
  ownsNothing: true,

  validate: (event) => eventFaults(coreEventOf(event)),

  validateCreate(event) {
    const core = coreEventOf(event);
    const faults = seriesFaults(core);
    if (core.eventTime === undefined) faults.push(required('eventTime'));
    if (core.type !== 'Normal' && core.type !== 'Warning')
      faults.push(invalidValue('type', '', `has invalid value: ${core.type ?? ''}`));
    for (const field of ['firstTimestamp', 'lastTimestamp'] as const)
      if (core[field] !== undefined) faults.push(invalidValue(field, '', 'needs to be unset'));
    if (core.count) faults.push(invalidValue('count', '', 'needs to be unset'));
    if (core.source?.component || core.source?.host)
      faults.push(invalidValue('source', '', 'needs to be unset'));
    return faults;
  },

  validateUpdate(event, old) {
    const core = coreEventOf(event);
    const was = coreEventOf(old);
    const changed = immutableFaults('series', core.series, was.series).length > 0;
    return [
      ...(changed ? seriesFaults(core) : []),
      ...FIXED.flatMap((field) => fixedFaults(field, core, was)),
    ];
  },
};

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const;

function fixedFaults(field: (typeof FIXED)[number], event: Event, old: Event): FieldError[] {
  const at = field === 'reportingComponent' ? 'reportingController' : field;
  return immutableFaults(at, event[field], old[field]);
}

function seriesFaults({ series }: Event): FieldError[] {
  if (series === undefined) return [];
  const faults: FieldError[] = [];
  if ((series.count ?? 0) < 2) faults.push(invalidValue('series.count', '', 'should be at least 2'));
  if (series.lastObservedTime === undefined || series.lastObservedTime === '')
    faults.push(required('series.lastObservedTime'));
  return faults;
}

/** With an eventTime it comes from a newer reporter, of whom more is asked. */
function eventFaults(event: Event): FieldError[] {
  const { namespace } = event.metadata;
  const involved = event.involvedObject?.namespace ?? '';
  const newer = event.eventTime !== undefined;
  const agrees = newer
    ? involved !== '' || namespace === 'default' || namespace === 'kube-system'
    : namespace === (involved || 'default');
  const mismatch = agrees
    ? []
    : [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
  return newer ? [...mismatch, ...reporterFaults(event)] : mismatch;
}

function reporterFaults(event: Event): FieldError[] {
  const { reportingComponent: controller = '', message = '' } = event;
  const faults = controller === '' ? [required('reportingController')] : [];
  const fault = qualifiedNameFault(controller);
  if (fault !== undefined) faults.push(invalidValue('reportingController', controller, fault));
  for (const field of ['reportingInstance', 'action', 'reason'] as const)
    faults.push(...wordFaults(field, event[field] ?? ''));
  if (Buffer.byteLength(message) > MAX_NOTE)
    faults.push(invalidValue('message', '', `can have at most ${MAX_NOTE} characters`));
  return faults;
}

function wordFaults(at: string, word: string): FieldError[] {
  if (word === '') return [required(at)];
  return Buffer.byteLength(word) > MAX_WORD
    ? [invalidValue(at, '', `can have at most ${MAX_WORD} characters`)]
    : [];
}
