import type { Verb } from '../schema/kind.ts';
import type { HttpMethod, OpenApiParameter } from './open-api-types.ts';
import {
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  patchParameters,
  writeParameters,
} from './parameters.ts';

/** What a verb on a resource looks like in HTTP and in upstream's documents. */
export interface VerbShape {
  readonly method: HttpMethod;
  /** `x-kubernetes-action` */
  readonly action: string;
  /** What the operation's id begins with. */
  readonly prefix: string;
  readonly says: string;
  readonly parameters: OpenApiParameter[];
  readonly takes?: 'object' | 'patch' | 'deleteOptions';
  readonly gives: 'object' | 'list' | 'status';
  readonly codes: readonly number[];
}

export const verbShapes: Readonly<Record<Exclude<Verb, 'watch'>, VerbShape>> = {
  list: {
    method: 'get',
    action: 'list',
    prefix: 'list',
    says: 'lists or watches',
    parameters: listParameters,
    gives: 'list',
    codes: [200],
  },
  create: {
    method: 'post',
    action: 'post',
    prefix: 'create',
    says: 'creates',
    parameters: writeParameters,
    takes: 'object',
    gives: 'object',
    codes: [200, 201, 202],
  },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    prefix: 'delete',
    says: 'deletes a collection of',
    parameters: deleteCollectionParameters,
    takes: 'deleteOptions',
    gives: 'status',
    codes: [200],
  },
  get: {
    method: 'get',
    action: 'get',
    prefix: 'read',
    says: 'reads',
    parameters: [],
    gives: 'object',
    codes: [200],
  },
  update: {
    method: 'put',
    action: 'put',
    prefix: 'replace',
    says: 'replaces',
    parameters: writeParameters,
    takes: 'object',
    gives: 'object',
    codes: [200, 201],
  },
  patch: {
    method: 'patch',
    action: 'patch',
    prefix: 'patch',
    says: 'changes parts of',
    parameters: patchParameters,
    takes: 'patch',
    gives: 'object',
    codes: [200, 201],
  },
  delete: {
    method: 'delete',
    action: 'delete',
    prefix: 'delete',
    says: 'deletes',
    parameters: deleteParameters,
    takes: 'deleteOptions',
    gives: 'status',
    codes: [200, 202],
  },
};
