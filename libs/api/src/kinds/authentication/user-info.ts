import { type Infer, list, map, message, one } from '../../schema/fields.ts';

export const UserInfo = message(
  'io.k8s.api.authentication.v1.UserInfo',
  'An identity, as authentication found it.',
  {
    username: one('string', 1, 'Name of the user.'),
    uid: one('string', 2, 'Tells users of the same name apart.'),
    groups: list('string', 3, 'Groups of the user.'),
    extra: map('stringList', 4, 'Further attributes.'),
  },
);
export interface UserInfo extends Infer<typeof UserInfo> {}
