import type { Page } from '@playwright/test';
import { expect, password, rowOf, signIn, test } from './fixtures';

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

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
