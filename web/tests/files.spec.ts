import { readFileSync } from 'node:fs';
import { choose, expect, rowOf, signIn, test } from './fixtures';

test('sign in, upload, download, delete, undo', async ({ page, user }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.locator('[data-pick=files]').setInputFiles({ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello, hive') });
  await expect(rowOf(page, 'hello.txt')).toBeVisible();

  const downloading = page.waitForEvent('download');
  await choose(page, 'hello.txt', 'Download');
  expect(readFileSync(await (await downloading).path(), 'utf8')).toBe('hello, hive');

  await choose(page, 'hello.txt', 'Delete');
  await expect(rowOf(page, 'hello.txt')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rowOf(page, 'hello.txt')).toBeVisible();
});
