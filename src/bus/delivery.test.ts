import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { Credit } from './credit.ts';
import { AckSubject, numberAtEnd, replyBytes } from './delivery.ts';
import { cover, covers, widest } from './patterns.ts';
import { headerIn } from './stored-message.ts';
import { matches } from './subject.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what a reply subject says', () => {
  it.each([
    ['old', '$JS.ACK.S.c.1.12345678901.42.1795679930920887642.7'],
    ['with a domain', '$JS.ACK._.ACCHASH.S.c.1.12345678901.42.1795679930920887642.7.token9'],
  ])('is read from the form that is %s', (_, reply) => {
    const ack = new AckSubject();
    for (let i = 0; i < 2; i++) {
      expect(ack.read(bytes(reply))).toBe(true);
      expect([ack.streamSeq, ack.consumerSeq, ack.time]).toEqual([12345678901, 42, 1795679930920887]);
    }
  });

  it('is told from another subject, and from none', () => {
    expect(new AckSubject().read(bytes('_INBOX.x.1'))).toBe(false);
    expect(new AckSubject().read(new Uint8Array(0))).toBe(false);
  });

  it('is found in the message of a client that keeps text only', () => {
    const m = { subject: '_INBOX.a.17', reply: '$JS.ACK.x' } as Msg;
    expect(numberAtEnd(m)).toBe(17);
    expect(Buffer.from(replyBytes(m)).toString()).toBe('$JS.ACK.x');
    expect(replyBytes({ subject: 'a' } as Msg).length).toBe(0);
  });
});

describe('credit', () => {
  it('never asks for more than it was given, and gives back what is taken', () => {
    const credit = new Credit(100, 1000);
    expect(credit.pull()).toEqual({ id: 1, messages: 100, bytes: 1000 });
    expect(credit.free).toBe(false);
    for (let i = 0; i < 60; i++) credit.arrived(10);
    expect([credit.asked, credit.heldMessages, credit.heldBytes, credit.free]).toEqual([40, 60, 600, false]);
    credit.taken(60, 600);
    expect(credit.free).toBe(true);
    expect(credit.pull()).toEqual({ id: 2, messages: 60, bytes: 600 });
    credit.ended(1);
    expect(credit.asked).toBe(60);
    credit.forget();
    expect([credit.asked, credit.free]).toEqual([0, true]);
  });

  it('asks for no more at once than a server takes', () => {
    const credit = new Credit(100, 1000);
    expect(credit.pull(30).messages).toBe(30);
    expect(credit.asked).toBe(30);
  });
});

describe('patterns', () => {
  it.each([['a.>', 'a.b', true], ['a.>', 'a', false], ['a.*', 'a.b.c', false], ['*.b', 'a.b', true], ['a.b', 'a.*', false], ['>', 'a.>', true]])(
    '%s covers %s: %s', (outer, inner, is) => expect(covers(outer, inner)).toBe(is));

  it('leaves out those that another one covers', () => {
    expect(widest(['a.b', 'a.>', 'c', 'c'])).toEqual(['a.>', 'c']);
  });

  it.each([[['a.b', 'a.c']], [['a.b.x', 'a.c.y']], [['a.b', 'a.b.c']], [['a.b', 'a.>']], [['x', 'y.z']], [['a.*.c', 'a.b.*']]])(
    'has one that covers %j', (patterns) => {
      const one = cover(patterns);
      for (const p of patterns) expect(covers(one, p), `${one} covers ${p}`).toBe(true);
      for (const p of patterns) expect(matches(one, p.replace(/[*>]/g, 'q'))).toBe(true);
    });
});

it('a header is found by its whole name', () => {
  const block = 'NATS/1.0\r\nNats-Msg-Id: a:b\r\nX-Nats-Msg-Id: c\r\nLast:d\r\n\r\n';
  expect(['Nats-Msg-Id', 'X-Nats-Msg-Id', 'Last', 'None', 'Msg-Id'].map((n) => headerIn(block, n))).toEqual(['a:b', 'c', 'd', '', '']);
});
