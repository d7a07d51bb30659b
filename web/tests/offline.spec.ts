import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choose, expect, rowOf, signIn, test } from './fixtures';

const text = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });

test('the list stays while the hive does not answer, and is true again when it does', async ({ page, context, user, program }) => {
  for (const name of ['a.txt', 'b.txt']) await program.put('/' + name, name);
  await program.put('/Box/c.txt', 'c');
  await signIn(page, user);
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await context.setOffline(true);
  await choose(page, 'a.txt', 'Delete');
  await expect(page.getByText('What you see may have changed.')).toBeVisible();
  await expect(rowOf(page, 'b.txt')).toBeVisible();
  await program.ask('DELETE', '/files/b.txt');
  await context.setOffline(false);
  await expect(page.getByText('What you see may have changed.')).toHaveCount(0);
  await expect(rowOf(page, 'b.txt')).toHaveCount(0);

  // A folder that was never read says what is wrong, and comes by itself.
  await context.setOffline(true);
  await rowOf(page, 'Box').click();
  await expect(page.getByText('The folder could not be loaded')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await context.setOffline(false);
  await expect(rowOf(page, 'c.txt')).toBeVisible();
  await page.goto('/files/None');
  await expect(page.getByText('There is no such folder')).toBeVisible();
});

test('a page that is opened while the hive fails asks again who is here', async ({ page, user, program }) => {
  await signIn(page, user);
  await page.route('**/api/v1/account', (route) => route.abort());
  await page.reload();
  const again = page.getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await page.unroute('**/api/v1/account');
  await page.route('**/api/v1/changes?latest=true', (route) => route.abort());
  await again.click();
  await expect(page.getByText('This folder is empty')).toBeVisible();
  const listening = page.waitForRequest('**/api/v1/changes?after=*');
  await page.unroute('**/api/v1/changes?latest=true');
  await listening;
  await program.put('/late.txt', 'l');
  await expect(rowOf(page, 'late.txt')).toBeVisible();
});

test('uploads outlast a hive that does not answer', async ({ page, context, user, program }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await context.setOffline(true);
  await page.locator('[data-pick=files]').setInputFiles(['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt'].map(text));
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel).toContainText('The hive does not answer');
  await expect(panel.getByText('Waiting')).toHaveCount(5);
  await context.setOffline(false);
  await expect(panel).toContainText('5 of 5 uploaded');
  expect(await program.ask('GET', '/files/e.txt')).toBe('e.txt');
});

test('an upload of which only the answer was lost is whole', async ({ page, user, program }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  let cut = true;
  await page.route('**/api/v1/files/**', async (route) => {
    if (!cut) return route.continue();
    cut = false;
    await route.fetch();
    await route.abort();
  });
  await page.locator('[data-pick=files]').setInputFiles(text('a.txt'));
  await expect(page.getByRole('region', { name: 'Uploads' })).toContainText('1 of 1 uploaded');
  expect(await program.ask('GET', '/files/a.txt')).toBe('a.txt');
});

test('a file that is gone fails, all that failed can be tried again, and clearing keeps them', async ({ page, user, program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hive-web-gone-'));
  const files = ['a.txt', 'b.txt'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, 'once');
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.route('**/api/v1/files/**', (route) => route.fulfill({ status: 500, json: { code: 'internal' } }));
  await page.locator('[data-pick=files]').setInputFiles(files);
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel).toContainText('0 of 2 uploaded · 2 failed');
  await panel.getByRole('button', { name: 'Clear list' }).click();
  await expect(panel).toContainText('0 of 2 uploaded · 2 failed');
  rmSync(files[0]!);
  await page.unroute('**/api/v1/files/**');
  await panel.getByRole('button', { name: 'Try all again' }).click();
  await expect(panel).toContainText('1 of 2 uploaded · 1 failed');
  await expect(panel).toContainText('The file can no longer be read.');
  expect(await program.ask('GET', '/files/b.txt')).toBe('once');
  rmSync(folder, { recursive: true });
});

test('pausing all begins none', async ({ page, user }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  let begun = 0;
  await page.route('**/api/v1/files/**', () => void begun++); // and gives no answer
  await page.locator('[data-pick=files]').setInputFiles(Array.from({ length: 9 }, (_, i) => text(`${i}.txt`)));
  await expect.poll(() => begun).toBe(3);
  await page.getByRole('button', { name: 'Pause all' }).click();
  await expect(page.getByRole('region', { name: 'Uploads' }).getByText('Paused')).toHaveCount(9);
  expect(begun).toBe(3);
});

test('on a phone uploads leave room for the files, until they ask for something', async ({ page, user, program }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await program.put('/there.txt', 'old');
  await signIn(page, user);
  await expect(rowOf(page, 'there.txt')).toBeVisible();
  await page.locator('[data-pick=files]').setInputFiles(['a.txt', 'b.txt', 'c.txt'].map(text));
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel).toContainText('3 of 3 uploaded');
  await expect(panel.getByRole('listitem')).toHaveCount(0);
  await page.locator('[data-pick=files]').setInputFiles(text('there.txt'));
  await panel.getByRole('button', { name: 'Replace' }).click();
  await expect(panel).toContainText('4 of 4 uploaded');
  await panel.getByRole('button', { name: 'Expand' }).click();
  await expect(panel.getByRole('listitem')).toHaveCount(4);
});
