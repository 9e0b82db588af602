import { notAcceptable } from '@hawser/api';
import { covers, type MediaType, parseAccept } from '@hawser/http';

/** In what form an answer goes out. */
export interface Representation {
  readonly encoding: 'json' | 'yaml';
  /** Not the objects themselves but a view of them (`meta.k8s.io/v1`). */
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata';
}

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';

/**
 * The first form that the client accepts and the hub can give. What it asks for with parameters that are not
 * known here (another version of Table, protobuf) is passed over for its next wish.
 * @throws ApiError NotAcceptable where nothing is left.
 */
export function negotiate(accept: string | undefined): Representation {
  for (const asked of parseAccept(accept)) {
    const as = viewOf(asked);
    if (as === undefined || asked.quality === 0) continue;
    if (covers(asked, JSON_TYPE)) return { encoding: 'json', as };
    if (covers(asked, YAML_TYPE)) return { encoding: 'yaml', as };
  }
  throw notAcceptable([JSON_TYPE, YAML_TYPE]);
}

function viewOf({ parameters }: MediaType): Representation['as'] | undefined {
  const { as, g, v } = parameters;
  if (as === undefined) return 'Object';
  if (g !== 'meta.k8s.io' || v !== 'v1') return undefined;
  if (as === 'Table') return 'Table';
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'PartialObjectMetadata';
  return undefined;
}
