import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';

/**
 * A deadline for every call of one request and one answer, unless the call brings its own. It travels with the call: the
 * library stops working when nobody waits any more. Streams last as long as they last.
 */
export function deadline(milliseconds: number): Interceptor {
  return (options, nextCall) => {
    const { method_definition: method, deadline: own } = options;
    if (method.requestStream || method.responseStream || own !== undefined)
      return new InterceptingCall(nextCall(options));
    return new InterceptingCall(nextCall({ ...options, deadline: Date.now() + milliseconds }));
  };
}
