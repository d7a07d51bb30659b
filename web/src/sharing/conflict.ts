// Two versions of a file, of which one was put beside the other: "name (conflict, who, date).ext".
import type { Entry } from '../api/client';
import { join, parent } from '../api/path';

export type Conflict = { copy: Entry; name: string; path: string; by: string; date: string };

const mark = / \(conflict, (.+), (\d{4}-\d\d-\d\d)(?:, \d+)?\)/;

export function conflictOf(copy: Entry): Conflict | undefined {
  const found = mark.exec(copy.name);
  if (!found || copy.kind !== 'file') return undefined;
  const name = copy.name.replace(found[0], '');
  return { copy, name, path: join(parent(copy.path), name), by: found[1]!, date: found[2]! };
}
