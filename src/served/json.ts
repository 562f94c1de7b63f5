/** What JSON.parse() answers, of which nothing is known. */
export type Json = unknown;

export const objectAt = (
  value: Json,
  ...path: readonly string[]
): Readonly<Record<string, Json>> | undefined => {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as Readonly<Record<string, Json>>)
    : undefined;
};

/** What stands there; undefined: nothing does. */
export function at(value: Json, ...path: readonly string[]): Json {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, Json>>)[key];
  }
  return found;
}

export const arrayAt = (value: Json, ...path: readonly string[]): readonly Json[] | undefined => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : undefined;
};

export const textAt = (value: Json, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};
