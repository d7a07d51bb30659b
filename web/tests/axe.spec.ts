import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { choose, expect, rowOf, signIn, test } from './fixtures';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Result = { violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[] };

async function look(page: Page, where: string) {
  await page.waitForTimeout(100);
  await page.evaluate(source); // by the debugger, which no policy stops
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as Result;
  const bad = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  expect.soft(bad.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).slice(0, 3).join(' | ')}`)).toEqual([]);
}

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious, ${scheme}`, async ({ page, admin, user, program }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme: scheme });
    await admin.ask('PATCH', '/users/' + user, { admin: true });
    await program.put('/Box/a.txt', 'a');
    await program.put('/b.md', '# b');
    await program.put('/c.txt', 'c');
    await program.put('/gone.txt', 'x');
    await program.ask('DELETE', '/files/gone.txt');
    await program.put('/d (conflict, bob, 2026-11-28).txt', 'c');
    await page.goto('/');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await look(page, 'sign in');
    await signIn(page, user);
    await rowOf(page, 'c.txt').getByRole('checkbox').check();
    await look(page, 'files');
    await page.getByRole('button', { name: 'Clear selection' }).click();
    await choose(page, 'Box', 'Share');
    await page.getByRole('dialog').getByLabel('Share with').waitFor();
    await look(page, 'share');
    await page.keyboard.press('Escape');
    await choose(page, 'c.txt', 'Move to…');
    await look(page, 'move');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Grid' }).click();
    await look(page, 'grid');
    for (const at of ['/files/?show=b.md', '/files/nowhere', '/trash', '/search?q=c', '/shared', '/shared/people', '/shared/conflicts', '/shared/waiting', '/invitation', '/account', '/hives', '/admin', '/admin/codes', '/admin/storage', '/admin/shares', '/admin/health', '/admin/audit', '/admin/settings']) {
      await page.goto(at);
      await page.waitForLoadState('networkidle', { timeout: 1000 }).catch(() => {});
      await look(page, at);
    }
  });
}
