// The one way to the hive: typed by its own OpenAPI document, errors as Problem.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Entry = Schemas['Entry'];
export type User = Schemas['User'];

/** An answer that is no success: `code` is stable, the message is for people. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
    readonly fields: { location?: string; message: string }[] = [],
    readonly retryAfter = 0,
  ) {
    super(detail);
  }
}

let onSignedOut = () => {};

/** Sets what happens when the hive no longer knows the session. */
export function whenSignedOut(f: () => void) {
  onSignedOut = f;
}

const watchSession: Middleware = {
  async onResponse({ response }) {
    if (response.status !== 401 && response.status !== 403) return;
    const { code } = (await response.clone().json().catch(() => ({}))) as { code?: string };
    if (code === 'token_invalid' || code === 'token_expired' || code === 'account_disabled') onSignedOut();
  },
};

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  querySerializer: { array: { style: 'form', explode: false } },
});
api.use(watchSession);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Gives the body of an answer, or throws a Problem. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await answer;
  } catch (err) {
    throw err instanceof DOMException && err.name === 'AbortError' ? err : new Problem('offline', 0, String(err));
  }
  if (!got.response.ok) throw problemOf(got.response, got.error);
  return got.data as T;
}

/** Whether what failed may go well a little later. */
export const passes = (err: unknown) => err instanceof Problem && (err.status === 0 || err.status === 429 || err.status >= 500);

/** Makes a Problem of an answer and its body. */
export function problemOf(response: { status: number; headers?: Headers }, body: unknown): Problem {
  const p = (typeof body === 'object' && body ? body : {}) as Partial<Schemas['Problem']>;
  const wait = Number(response.headers?.get('Retry-After') ?? 0);
  return new Problem(p.code ?? 'internal', response.status, p.detail ?? p.title ?? '', p.errors ?? [], wait);
}

/** Asks for every page of a list. */
export async function all<T>(page: (after: string | undefined) => Promise<{ items: T[]; next?: string }>): Promise<T[]> {
  const items: T[] = [];
  for (let after: string | undefined; ; ) {
    const got = await page(after);
    items.push(...got.items);
    if (!got.next) return items;
    after = got.next;
  }
}
