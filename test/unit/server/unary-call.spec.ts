import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as turn } from 'node:timers/promises';
import { Metadata, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { BoundMethod } from '../../../lib/server/bound-method.js';
import type { Answer, Dispatcher, IncomingCall } from '../../../lib/server/dispatcher.js';
import { UnaryCall } from '../../../lib/server/unary-call.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What grpc-js has of a call; sent messages are gone at once. */
class Sent {
  readonly statuses: number[] = [];
  getConnectionInfo = (): object => ({});
  start(listener: UnaryCall): void {
    listener.onReceiveMetadata(new Metadata());
  }
  startRead(): void {}
  sendMessage(_message: unknown, done: () => void): void {
    done();
  }
  sendStatus({ code }: { code: number }): void {
    this.statuses.push(code);
  }
}

/** Answers with bytes of its own, and keeps nothing but the means to tell whether they and the call's are still there. */
function answered(status: number) {
  const refs: WeakRef<object>[] = [];
  const dispatcher = {
    dispatch: (_method: BoundMethod, call: IncomingCall, answer: Answer) => {
      const message = Buffer.alloc(10_000);
      const context = { life: 'of the call' };
      call.whenCancelled(() => context.life.trim());
      refs.push(new WeakRef(call.requests), new WeakRef(message), new WeakRef(context));
      answer.write(message);
      answer.close({ code: status, message: '', details: undefined }, undefined);
    },
  } as unknown as Dispatcher;
  const sent = new Sent();
  const call = new UnaryCall(
    sent as unknown as ServerInterceptingCallInterface,
    {} as BoundMethod,
    dispatcher,
  );
  refs.push(new WeakRef(sent));
  call.start();
  call.onReceiveMessage(Buffer.alloc(10_000));
  call.onReceiveHalfClose();
  expect(sent.statuses).toEqual([status]);
  call.onCancel();
  return { call, refs };
}

describe('a unary call that is over', () => {
  it.each([0, 5])('holds neither messages nor context, whoever still holds it: status %i', async (status) => {
    const { call, refs } = answered(status);
    for (let round = 0; round < 3; round += 1) {
      await turn();
      collect();
    }
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined, undefined]);
    expect(call.peer).toBe('unknown');
  });
});
