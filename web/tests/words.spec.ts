import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { de } from '../src/text/de';
import { en } from '../src/text/en';
import { expect, signIn, test } from './fixtures';

/** The places of all texts, with their kind. */
function places(at: object, above = ''): string[] {
  return Object.entries(at).flatMap(([key, is]) => (typeof is === 'object' ? places(is, above + key + '.') : [above + key + ': ' + typeof is])).sort();
}

test('both languages say the same', () => {
  expect(places(de)).toEqual(places(en));
});

test('there are words for all that the doctor finds', () => {
  const source = readFileSync(join(import.meta.dirname, '../../p2p/finding.go'), 'utf8');
  const codes = [...source.matchAll(/(?:Code: |Finding\{|add\()"([a-z_]+)"/g)].map((m) => m[1]!).filter((code) => code !== 'other');
  expect(codes.length).toBeGreaterThan(20);
  const { because, advice, unreached } = de.hives;
  expect([...new Set(codes)].sort()).toEqual(Object.keys({ ...because, ...advice, ...unreached }).sort());
});

test.describe('in German', () => {
  async function enter(page: Page, at: string) {
    await signIn(page, 'admin');
    await page.evaluate(() => localStorage.setItem('hive.language', 'de'));
    await page.goto(at);
  }

  test('how the hive is', async ({ page }) => {
    await enter(page, '/admin/health');
    const main = page.getByRole('main');
    await expect(main).toContainText('Die Datenbank antwortet.');
    await expect(main).toContainText(/[\d,]+\s[KMGT]B sind frei\./);
    await expect(main).toContainText(/ verbunden[.;]/);
    await expect(main).toContainText(/Noch ist nichts geteilt\.|Teilung(en, alle|,) in Ordnung\./);
    for (const english of ['answers', 'are free', 'connected', 'waits']) await expect(main).not.toContainText(english);

    const oldest = '2025-03-02T10:00:00Z';
    await page.route('**/api/v1/health', (route) => route.fulfill({ json: { state: 'warning', parts: [
      { name: 'disk', state: 'warning', code: 'disk_low', facts: { free: 1.5e9, reserve: 1e9 }, text: 'Little.' },
      { name: 'deliveries', state: 'warning', code: 'deliveries_late', facts: { messages: 1, hives: 1, oldest }, text: 'Late.' },
      { name: 'shares', state: 'ok', code: 'of_tomorrow', facts: {}, text: 'Shares are as never before.' },
    ] } }));
    await page.reload();
    await expect(main).toContainText('Nur noch 1,5\u00a0GB sind frei; unter 1\u00a0GB nimmt der Hive nichts mehr an.');
    await expect(main).toContainText('1 Nachricht an 1 Hive nicht zugestellt, die älteste seit 2. März 2025.');
    await expect(main).toContainText('Shares are as never before.');
  });

  test('whether others reach the hive', async ({ page }) => {
    await enter(page, '/hives');
    const main = page.getByRole('main');
    await expect(main).toContainText('Noch unbekannt – kein anderer Hive ist verbunden, der es probieren könnte');
    await expect(main).toContainText('Kein anderer Hive ist verbunden. Füg einen mit seiner Adresse hinzu, oder lade jemanden ein.');
    await page.getByRole('button', { name: 'Hive hinzufügen' }).click();
    await page.getByRole('textbox', { name: /^Adresse/ }).fill('/ip4/127.0.0.1/tcp/9/p2p/12D3KooWLHKtUuDPfsFTmjjXfogMVKfgxUkmAWSRZHhZ9xQ5gT1B');
    await page.getByRole('dialog').getByRole('button', { name: 'Hive hinzufügen' }).click();
    await expect(page.getByRole('alert').first()).toHaveText('Dort nimmt niemand ab');
  });

  test('that somebody has a folder already', async ({ page, admin, user }) => {
    await admin.ask('PUT', '/folders/Garten');
    await enter(page, '/');
    await page.getByRole('button', { name: 'Aktionen für Garten' }).click();
    await page.getByRole('menuitem', { name: 'Teilen', exact: true }).click();
    const dialog = page.getByRole('dialog');
    for (const outcome of [`${user} angeboten`, 'Diese Person hat den Ordner schon.']) {
      await dialog.getByRole('combobox', { name: 'Teilen mit' }).fill(user);
      await dialog.getByRole('button', { name: 'Teilen', exact: true }).click();
      await expect(page.getByText(outcome)).toBeVisible();
    }
    await expect(page.locator(`[data-member=${user}]`)).toHaveCount(1);
  });
});
