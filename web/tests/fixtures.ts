// What the tests share: a hive for each file of tests, and a person of their own for each test.
import { type BrowserContext, expect, type Page, test as base } from '@playwright/test';
import { Hive, password, type Program } from './hive';

export { expect, password };

// hostile: what is shown tries to run scripts, so the policy has something to complain about. foreign: the hosts of other sites that the test has.
type Watched = { hostile: boolean; foreign: string[]; watch: void };

/** For tests that have hives of their own. */
export const watched = base.extend<Watched>({
  hostile: [false, { option: true }],
  foreign: [[], { option: true }],
  // No page, in whatever window, complains about its own policy, fails, or asks another host.
  watch: [
    async ({ browser, hostile, foreign }, use) => {
      const faults: string[] = [];
      const watch = (context: BrowserContext) => {
        context.on('console', (m) => {
          if (!hostile && /Content.Security.Policy/i.test(m.text())) faults.push(m.text());
        });
        context.on('weberror', (e) => faults.push(String(e.error())));
        context.on('request', (r) => {
          if (!/^(blob|data):/.test(r.url()) && !['127.0.0.1', ...foreign].includes(new URL(r.url()).hostname)) faults.push('asked ' + r.url());
        });
      };
      browser.on('context', watch);
      await use();
      browser.off('context', watch);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

type Fixtures = { user: string; program: Program; admin: Program };

export const test = watched.extend<Fixtures, { hive: Hive }>({
  hive: [
    async ({}, use) => {
      const hive = await Hive.start('Test hive');
      await use(hive);
      await hive.remove();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ hive }, use) => use(hive.url),
  admin: async ({ hive }, use) => use(await hive.as('admin')),
  user: async ({ admin }, use, info) => {
    const name = 'u' + info.testId.slice(-8) + info.retry;
    await admin.addUser(name);
    await use(name);
  },
  program: async ({ hive, user }, use) => use(await hive.as(user)),
});

/** Signs in as a person does. */
export async function signIn(page: Page, user: string, at = '/', secret = password): Promise<void> {
  await page.goto(at);
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
}

export const rowOf = (page: Page, name: string) => page.locator(`[data-name="${name}"]`);

/** Chooses in the menu of an entry. */
export async function choose(page: Page, name: string, item: string): Promise<void> {
  await rowOf(page, name).getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}
