import { type Infer, message, one } from '../../schema/fields.ts';

export const ShardInfo = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo',
  'Which part of a collection a list holds.',
  {
    selector: one('string', 1, 'The selector that chose the shard.', { required: true }),
  },
);
export interface ShardInfo extends Infer<typeof ShardInfo> {}

export const ListMeta = message('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', 'What every list carries.', {
  selfLink: one('string', 1, 'No longer filled in.'),
  resourceVersion: one(
    'string',
    2,
    'Position in the log at which the list was true; a watch can start there.',
  ),
  continue: one('string', 3, 'Token with which the next page is asked for; empty on the last one.'),
  remainingItemCount: one('int64', 4, 'How many items follow this page, where the server knows.', {
    keepsZero: true,
  }),
  shardInfo: one(ShardInfo, 5, 'Says which shard of the collection this is, for a sharded list.'),
});
export interface ListMeta extends Infer<typeof ListMeta> {}
