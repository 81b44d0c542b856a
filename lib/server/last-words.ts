/**
 * Whether requests that have ended are all of them. A client on Node that cancels ends its requests first and resets the call in a
 * later packet: an action would take half an upload for a whole one.
 */
import { once } from 'node:events';
import type { Http2Stream, ServerHttp2Session } from 'node:http2';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';

/** For resets that a proxy passes on, which answers a ping by itself; in milliseconds. */
const BEHIND_PROXIES = 2;

/** What grpc-js keeps to itself: calls stand on interceptors, and those on the stream. */
interface Layer {
  readonly call?: Layer;
  readonly nextCall?: Layer;
  readonly stream?: Http2Stream;
}

type RequestStream = ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

export class LastWords {
  private readonly trips = new WeakMap<Http2Stream['session'] & object, RoundTrips>();

  /**
   * Resolves when the requests of a call that have ended are all of them. When the call is over before that, its cancel comes first
   * and ends what waits, unless the call has its answer: whoever still reads then must come to an end, too. Where grpc-js has its
   * stream elsewhere one day, only the time is waited for.
   */
  async of(call: RequestStream): Promise<void> {
    const stream = streamOf(call as unknown as Layer);
    await Promise.all([stream && this.roundTrip(stream), wait(BEHIND_PROXIES)]);
    // The answer to a ping may overtake the reset, but within one packet.
    await nextTurn();
    // grpc-js calls everything cancelled that is over.
    if (stream?.closed && !call.cancelled) await once(call, 'cancelled');
  }

  private roundTrip({ session }: Http2Stream): Promise<void> | undefined {
    if (!session || session.destroyed) return undefined;
    let trips = this.trips.get(session);
    if (!trips) this.trips.set(session, (trips = new RoundTrips(session as ServerHttp2Session)));
    return trips.next();
  }
}

function streamOf(call: Layer): Http2Stream | undefined {
  let layer: Layer | undefined = call;
  while (layer && !layer.stream) layer = layer.call ?? layer.nextCall;
  return layer?.stream;
}

/** Pings of one connection, one at a time: Node allows few of them, and the keepalive needs its own. */
class RoundTrips {
  private running: Promise<void> | undefined;
  private following: Promise<void> | undefined;

  constructor(private readonly session: ServerHttp2Session) {}

  /** A round trip that begins now or later. */
  next(): Promise<void> {
    if (!this.running) return this.begin();
    this.following ??= this.running.then(() => {
      this.following = undefined;
      return this.begin();
    });
    return this.following;
  }

  private begin(): Promise<void> {
    this.running = this.ping().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Done, too, when the connection ends: so do all of its calls. */
  private ping(): Promise<void> {
    return new Promise((resolve) => {
      if (this.session.destroyed || !this.session.ping(() => resolve())) resolve();
    });
  }
}
