import {
  type FieldError,
  forbiddenField,
  type IngressClass,
  invalidValue,
  required,
  tooLong,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { immutableFaults } from '../../validation/immutable.ts';
import { dnsLabelFault, dnsSubdomainFault } from '../../validation/names.ts';
import { typedReferenceFaults } from './typed-reference-faults.ts';

type Data = IngressClass & Record<string, unknown>;

const MAX_CONTROLLER_LENGTH = 250;

export const ingressClassStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(ingressClass) {
    ingressClass.spec ??= {};
  },

  validate({ spec }) {
    return [...controllerFaults(spec.controller), ...parametersFaults(spec.parameters)];
  },

  validateUpdate({ spec }, old) {
    return immutableFaults('spec.controller', spec.controller, old.spec.controller);
  },
};

function controllerFaults(controller: string | undefined): FieldError[] {
  const at = 'spec.controller';
  if (!controller) return [required(at)];
  const faults = controller.length > MAX_CONTROLLER_LENGTH ? [tooLong(at, MAX_CONTROLLER_LENGTH)] : [];
  const [domain = '', ...path] = controller.split('/');
  if (path.length === 0 || path.join('/') === '')
    return [
      ...faults,
      invalidValue(at, controller, 'must be a domain-prefixed path (such as "acme.io/foo")'),
    ];
  const fault = dnsSubdomainFault(domain);
  return fault === undefined ? faults : [...faults, invalidValue(at, domain, fault)];
}

function parametersFaults(parameters: Data['spec']['parameters']): FieldError[] {
  if (parameters === undefined) return [];
  const at = 'spec.parameters';
  const { scope, namespace } = parameters;
  const faults = typedReferenceFaults(at, parameters);
  if (scope === 'Namespace' && namespace === undefined)
    faults.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  if (scope === 'Cluster' && namespace !== undefined)
    faults.push(forbiddenField(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  const fault = scope === 'Namespace' && namespace ? dnsLabelFault(namespace) : undefined;
  if (fault !== undefined) faults.push(invalidValue(`${at}.namespace`, namespace, fault));
  return faults;
}
