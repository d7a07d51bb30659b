/** Where a key of the keyboard leads from index, in a grid; undefined for keys that lead nowhere. */
export function keyOf(key: string, index: number, columns: number, page: number, length: number): number | undefined {
  if (!length) return undefined;
  const to: Record<string, number> = {
    ArrowDown: index + columns,
    ArrowUp: index - columns,
    PageDown: index + columns * page,
    PageUp: index - columns * page,
    Home: 0,
    End: length - 1,
    ...(columns > 1 ? { ArrowRight: index + 1, ArrowLeft: index - 1 } : {}),
  };
  const at = to[key];
  return at === undefined ? undefined : Math.max(0, Math.min(at, length - 1));
}
