/** class-validator, if it is installed; whoever did not install it cannot have used its decorators. */
import type { ValidationError } from 'class-validator';
import type { FieldError } from '../errors/field-errors.js';
import { snakeCase } from '../proto/names.js';
import type { SerializerClass } from './proto-serializer.js';
import type { ClassValidation } from './serializer-rules.js';

type ClassValidator = typeof import('class-validator');

/**
 * Where its decorators keep what they are told, so that all its copies see it. Without it none was used, and loading the
 * package, which takes longer than most applications need for all their validators, would show nothing.
 */
const STORAGE = 'classValidatorMetadataStorage';

/** @returns undefined when nobody used the package, or it is missing */
export async function loadClassValidator(): Promise<ClassValidator | undefined> {
  if (!(STORAGE in globalThis)) return undefined;
  try {
    return await import('class-validator');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** @returns undefined when the class has none of class-validator's decorators */
export function classValidationOf(
  serializer: SerializerClass,
  library: ClassValidator,
): ClassValidation | undefined {
  const rules = library
    .getMetadataStorage()
    .getTargetValidationMetadatas(serializer, serializer.name, false, false);
  if (rules.length === 0) return undefined;
  return async (object) => {
    const errors = await library.validate(object, {
      skipUndefinedProperties: true,
      forbidUnknownValues: false,
    });
    return new Map(errors.map((error) => [error.property, reasonsOf(error)]));
  };
}

/** The constraint is the code: `isEmail` -> `is_email`. Nested errors are told in one line each. */
function reasonsOf({ constraints = {}, children = [] }: ValidationError): FieldError[] {
  const own = Object.entries(constraints).map(([constraint, message]) => ({
    message,
    code: snakeCase(constraint),
  }));
  return [...own, ...children.flatMap(reasonsOf)];
}
