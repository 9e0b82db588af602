import { badRequest } from '@hawser/api';
import type { RequestInfo } from '@hawser/http';
import type { AnyObject } from '@hawser/registry';

/** @throws ApiError BadRequest where the body speaks of another object than the path (…/endpoints/handlers/rest.go, checkName). */
export function checkName({ metadata }: AnyObject, { name, namespace }: RequestInfo): void {
  if (!metadata.name)
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  if (namespace !== '' && metadata.namespace && metadata.namespace !== namespace)
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
}
