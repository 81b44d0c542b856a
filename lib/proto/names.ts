/**
 * How declarations get their names on the wire. All of it is pure text work and follows the reference, so
 * that clients of Django Socio gRPC find the names they know.
 */

/** camelCase or PascalCase -> snake_case; digits open no word: `address2`, `HTTPUrl` -> `http_url`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$&_').toLowerCase();
}

/** `cover_page` -> `coverPage`; an underscore in front stays. */
export function camelCase(name: string): string {
  return name.replaceAll(/(?<=.)_+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** `cover_page` or `coverPage` -> `CoverPage`. */
export function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)([a-zA-Z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** A legal member name of a proto enum: `in-stock` -> `IN_STOCK`. */
export function screamingSnakeCase(name: string): string {
  return snakeCase(name.replaceAll(/[^a-zA-Z0-9]+/g, '_')).toUpperCase();
}

/** The rpc of a method: `partialUpdate` -> `PartialUpdate`. */
export function rpcName(methodName: string): string {
  return methodName.charAt(0).toUpperCase() + methodName.slice(1);
}

/** `PostController` -> `Post`, only the last `Controller` goes. */
export function serviceName(className: string): string {
  return withoutLast(className, 'Controller') || className;
}

/** `UserProtoSerializer`, `UserSerializer` -> `User`; the word may stand in the middle, as in `UserSerializerV2`. */
export function serializerBaseName(className: string): string {
  return className.includes('ProtoSerializer')
    ? withoutLast(className, 'ProtoSerializer')
    : withoutLast(className, 'Serializer');
}

/** What a message is to an action. */
export type Direction = 'Request' | 'Response';

/**
 * The name of a message.
 *
 * @param explicit a name the user gave: it keeps its form, only a list wrapper puts `List` before its suffix
 * @param stem what the name is built from when there is none: serializer base name, or service and action
 * @see DSG `message_name_constructor.DefaultMessageNameConstructor`
 */
export function messageName(
  explicit: string | undefined,
  stem: string,
  direction: Direction,
  list = false,
): string {
  let name = explicit ?? stem;
  const suffixed = name.endsWith(direction);
  if (suffixed) name = name.slice(0, -direction.length);
  if (list && !name.endsWith('List')) name += 'List';
  return (explicit === undefined || suffixed) && !name.endsWith(direction) ? name + direction : name;
}

function withoutLast(text: string, word: string): string {
  const at = text.lastIndexOf(word);
  return at < 0 ? text : text.slice(0, at) + text.slice(at + word.length);
}
