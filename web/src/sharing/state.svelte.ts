// What one shares and is offered, read anew when one looks and when something may have changed.
import { api, ok, type Schemas } from '../api/client';
import { session } from '../state/session.svelte';
import { Turns } from '../state/turns';
import { ago } from '../text/format';
import { say } from '../text/index.svelte';

export type Share = Schemas['Share'];
export type Member = Schemas['Member'];
export type Offer = Schemas['Offer'];
export type Contact = Schemas['Contact'];
export type Invitation = Schemas['Invitation'];
export type Pending = Schemas['Pending'];

class Sharing {
  shares = $state.raw<Share[]>([]);
  offers = $state.raw<Offer[]>([]);
  contacts = $state.raw<Contact[]>([]);
  invitations = $state.raw<Invitation[]>([]);
  pending = $state.raw<Pending[]>([]);
  loaded = $state(false);
  #of = 0; // counts the persons
  #turns = new Turns(() => this.#read());

  load = () => this.#turns.ask();

  get busy() {
    return this.#turns.busy;
  }

  async #read() {
    const of = this.#of;
    const [shares, offers, contacts, invitations, pending] = await Promise.all([
      ok(api.GET('/api/v1/shares')), ok(api.GET('/api/v1/offers')), ok(api.GET('/api/v1/contacts')), ok(api.GET('/api/v1/invitations')), ok(api.GET('/api/v1/pending')),
    ]);
    if (of !== this.#of) return;
    this.shares = shares.items;
    this.offers = offers.items;
    this.contacts = contacts.items;
    this.invitations = invitations.items;
    this.pending = pending.items;
    this.loaded = true;
  }

  forget() {
    this.shares = [];
    this.offers = [];
    this.contacts = [];
    this.invitations = [];
    this.pending = [];
    this.loaded = false;
    this.#of++;
  }
}

export const sharing = new Sharing();
session.whenForgotten(() => sharing.forget());

/** How a person of another hive is called here, else by the name there. */
export const nameOfUser = (who: { user: string; contact?: string }) => who.contact ?? shortUser(who.user);

/** bob@12D3KooW…abc as bob@…abc. */
export function shortUser(user: string): string {
  const [name, hive] = user.split('@');
  return hive ? `${name}@…${hive.slice(-6)}` : user;
}

/** Why a message has not arrived. What the program says of it is for those who know networks. */
export const reasonOf = (p: Pending) => say().sharing.reasons[p.code] ?? say().sharing.reason;

/** Why a share does not get on, if it does not. */
export function problemOf(share: Share): string | undefined {
  const { problem, problem_code: code = '' } = share.status ?? {};
  if (!problem) return undefined;
  return say().sharing.reasons[code] ?? say().problems.codes[code] ?? say().sharing.stuck;
}

/** How far a share is, in a line. */
export function progressOf(s: Share): string {
  const t = say().sharing;
  const { held_back, missing, proposed, synced, seq } = s.status ?? {};
  if (held_back) return t.holdsDeletes;
  const problem = problemOf(s);
  if (problem) return problem;
  const behind = s.members.filter((m) => m.state === 'accepted' && m.has !== undefined && m.has < (seq ?? 0));
  if (behind.length) return t.membersBehind(behind.map(nameOfUser).join(', '));
  if (proposed) return t.proposed;
  if (missing) return s.mode === 'on-demand' ? t.whenOpened(missing) : t.comes(missing);
  return synced ? t.synced(ago(synced)) : '';
}

/** Who is at the hive that a message goes to. */
export const nameOfHive = (p: Pending) => p.contact ?? sharing.contacts.find((c) => c.hive === p.hive)?.name ?? '…' + p.hive.slice(-6);
