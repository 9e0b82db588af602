import type { IncomingMessage } from 'node:http';
import { notAcceptable } from '@hawser/api';
import { covers, isTrue, type MediaType, parseAccept } from '@hawser/http';
import type { Encoding } from '../encodings/encoding.ts';
import { json, prettyJson } from '../encodings/json.ts';
import { protobuf } from '../encodings/protobuf.ts';
import { yaml } from '../encodings/yaml.ts';

/** A view of objects in place of the objects themselves. */
export interface View {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  readonly apiVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
}

/** In what form an answer goes out. */
export interface Representation {
  readonly encoding: Encoding;
  /** Absent for the objects themselves. */
  readonly view?: View;
}

/** In upstream's order: a wildcard takes the first. */
const ENCODINGS: readonly Encoding[] = [json, yaml, protobuf];

/**
 * The first form that the client accepts and the hub can give, in the client's order of preference
 * (apiserver/pkg/endpoints/handlers/negotiation). Wishes with parameters that are not known here are passed over.
 * @throws ApiError NotAcceptable where nothing is left.
 */
export function negotiate({ headers, url = '' }: Pick<IncomingMessage, 'headers' | 'url'>): Representation {
  const found = firstOf(headers.accept, viewOf);
  if (found === undefined) throw notAcceptable(ENCODINGS.map(({ mediaType }) => mediaType));
  const { asked, encoding, view } = found;
  const readable = asked.parameters['pretty'] === '1' || isForPeople(url, headers['user-agent']);
  return { encoding: readable && encoding === json ? prettyJson : encoding, ...(view && { view }) };
}

/** The same for a watch, which the first form must have a framing for. */
export function negotiateStream({ headers }: Pick<IncomingMessage, 'headers'>): Representation {
  const found = firstOf(headers.accept, viewOf);
  if (found?.encoding.events === undefined)
    throw notAcceptable(
      ENCODINGS.filter(({ events }) => events).map(({ mediaType }) => `${mediaType};stream=watch`),
    );
  return { encoding: found.encoding, ...(found.view && { view: found.view }) };
}

/** In what a Status goes out: a client must hear of a failure, whatever it would accept. */
export function negotiateStatus({ headers }: Pick<IncomingMessage, 'headers'>): Encoding {
  const whole = (asked: MediaType) => (hasView(asked) ? undefined : {});
  return firstOf(headers.accept, whole)?.encoding ?? json;
}

/** A wish that can be fulfilled, and with what. */
interface Found {
  readonly asked: MediaType;
  readonly encoding: Encoding;
  readonly view?: View;
}

function firstOf(
  accept: string | undefined,
  allows: (asked: MediaType, encoding: Encoding) => { view?: View } | undefined,
): Found | undefined {
  for (const asked of parseAccept(accept)) {
    const { quality, parameters } = asked;
    if (quality === 0 || parameters['sv'] || (parameters['stream'] ?? 'watch') !== 'watch') continue;
    for (const encoding of ENCODINGS) {
      const allowed = covers(asked, encoding.mediaType) ? allows(asked, encoding) : undefined;
      const framed = encoding.events !== undefined || parameters['stream'] === undefined;
      if (allowed !== undefined && framed) return { asked, encoding, ...allowed };
    }
  }
  return undefined;
}

const hasView = ({ parameters }: MediaType) => ['as', 'g', 'v'].some((name) => name in parameters);

const VIEWS: readonly string[] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];

/** @returns nothing where the view is not known, or cannot be told in this encoding. */
function viewOf(asked: MediaType, { tables }: Encoding): { view?: View } | undefined {
  if (!hasView(asked)) return {};
  const { as = '', g, v } = asked.parameters;
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1') || !VIEWS.includes(as)) return undefined;
  if (as === 'Table' && !tables) return undefined;
  return { view: { kind: as as View['kind'], apiVersion: `meta.k8s.io/${v}` } };
}

/** Asked for by `?pretty`, or by a program that shows what it gets to people. */
function isForPeople(url: string, userAgent = ''): boolean {
  const pretty = url.includes('pretty')
    ? new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('pretty')
    : null;
  return pretty ? isTrue(pretty) : /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
