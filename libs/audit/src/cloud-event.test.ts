import { expect, test } from 'bun:test';
import { CloudEventSource, cutText, eventRecord } from './cloud-event.ts';

const source = new CloudEventSource('konnectivity', '/konnectivity/servers/a', () => new Date(0));

test('an event has the attributes that CloudEvents 1.0 demands, and its data', () => {
  const event = source.event('agent.connected', 'node-1', { protocol: 'yamux' });
  expect(event).toEqual({
    specversion: '1.0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    source: '/konnectivity/servers/a',
    type: 'dev.hawser.konnectivity.agent.connected',
    subject: 'node-1',
    time: '1970-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: { protocol: 'yamux' },
  });
});

test('one that may be told of again has an id that its teller chose', () => {
  expect(source.event('a.b', undefined, {}, 'x:y').id).toBe('x:y');
});

test('what others chose is cut', () => expect(cutText('x'.repeat(5_000))).toHaveLength(1_024));

test('its record goes by its own id and type', () => {
  const event = source.event('tunnel.closed', undefined, { sent: 1 });
  const { id, subject, body } = eventRecord(event);
  expect([id, subject]).toEqual([event.id, 'hawser.konnectivity.tunnel.closed']);
  expect(JSON.parse(body)).toEqual(event);
});
