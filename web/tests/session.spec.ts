import type { Page } from '@playwright/test';
import { expect, password, rowOf, signIn, test } from './fixtures';

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

const text = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });

test('another person in another tab: this one follows', async ({ page, context, user, program, admin, hive }) => {
  const other = user + 'o';
  await admin.addUser(other);
  await (await hive.as(other)).put('/theirs.txt', 't');
  await program.put('/Mine/a.txt', 'a');
  await signIn(page, user, '/files/Mine');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  const second = await context.newPage();
  await second.goto('/');
  await signOut(second);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await second.getByLabel('User', { exact: true }).fill(other);
  await second.getByLabel('Password', { exact: true }).fill(password);
  await second.getByRole('button', { name: 'Sign in' }).click();
  await expect(rowOf(page, 'theirs.txt')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
});

test('another person in the same browser, seen when one looks at the tab again', async ({ page, user, program, admin, hive }) => {
  const other = user + 'o';
  await admin.addUser(other);
  const theirs = await hive.as(other);
  await theirs.put('/theirs.txt', 't');
  await program.put('/Mine/a.txt', 'a');
  await signIn(page, user, '/files/Mine');
  await expect(rowOf(page, 'a.txt')).toBeVisible();
  await page.evaluate(async (body) => {
    await fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    document.dispatchEvent(new Event('visibilitychange'));
  }, { user: other, password });
  await expect(rowOf(page, 'theirs.txt')).toBeVisible();
  await theirs.put('/live.txt', 'l');
  await expect(rowOf(page, 'live.txt')).toBeVisible();
});

test('what is to be uploaded waits while nobody is signed in, and goes on for the same person', async ({ page, context, user, program }) => {
  await signIn(page, user);
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await page.route('**/api/v1/files/**', (route) => route.abort()); // the hive does not answer for these
  await page.locator('[data-pick=files]').setInputFiles([text('a.txt'), text('b.txt')]);
  const panel = page.getByRole('region', { name: 'Uploads' });
  await expect(panel).toContainText('The hive does not answer');
  await context.clearCookies();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(page.getByText('Your session has ended. Sign in again. 2 files wait to be uploaded')).toBeVisible();
  await expect(page.getByLabel('User', { exact: true })).toHaveValue(user);
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await page.unroute('**/api/v1/files/**');
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(panel).toContainText('2 of 2 uploaded');
  expect(await program.ask('GET', '/files/b.txt')).toBe('b.txt');
});

test('signing out asks when something is still to be uploaded, and leaves nothing for the next person', async ({ page, user, admin, program }) => {
  const other = user + 'o';
  await admin.addUser(other);
  await program.put('/Deep/x.txt', 'x');
  await signIn(page, user, '/files/Deep');
  await expect(rowOf(page, 'x.txt')).toBeVisible();
  await page.route('**/api/v1/files/**', (route) => route.abort());
  await page.locator('[data-pick=files]').setInputFiles([text('a.txt'), text('b.txt')]);
  await expect(page.getByText('The hive does not answer').first()).toBeVisible();
  await signOut(page);
  const dialog = page.getByRole('dialog', { name: 'Sign out' });
  await expect(dialog).toContainText('2 files are not uploaded yet');
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await page.unroute('**/api/v1/files/**');
  await page.getByLabel('User', { exact: true }).fill(other);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Uploads' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Shared' }).click();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Files' }).click();
  await expect(page.getByText('This folder is empty')).toBeVisible();
});
