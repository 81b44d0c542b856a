/** The front door on a port: grpc-js, which carries bytes and nothing else. */
import {
  Server,
  type ChannelOptions,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerCredentials,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerOptions,
} from '@grpc/grpc-js';
import type { BoundMethod } from './bound-method.js';
import type { Dispatcher } from './dispatcher.js';
import {
  AnswerStreamCall,
  SingleAnswerCall,
  type AnswerStream,
  type SingleAnswerStream,
} from './handled-calls.js';
import { LastWords } from './last-words.js';
import { UnaryCall } from './unary-call.js';

type Bytes = Buffer;

const identity = (bytes: Buffer): Buffer => bytes;

/** What grpc-js keeps to itself; where it is not found, no call is taken before its handlers. */
interface Handlers {
  readonly handlers?: ReadonlyMap<string, { readonly func: unknown }>;
}

export class GrpcFrontDoor {
  private readonly server: Server;
  private readonly lastWords = new LastWords();
  private readonly unary = new Map<string, BoundMethod>();

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly credentials: ServerCredentials,
    options: ChannelOptions,
  ) {
    const { interceptors = [] }: ServerOptions = options;
    this.server = new Server({
      ...options,
      // Ours is where the handlers are: behind those of the application.
      interceptors: [...interceptors, ({ path }, call) => this.intercepted(path, call)],
    });
  }

  /** All methods are known before the port is bound: no early call finds a service missing. */
  register(methods: Iterable<BoundMethod>): void {
    for (const method of methods) {
      const { path } = method.target;
      const { requestStream, responseStream } = method.descriptor;
      const add = (type: 'unary' | 'clientStream' | 'serverStream' | 'bidi', handler: unknown): void => {
        // grpc-js types the handler of each kind apart.
        this.server.register(path, handler as handleUnaryCall<Bytes, Bytes>, identity, identity, type);
      };
      if (responseStream) add(requestStream ? 'bidi' : 'serverStream', this.answerStreamHandler(method));
      else {
        const handler = this.singleAnswerHandler(method);
        add(requestStream ? 'clientStream' : 'unary', handler);
        if (!requestStream && this.isKept(path, handler)) this.unary.set(path, method);
      }
    }
  }

  /** Instrumentations put handlers of their own around ours, and would hear nothing of calls that are taken before. */
  private isKept(path: string, handler: unknown): boolean {
    const { handlers } = this.server as unknown as Handlers;
    return handlers?.get(path)?.func === handler;
  }

  /** @returns the bound port; 0 for a unix socket */
  listen(url: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(url, this.credentials, (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  /** Lets running calls end within `grace` milliseconds, then ends them. */
  async close(grace: number): Promise<void> {
    const timer = setTimeout(() => this.server.forceShutdown(), grace);
    await new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  /** The grpc-js server itself. */
  unwrap(): Server {
    return this.server;
  }

  private intercepted(path: string, call: ServerInterceptingCallInterface): ServerInterceptingCall {
    const method = this.unary.get(path);
    const taken: Pick<ServerInterceptingCall, 'start'> = method
      ? new UnaryCall(call, method, this.dispatcher)
      : call;
    // Calls that nobody intercepts are not of grpc-js's class either, which its type asks for; it starts them, no more.
    return taken as ServerInterceptingCall;
  }

  private singleAnswerHandler(method: BoundMethod) {
    return (stream: SingleAnswerStream, done: sendUnaryData<Bytes>): void => {
      const call = new SingleAnswerCall(stream, this.lastWords, done);
      this.dispatcher.dispatch(method, call, call);
    };
  }

  private answerStreamHandler(method: BoundMethod): handleServerStreamingCall<Bytes, Bytes> {
    return (stream: AnswerStream) => {
      const call = new AnswerStreamCall(stream, this.lastWords);
      this.dispatcher.dispatch(method, call, call);
    };
  }
}
