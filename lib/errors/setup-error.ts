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

  /** Each once, however many declarations met it. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const unique = [...new Set(problems)];
    super(unique.length === 1 ? unique[0] : `${unique.length} problems:\n- ${unique.join('\n- ')}`);
    this.problems = unique;
  }
}

/** What to do about a class that is undefined where it is named. */
export const UNDEFINED_CLASS =
  'Correct its import; when two files import each other, one of them is read before the classes of the other exist.';
