/** `find`, asked once for each key; what it gave, a promise that rejects among it, is given again. */
export function remember<K, V>(find: (key: K) => V, idOf: (key: K) => unknown = (key) => key): (key: K) => V {
  const found = new Map<unknown, { readonly value: V }>();
  return (key) => {
    const id = idOf(key);
    const known = found.get(id) ?? { value: find(key) };
    found.set(id, known);
    return known.value;
  };
}
