import { decodeObject, type Kind, schemaFor, type TypeMeta } from '@hawser/api';
import type { Entry, ListPage } from '@hawser/registry';
import type { Encoding } from '../encodings/encoding.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { negotiate, negotiateStatus } from './negotiate.ts';
import { viewOfEntry, viewOfList } from './view.ts';

/** Answers with one object, in the form that the client asked for: of its kept bytes where there are such. */
export function renderEntry(context: RequestContext, kind: Kind, entry: Entry, code = 200): Answer {
  const { encoding, view } = negotiate(context.request);
  if (view === undefined) return answer(code, encoding, encoding.entry(kind, entry));
  return answer(code, encoding, encoding.object(viewOfEntry(context, kind, entry, view)));
}

/** Answers with an object that is not stored, such as a review, shown as Go would show it. */
export function renderObject<T extends TypeMeta>(context: RequestContext, object: T, code = 200): Answer {
  const { encoding } = negotiate(context.request);
  const { kind, apiVersion } = object;
  const shown = { kind, apiVersion, ...decodeObject(schemaFor(apiVersion, kind)!, object, []) };
  return answer(code, encoding, encoding.object(shown));
}

/** Answers with a Status, whether or not the client asked for a view of objects. */
export function renderStatus(
  { request }: Pick<RequestContext, 'request'>,
  status: TypeMeta,
  code = 200,
): Answer {
  const encoding = negotiateStatus(request);
  return answer(code, encoding, encoding.object(status));
}

/** Answers with a list, of the kept bytes of its items where there are such. */
export function renderList(context: RequestContext, kind: Kind, page: ListPage): Answer {
  const { encoding, view } = negotiate(context.request);
  const metadata = listMetadata(page);
  if (view === undefined) return answer(200, encoding, encoding.list(kind, metadata, page.entries));
  const objects = page.entries.map((entry) => entry.object);
  return answer(200, encoding, encoding.object(viewOfList(context, kind, objects, metadata, view)));
}

const answer = (code: number, { mediaType }: Encoding, body: Buffer): Answer => ({
  code,
  type: mediaType,
  body,
});

function listMetadata({ revision, continueToken, remainingItemCount }: ListPage): Record<string, unknown> {
  return {
    resourceVersion: String(revision),
    ...(continueToken === undefined ? {} : { continue: continueToken }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  };
}
