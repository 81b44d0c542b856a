/** Injection token of the client. */
export const LIBRARY = Symbol('library');
