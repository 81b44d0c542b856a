/** Which messages are only ever sent: a client may leave out of them what an answer always has. */
import type { FileDescriptor, MethodDescriptor } from '../../proto/descriptors.js';
import { namesUsedIn, withFullNames } from '../../proto/imports.js';

/**
 * Full names of messages that requests are made of and answers are not.
 *
 * @param files all files of the application: a message may be used by another file than its own
 */
export function requestsOnly(files: readonly FileDescriptor[]): ReadonlySet<string> {
  const full = files.map(withFullNames);
  const answers = reached(full, ({ response }) => response);
  return new Set([...reached(full, ({ request }) => request)].filter((name) => !answers.has(name)));
}

function reached(
  files: readonly FileDescriptor[],
  side: (method: MethodDescriptor) => string,
): ReadonlySet<string> {
  const messages = new Map(
    files.flatMap((file) => file.messages.map((message) => [message.name, message] as const)),
  );
  const found = new Set<string>();
  const open = files.flatMap(({ services }) => services.flatMap(({ methods }) => methods.map(side)));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const message = messages.get(name);
    if (!message || found.has(name)) continue;
    found.add(name);
    open.push(...namesUsedIn({ services: [], messages: [message] }));
  }
  return found;
}
