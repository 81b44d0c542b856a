/**
 * Boot problems. Whoever looks at declarations collects every problem first, then throws once, so that a
 * developer mends all of them in one go.
 */

/**
 * The application cannot start as declared. Each entry of `problems` names the place, what is wrong and
 * what to do.
 *
 * @example
 * throw new SetupError(['BookController: no serializer. Set "serializer" in @GrpcController().']);
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';

  constructor(readonly problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : `${problems.length} problems:\n- ${problems.join('\n- ')}`);
  }
}
