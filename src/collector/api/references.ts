const REFERENCE = '#/components/schemas/';
/** The suffix that `@fastify/type-provider-zod` adds to the name of a schema for requests; that for answers has the plain name. */
const ASKED = 'Input';

/**
 * A document with only the schemas to which it refers. The generator writes each schema twice, for requests and for answers. If
 * only one of them is used, it gets the plain name; if both are used, they keep different names.
 */
export function referencedOnly<D extends object>(document: D): D {
  const { components } = document as { components?: { schemas?: Record<string, object> } };
  const all = components?.schemas ?? {};
  const used = new Set<string>();
  const collect = (value: unknown): void => {
    for (const name of referencesIn(value)) {
      if (used.has(name)) continue;
      used.add(name);
      collect(all[name]);
    }
  };
  collect({ ...document, components: undefined });
  const finalName = (name: string): string => {
    const plain = name.endsWith(ASKED) ? name.slice(0, -ASKED.length) : name;
    return used.has(plain) ? name : plain;
  };
  const schemas = Object.fromEntries([...used].sort().map((name) => [finalName(name), all[name]]));
  const result = { ...document, components: { ...components, schemas } };
  return JSON.parse(JSON.stringify(result), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? REFERENCE + finalName(value.slice(REFERENCE.length)) : value,
  ) as D;
}

function referencesIn(value: unknown): string[] {
  const names: string[] = [];
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === '$ref' && typeof inner === 'string') names.push(inner.slice(REFERENCE.length));
    return inner;
  });
  return names;
}
