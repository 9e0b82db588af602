import { forbidden, type Pod, type PriorityClass, pods, priorityClasses } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  type AnyObject,
  systemPriorityClasses,
} from '@hawser/registry';

type Resolved = Pick<PriorityClass, 'value' | 'preemptionPolicy'> & { readonly name: string };

/** What pods get where no class is the default one. */
const NO_CLASS: Resolved = { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };

/**
 * Gives every new pod the priority and the preemption policy of its class, and keeps one class at most the
 * default one (kubernetes/plugin/pkg/admission/priority). That the system's own classes stay is the affair of
 * upstream's storage; here it stands with the rest.
 */
export function priorityAdmission(classes: Lister<PriorityClass>): AdmissionPlugin {
  return {
    name: 'Priority',
    admit(attributes) {
      const { kind, operation, subresource, object, oldObject } = attributes;
      if (kind !== pods || subresource !== '') return;
      if (operation === 'CREATE') admitPod(attributes, classes);
      if (operation === 'UPDATE') keepPriority(object as unknown as Pod, oldObject as unknown as Pod);
    },
    validate(attributes) {
      if (attributes.kind !== priorityClasses) return;
      if (attributes.operation === 'DELETE') checkDeletion(attributes);
      else checkDefault(attributes, classes);
    },
  };
}

function admitPod(attributes: AdmissionAttributes, classes: Lister<PriorityClass>): void {
  const { spec } = attributes.object as unknown as Pod;
  const { name, value, preemptionPolicy } = resolve(attributes, spec.priorityClassName, classes);
  if (spec.priority !== undefined && spec.priority !== value)
    throw forbidden(
      pods,
      attributes.name,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  if (name !== '') spec.priorityClassName = name;
  spec.priority = value;
  if (preemptionPolicy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    throw forbidden(
      pods,
      attributes.name,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  spec.preemptionPolicy = preemptionPolicy;
}

function resolve(
  { name: podName }: AdmissionAttributes,
  className: string | undefined,
  classes: Lister<PriorityClass>,
): Resolved {
  const found = className ? classes.get('', className) : defaultClass(classes);
  if (className && found === undefined)
    throw forbidden(pods, podName, `no PriorityClass with name ${className} was found`);
  if (found === undefined) return NO_CLASS;
  const { metadata, value, preemptionPolicy } = found;
  return { name: metadata.name, value, ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }) };
}

/** Of several, which a race can leave behind, the one with the lowest value. */
function defaultClass(classes: Lister<PriorityClass>): PriorityClass | undefined {
  return classes
    .list()
    .filter(({ globalDefault }) => globalDefault)
    .sort((one, other) => one.value - other.value)[0];
}

/** A client that leaves out what admission once filled in does not ask for its removal. */
function keepPriority({ spec }: Pod, { spec: old }: Pod): void {
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined)
    spec.preemptionPolicy = old.preemptionPolicy;
}

function checkDefault({ object, name }: AdmissionAttributes, classes: Lister<PriorityClass>): void {
  if (!(object as AnyObject & PriorityClass).globalDefault) return;
  const standing = defaultClass(classes);
  if (standing === undefined || standing.metadata.name === name) return;
  throw forbidden(
    priorityClasses,
    name,
    `PriorityClass ${standing.metadata.name} is already marked as default. Only one default can exist`,
  );
}

function checkDeletion({ name }: AdmissionAttributes): void {
  if (systemPriorityClasses.some(({ metadata }) => metadata.name === name))
    throw forbidden(priorityClasses, name, 'this is a system priority class and cannot be deleted');
}
