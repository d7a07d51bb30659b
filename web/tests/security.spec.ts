import { createServer } from 'node:http';
import { expect, password, rowOf, signIn, test } from './fixtures';

const script = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

test.describe('hostile files', () => {
  test.use({ hostile: true });

  test('script in names and contents does nothing', async ({ page, user, program }) => {
    const name = `<img src=x onerror=window.pwned=1>.txt`;
    await program.put('/' + name, script);
    await program.put('/evil.md', `# Hello\n\n${script}\n\n[click](javascript:window.pwned=1)\n\n<svg onload="window.pwned=1"></svg><iframe srcdoc="<script>parent.pwned=1</script>"></iframe><style>body{display:none}</style>`);
    await program.put('/evil.html', script);
    await program.put('/evil.svg', `<svg xmlns="http://www.w3.org/2000/svg" onload="window.pwned=1"><script>window.pwned=1</script></svg>`);
    await program.ask('PUT', '/folders/' + encodeURIComponent('<script>window.pwned=1')); // a folder is in the path above the list
    // Looked at before each page goes: its window goes with it.
    const calm = async () => expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    await signIn(page, user);
    await expect(rowOf(page, 'evil.md')).toBeVisible();
    await calm();
    await rowOf(page, 'evil.md').click();
    await expect(page.getByRole('heading', { name: 'Hello' })).toBeVisible();
    const article = page.locator('article');
    await calm();
    for (const tag of ['script', 'iframe', 'style', 'svg']) await expect(article.locator(tag)).toHaveCount(0);
    expect(await article.locator('a').evaluateAll((list) => list.filter((a) => a.getAttribute('href')?.startsWith('javascript')).length)).toBe(0);
    for (const show of ['evil.html', 'evil.svg', name]) {
      await page.goto('/files/?show=' + encodeURIComponent(show));
      await expect(page.getByRole('dialog')).toBeVisible();
      await calm();
    }
    await page.goto('/files/' + encodeURIComponent('<script>window.pwned=1'));
    await expect(page.getByRole('heading', { name: '<script>window.pwned=1' })).toBeVisible();
    await calm();
    await page.goto('/search?q=' + encodeURIComponent('<img'));
    await expect(page.getByText(name)).toBeVisible();
    await calm();

    // Opened as a page of its own, what was uploaded runs in no origin.
    for (const file of ['evil.html', 'evil.svg']) {
      const answer = await page.request.get('/api/v1/files/' + file + '?inline=true');
      expect(answer.headers()['content-disposition']).toMatch(/^attachment/);
      expect(answer.headers()['content-security-policy']).toContain('sandbox');
    }
  });
});

test.describe('another site', () => {
  test.use({ hostile: true, foreign: ['localhost'] });

  test('the cookie is out of reach, and other sites get nothing done', async ({ page, user, hive, context }) => {
    await signIn(page, user);
    const cookie = (await context.cookies()).find((c) => c.name === 'hive_session')!;
    expect(cookie.httpOnly && cookie.sameSite === 'Strict').toBe(true);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    const foreign: Record<string, string>[] = [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }];
    for (const headers of foreign) {
      const answer = await fetch(hive.url + '/api/v1/folders/x', { method: 'PUT', headers: { ...headers, Cookie: `hive_session=${cookie.value}` } });
      expect(answer.status).toBe(403);
    }

    // A page of another site posts a form and frames the hive.
    const evil = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<form id=f method=post action="${hive.url}/api/v1/move" enctype="text/plain"><input name='{"from":"/a","to":"/b","x":"' value='"}'></form><iframe src="${hive.url}/files/"></iframe>`);
    });
    await new Promise<void>((r) => evil.listen(0, 'localhost', r));
    const attacker = await context.newPage();
    await attacker.goto(`http://localhost:${(evil.address() as { port: number }).port}/`);
    await expect.poll(() => attacker.frames()[1]?.url()).toMatch(/chrome-error|about:blank/);
    const posted = attacker.waitForResponse((r) => r.url().includes('/api/v1/move'));
    await attacker.evaluate(() => (document.getElementById('f') as HTMLFormElement).submit());
    expect((await posted).status()).toBe(403);
    evil.close();
  });
});

test('the page has its headers, and a TLS proxy gets a Secure cookie', async ({ hive, user }) => {
  const answer = await fetch(hive.url + '/');
  const policy = answer.headers.get('Content-Security-Policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(answer.headers.get('X-Frame-Options')).toBe('DENY');
  const html = await answer.text();
  expect(html).not.toMatch(/<script(?![^>]*src=)/);
  for (const asset of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const got = await fetch(hive.url + asset[1], { headers: { 'Accept-Encoding': 'br' } });
    expect(got.headers.get('Cache-Control')).toContain('immutable');
    const small = (await got.arrayBuffer()).byteLength < 500; // which hardly shrinks, and stays as it is
    expect(got.headers.get('Content-Encoding')).toBe(small ? null : 'br');
  }
  expect((await fetch(hive.url + '/api/v1/nothing')).headers.get('Content-Type')).toContain('problem+json');
  const session = await fetch(hive.url + '/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user, password }) });
  expect(session.headers.get('Set-Cookie')).toMatch(/HttpOnly.*SameSite=Strict/);
});

test('the first load is small', async ({ page }) => {
  let bytes = 0;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  cdp.on('Network.loadingFinished', (e) => (bytes += e.encodedDataLength));
  await page.goto('/', { waitUntil: 'networkidle' });
  console.log(`first load: ${Math.round(bytes / 1000)} KB`);
  expect(bytes).toBeLessThan(200_000);
});
