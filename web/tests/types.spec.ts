import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from './fixtures';

const file = join(import.meta.dirname, '../src/api/schema.d.ts');

// With UPDATE_TYPES=1, which is make page-types, it writes them.
test('the types of the page are those of the hive', async ({ hive }) => {
  const text = '// Made by make page-types from /api/openapi.json; do not edit.\n\n' + astToString(await openapiTS(new URL(hive.url + '/api/openapi.json')));
  if (process.env.UPDATE_TYPES) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8') === text, 'src/api/schema.d.ts is old: make page-types').toBe(true);
});
