/** The answers to all requests of a case, one after the other. */
import { Caller, type Target } from './caller.js';

export async function answersOf(target: Omit<Target, 'expected'>): Promise<readonly Buffer[]> {
  const answers: Buffer[] = [];
  let answered: () => void = () => undefined;
  const caller = await Caller.open({ ...target, expected: undefined }, 1, (_begun, _connection, answer) => {
    // Without the five bytes of gRPC in front.
    answers.push(Buffer.from(answer.subarray(5)));
    answered();
  });
  for (let index = 0; index < target.requests.length; index += 1) {
    const next = new Promise<void>((resolve) => (answered = resolve));
    caller.send(0, 0);
    caller.connections[0]?.flush();
    await next;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  caller.close();
  caller.check();
  return answers;
}
